"""What a data set may know of a source: one list of columns for files, tables and catalogues."""

from dataclasses import dataclass

import numpy as np

from core.spectra import FLUX_UNIT


@dataclass(frozen=True)
class Column:
    """A column of a data set."""

    dtype: type  # of its values in our own files
    description: str
    unit: str = ""  # '' for a pure number
    ucd: str = ""  # of the IVOA's list UCD1+
    required: bool = False
    # Names in foreign tables in lower case, the plainest first; () where patterns tell them.
    aliases: tuple[str, ...] = ()


COLUMNS = {
    "source_id": Column(
        np.int64, "Gaia source identifier", ucd="meta.id;meta.main", required=True,
        aliases=(
            "source_id", "sourceid", "gaia_source_id", "gaiadr3_source_id", "gaia_dr3_source_id",
            "gaiaedr3_source_id", "dr3_source_id", "gaia_id", "gaiaid", "designation",
        ),
    ),
    "z": Column(
        np.float64, "Redshift", ucd="src.redshift", required=True,
        aliases=("z", "z_spec", "zspec", "spec_z", "redshift"),
    ),
    "flux": Column(np.float32, "80 BP, then 106 RP samples", FLUX_UNIT, required=True),
    "flux_error": Column(np.float32, "Errors of the flux", FLUX_UNIT),
    "g_mag": Column(
        np.float32, "Magnitude in Gaia's G band", "mag", "phot.mag;em.opt",
        aliases=("g_mag", "phot_g_mean_mag", "gmag", "mag_g"),
    ),
    "redshift_ugc": Column(
        np.float32, "Redshift of Gaia's UGC", ucd="src.redshift",
        aliases=("redshift_ugc", "ugc_redshift", "z_ugc"),
    ),
    "redshift_ugc_lower": Column(
        np.float32, "Lower end of the interval of redshift_ugc", ucd="src.redshift;stat.min",
        aliases=("redshift_ugc_lower", "z_ugc_lower"),
    ),
    "redshift_ugc_upper": Column(
        np.float32, "Upper end of the interval of redshift_ugc", ucd="src.redshift;stat.max",
        aliases=("redshift_ugc_upper", "z_ugc_upper"),
    ),
}  # fmt: skip

UNITS = {"ra": "deg", "dec": "deg"} | {
    alias: column.unit for column in COLUMNS.values() for alias in column.aliases if column.ucd
}
"""What columns of these names are in, '' for a pure number, unless their file says otherwise."""

SPECTRA = ("flux", "flux_error")

REQUIRED = tuple(name for name, column in COLUMNS.items() if column.required)
OPTIONAL = tuple(name for name in COLUMNS if name not in REQUIRED)

ALIASES = {name: column.aliases for name, column in COLUMNS.items() if column.aliases}

PER_SOURCE = tuple(name for name in OPTIONAL if name not in SPECTRA)
"""What may be known of a source beside its spectrum and its redshift."""
