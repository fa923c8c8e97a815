"""Tables that hold no spectra we can use: what they are, why not, what to download instead."""

from collections.abc import Sequence

from core.errors import DataError

INSTEAD = (
    "Download DataLink > XP_CONTINUOUS with the data structure RAW from the Gaia Archive, or have "
    "spectra fetched by source ids, a file of them, a position or ADQL: `xpz fetch`, or `Gaia "
    "Archive` on the screens Predict and Data."
)

LENGTHS = {
    343: (
        "an XP_SAMPLED file (343 points from 336 to 1020 nm in W/m2/nm), another flux system than "
        "the internally calibrated e-/s per sample, which cannot be recovered from it"
    ),
    2401: (
        "an RVS mean spectrum (2401 points from 846 to 870 nm), another instrument, which does "
        "not cover the breaks and slopes of galaxies"
    ),
}
"""By the length of the flux array, what a table is and why it cannot serve."""

_EPOCHS = "epoch photometry (magnitudes through time), which has no spectra"
_PHOTOMETRY = "a table of photometry, which has no spectra"

COLUMNS = (
    (
        {"xp", "standard_deviation", "flux"},
        "spectra that GaiaXPy's convert() sampled, a row per band and at other positions than "
        "the 186 samples",
    ),
    ({"combined_transits", "flux"}, LENGTHS[2401]),
    ({"g_transit_time"}, _EPOCHS),
    ({"band", "time", "mag", "flux"}, _EPOCHS),
    ({"band", "time", "mag"}, _EPOCHS),
    (
        {"wavelength", "flux"},
        "one spectrum with a row per wavelength, and expected is a row per source: write Gaia's "
        "186 samples in e-/s as the columns flux_0 to flux_185 of one row, or as one array "
        "'flux', with the source_id beside them. XP_SAMPLED and RVS (data structure INDIVIDUAL) "
        "and other surveys have another flux system, which cannot serve",
    ),
    (
        {"loglam", "flux"},
        "one spectrum with a row per wavelength, another flux system than Gaia's e-/s per sample",
    ),
    (
        {"bp_n_relevant_bases", "rp_n_relevant_bases"},
        "a summary of XP spectra (xp_summary), which has no spectra itself",
    ),
    (
        {"classprob_dsc_combmod_galaxy"},
        "a table of classes or galaxy candidates, which has no spectra",
    ),
    ({"redshift_ugc"}, "a table of galaxy candidates, which has no spectra"),
    ({"teff_gspphot"}, "a table of astrophysical parameters, which has no spectra"),
    ({"parallax"}, "a table like gaia_source (positions and photometry), which has no spectra"),
    ({"phot_bp_mean_mag", "phot_rp_mean_mag"}, _PHOTOMETRY),
    ({"phot_bp_mean_flux", "phot_rp_mean_flux"}, _PHOTOMETRY),
    ({"source_id", "ra", "dec"}, "a table of sources and their positions, which has no spectra"),
)
"""Columns that tell a table, and what it is and why it cannot serve; the first that fits."""


MANY_NUMBERED = 50
"""With more columns than this whose names end in a number, a table may hold spectra of a kind."""


def may_hold_spectra(names: Sequence[str]) -> bool:
    """Return whether columns of these names could be spectra of any kind."""
    lowered = [column.strip().lower() for column in names]
    return "flux" in lowered or sum(c[-1:].isdecimal() for c in lowered) > MANY_NUMBERED


def refuse_by_columns(names: Sequence[str], name: str) -> None:
    """Raise a `DataError` if the columns are those of a well-known table of another kind."""
    lowered = {column.strip().lower() for column in names}
    has_spectra = may_hold_spectra(names)
    for telling, words in COLUMNS:
        if telling <= lowered and ("flux" in telling or not has_spectra):
            raise DataError(f"{name}: this is {words}. {INSTEAD}")


def refuse_by_length(length: int, column: str, name: str) -> None:
    """Raise a `DataError` if arrays of this length are spectra of a well-known other kind."""
    if length in LENGTHS:
        raise DataError(
            f"{name}: expected 186 values per row in column '{column}', received {length} at "
            f"row 1: this is {LENGTHS[length]}. {INSTEAD}"
        )
