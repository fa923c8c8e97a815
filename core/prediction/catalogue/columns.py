"""The columns of a catalogue of redshifts: plain values, and what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.data.labels.release import of_rest
from core.data.schema import COLUMNS, PER_SOURCE
from core.meanings import NOTHING, meanings_of, of_ids, untold
from core.prediction.catalogue.own_columns import plain, unique_names
from core.prediction.flags import SENTENCES

Provenance = Mapping[str, str | float]

WELL_KNOWN = {
    "ra": ("Right ascension", "deg", "pos.eq.ra"),
    "dec": ("Declination", "deg", "pos.eq.dec"),
    "z_spec": ("Known redshift of the input", "", "src.redshift"),
} | {
    name: (column.description, column.unit, column.ucd)
    for key in PER_SOURCE
    for column in [COLUMNS[key]]
    for name in column.aliases
}
"""Own columns whose names, in small letters, say what they are."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column as every format takes it; UCDs are of the IVOA's list UCD1+."""

    series: pd.Series  # of a type that `own_columns.plain` gives
    description: str = ""
    unit: str | None = None  # '' for a pure number, None where not known or there can be none
    ucd: str = ""

    @property
    def name(self) -> str:
        """The column's name."""
        return str(self.series.name)

    @property
    def kind(self) -> str:
        """What the values are: i, f, b, M (times) or O (text), as NumPy calls it."""
        return self.series.dtype.kind

    @property
    def code(self) -> str:
        """Kind and width in bytes of numbers and truth values: b1, i2, i4, i8, f4 or f8."""
        return self.filled.dtype.str[1:]

    @property
    def is_text(self) -> bool:
        """Whether formats without times and text of their own hold it as text."""
        return self.kind in "OM"

    @property
    def missing(self) -> np.ndarray:
        """Where there is no value, shape (n,) bool."""
        return self.series.isna().to_numpy(bool)

    @property
    def filled(self) -> np.ndarray:
        """Numbers or truth values, shape (n,); 0 or False where missing, but for NaN."""
        dtype: Any = getattr(self.series.dtype, "numpy_dtype", self.series.dtype)
        if dtype is self.series.dtype:
            return self.series.to_numpy()
        return self.series.to_numpy(dtype, na_value=dtype.type(0))

    @property
    def texts(self) -> list[str]:
        """Values as text, '' where missing: times in ISO 8601, decimals as short as they can be."""
        values: Any
        if isinstance(self.series.dtype, pd.DatetimeTZDtype):
            times = np.datetime_as_string(self.series.dt.tz_localize(None))
            offsets = self.series.dt.strftime("%z").fillna("")
            pairs = zip(times, offsets, strict=True)
            values = [f"{time}{offset[:3]}:{offset[3:]}" for time, offset in pairs]
        elif self.kind == "M":
            values = np.datetime_as_string(self.series)
        elif self.kind == "f":
            values = self.filled.astype(str)
        else:
            values = self.series.to_numpy(object)
        return [
            "" if gone else str(value) for value, gone in zip(values, self.missing, strict=True)
        ]


FLAG_BITS = "flag_bits"
"""Of the provenance: what each flag means, which is too long for a column's description."""


INTERVAL_NOTE = "interval_note"
"""Of the provenance: that intervals are calibrated for another prior, only where they are."""


def flag_bits() -> dict[str, str]:
    """Return what a catalogue says of its flags, as a part of its provenance."""
    bits = (f"{flag.value} {flag.name}: {words}" for flag, words in SENTENCES.items())
    return {FLAG_BITS: " ".join(bits)}


OF_MATCHES: Mapping[str, tuple[str, str | None, str]] = {
    "separation_arcsec": ("Separation on the sky", "arcsec", "pos.angDistance"),
    "redshift_row": ("Row of the table of redshifts, from 0", None, "meta.record"),
}
"""Columns that `core.data.crossmatch` adds."""


def describe(table: pd.DataFrame, provenance: Provenance) -> list[Column]:
    """Return the columns with their types made plain and, for those of ours, what they mean.

    Where the table tells of which release its source_ids are, so does their description, by which
    our own readers know it again.
    """
    release = of_rest(meanings_of(table).get("source_id", NOTHING).description, {})
    identifier = of_ids(f"Gaia {release}" if release else "").description
    ours = {
        "source_id": (
            f"{identifier} of the input, -1 where one is missing; the row, from 0, where the "
            "input has no ids",
            None,
            "meta.id;meta.main",
        ),
        **(_of_predictions(provenance) if "interval_level" in provenance else OF_MATCHES),
    }
    names, told, table = unique_names(table.columns, ()), meanings_of(table), untold(table)
    columns = []
    for i, name in enumerate(names):
        series = plain(table.iloc[:, i]).rename(name)
        own = told.get(str(table.columns[i]), NOTHING)
        meaning = own.description, own.unit or None, own.ucd
        known = WELL_KNOWN.get(name.lower())
        # '10:00:00' is no number of degrees, and what a file declares as something else is that.
        if known and series.dtype.kind in "iuf" and own.unit in ("", known[1]):
            meaning = own.description or known[0], known[1], own.ucd or known[2]
        columns.append(Column(series, *ours.get(name, meaning)))
    return columns


def _of_predictions(provenance: Provenance) -> dict[str, tuple[str, str | None, str]]:
    level = f"{100 * float(provenance['interval_level']):g} %"
    of_density, cut = "", ", before it is cut at 0 or stretched to hold z"
    if "answer" in provenance:
        of_density = f", the {provenance['answer']} of p(z)"
        cut = ", before it is stretched to hold z"
    held = ", not calibrated for this prior" if INTERVAL_NOTE in provenance else ""
    return {
        "z": (f"Redshift{of_density}", "", "src.redshift"),
        "z_lower": (f"Lower end of the {level} interval of z{held}", "", "src.redshift;stat.min"),
        "z_upper": (f"Upper end of the {level} interval of z{held}", "", "src.redshift;stat.max"),
        "sigma_z": (
            f"Half the width of the 68 % interval of z{cut}{held}",
            "",
            "stat.error;src.redshift",
        ),
        "flags": (
            f"Sum of flags, 0 for none; see {FLAG_BITS} in the metadata",
            None,
            "meta.code.qual",
        ),
        "file": ("File that the spectrum comes from", None, "meta.file"),
        "repeated": ("Whether the source stands in several rows", None, "meta.code"),
    }
