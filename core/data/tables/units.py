"""Units that files declare: read and converted by astropy, or refused with the reason."""

import re
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.data.tables.foreign import INSTEAD
from core.errors import DataError
from core.spectra import FLUX_UNIT

NO_UNIT = ("", "-", "--", "---", "1", "none", "null", "nan", "n/a", "unknown", "unitless")

# As people write them; 'h' alone is an hour of time for astropy.
SPELT = {
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "hourangle", "hour angle"), "hourangle"),
    **dict.fromkeys(("degree", "degrees", "degs", "decimal degrees"), "deg"),
    **dict.fromkeys(("radian", "radians"), "rad"),
    **dict.fromkeys(("magnitude", "magnitudes", "mags"), "mag"),
    **dict.fromkeys(("percent", "per cent"), "%"),
    '"': "arcsec",
}

# The standards of FITS, VOTable and VizieR, beside what astropy writes.
STANDARDS = (None, "fits", "vounit", "cds")

# What stands for an electron, or says what every flux is: one of a sample.
ELECTRON = re.compile(r"(photo-?)?electrons?|\be(\^?[-−⁻]|lec\b|l\b|(?=[ ./*]|$))(?!\d)", re.I)
PER_SAMPLE = re.compile(r"\s*(per|/)\s*(sample|pixel|bin)\b", re.I)


def convert(values: np.ndarray, unit: str, wanted: str, column: str, name: str) -> np.ndarray:
    """Return numbers in the unit `wanted`, as astropy writes it ('' for a pure number).

    They are in `unit`, as the file declares it in any of `STANDARDS`; without one they stay as they
    are. Raises a `DataError` if it is not known, or of another quantity.
    """
    if is_none(unit):
        return values
    from astropy import units

    found = parse(unit)
    target = units.Unit(wanted)
    if found == target:
        return values
    if found is None or not found.is_equivalent(target):
        reason = "is not a known unit" if found is None else "is a unit of another quantity"
        do = "Correct the unit in the file" if found is None else "Convert the column"
        raise DataError(
            f"{name}: expected {wanted or 'a pure number'} in column '{column}', which is given in "
            f"'{unit}': that {reason}. {do}, or name another column."
        )
    return values * found.to(target)


def require_flux_unit(unit: str, column: str, name: str) -> None:
    """Raise a `DataError` unless a unit, '' for none, is that of Gaia's internal fluxes."""
    from astropy import units

    of_one = units.electron / units.s
    wanted = (of_one, of_one / units.pix, of_one / units.bin)
    found = parse(PER_SAMPLE.sub("", ELECTRON.sub("electron", unit)))
    if is_none(unit) or found in wanted:
        return
    told = (
        f"{name}: expected fluxes in {FLUX_UNIT} in column '{column}', which is given in '{unit}': "
    )
    if found is None:
        told += (
            "that is not a known unit. If the numbers are in e-/s after all, or in a multiple of "
            "it by which you multiply them, correct the unit in the file. From another flux "
            f"system Gaia's internally calibrated fluxes cannot be recovered. {INSTEAD}"
        )
    elif factors := [found.to(one) for one in wanted if _is_multiple(found, one)]:
        told += (
            f"that is a multiple of e-/s. Multiply the column by {factors[0]:.10g} and correct the "
            "unit in the file; so each other column of fluxes or errors, by the factor of its own "
            "unit."
        )
    else:
        told += (
            "those are in another flux system, from which Gaia's internally calibrated fluxes "
            f"cannot be recovered. {INSTEAD} If the numbers are in that unit after all, correct "
            "the unit in the file."
        )
    raise DataError(told)


def _is_multiple(found: Any, one: Any) -> bool:
    """Return whether a unit is another times a number, which a logarithm of it is not."""
    from astropy import units

    return isinstance(found, units.UnitBase) and found.is_equivalent(one)


def is_none(unit: str) -> bool:
    """Return whether a file declares no unit."""
    return unit.strip().lower() in NO_UNIT


def parse(unit: str) -> Any:
    """Return astropy's unit of a text; None if no standard knows it."""
    text = SPELT.get(unit.strip().lower(), unit.strip())
    # VOUnits quotes what it does not know.
    return _read(re.sub(r"'(\w+)'", r"\1", re.sub(r"\bsec(onds?)?\b", "s", text)))


def spell(unit: str, standard: str) -> str:
    """Return a unit as a standard ('fits', 'vounit', 'generic') spells it.

    As it is where no standard knows it, or this one has no word for it.
    """
    found = None if _read(unit, (standard,)) is not None else _read(unit)
    if found is None:
        return unit
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(found.to_string(standard))
        except (ValueError, TypeError, AttributeError):  # of logarithms, for example
            return unit


def _read(unit: str, standards: Sequence[str | None] = STANDARDS) -> Any:
    """Return astropy's unit of a text that is spelt as one of the standards has it, or None."""
    from astropy import units

    for standard in standards:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of spellings that are deprecated
            try:
                return units.Unit(unit, format=standard)
            except ValueError:
                continue
    return None
