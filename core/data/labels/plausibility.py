"""Whether numbers can be redshifts of galaxies, before anything is made of them."""

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.tables.units import is_none, parse
from core.data.validation import Z_MAX, Z_MIN
from core.errors import ConfigError, DataError

SPEED_OF_LIGHT = 299_792.458
"""[km/s]"""

Z_UNITS = {"z": 1.0, "km/s": 1 / SPEED_OF_LIGHT, "m/s": 1e-3 / SPEED_OF_LIGHT, "percent": 0.01}
"""What redshifts may be given in, and the factor that makes redshifts of it.

Velocities are c z, as surveys quote them (the optical convention), not the relativistic velocity.
"""

STAR = 0.001
"""Below this |z| (300 km/s) an object is a star: galaxies so near are none of Gaia's sources."""

STARS = f"z of a star (|z| < {STAR:g})"

ZEROS = "no redshift (exactly 0 in several rows)"

# What tables write where they have no redshift; all below -1 is caught with them.
_NINES = [10.0**n - 1 for n in (2, 3, 4, 5, 6)]
_DECIMAL_NINES = [float("9" * n + "." + "9" * m) for n in (1, 2, 3) for m in (1, 2, 3, 4)]
FILLS = np.array([-9, *_NINES, *_DECIMAL_NINES, *(-fill for fill in _NINES + _DECIMAL_NINES)])

MIN_EQUAL = 100
"""So many redshifts and more that are all equal are a mistake, fewer may be a cluster's."""


def to_redshifts(values: np.ndarray, unit: str = "z") -> np.ndarray:
    """Return numbers of a unit of `Z_UNITS` as redshifts, NaN where they stand for none.

    That is what no redshift can be (-1 and below) and the numbers of nines that tables write
    where they have none, such as -9999, -99, 99 and 9.99.
    """
    if unit not in Z_UNITS:
        raise ConfigError(f"Unit of redshifts: expected {', '.join(Z_UNITS)}, received '{unit}'.")
    values = np.asarray(values, np.float64)
    z = values * Z_UNITS[unit]
    large = np.flatnonzero((np.abs(values) > Z_MAX) & np.isfinite(values))
    fills = FILLS[FILLS < 0] if unit.endswith("/s") else FILLS  # 9999 km/s can be true
    # In four bytes, 9.99 is 9.98999977.
    is_fill = np.isclose(values[large, None], fills, rtol=1e-6, atol=0).any(axis=1)
    z[large[is_fill]] = np.nan
    z[~(np.isfinite(z) & (z > -1))] = np.nan
    return z


def zeros(z: np.ndarray) -> np.ndarray:
    """Return which redshifts (N,) are exactly 0 in several rows: tables fill empty cells so."""
    return (z == 0) & (np.count_nonzero(z == 0) > 1)


def unit_of(declared: str, column: str, name: str, *, needed: bool = True) -> str | None:
    """Return the unit of `Z_UNITS` that a file declares; None where it declares none.

    Raises a `DataError` if it is the unit of something else, such as mag; it says what to do where
    redshifts are `needed`.
    """
    if is_none(declared):
        return None
    if declared in Z_UNITS:
        return declared
    from astropy.units import Unit

    known = parse(declared)
    if known is None:  # 'redshift', 'dimensionless'
        return None
    for unit, same in (("km/s", "km / s"), ("m/s", "m / s"), ("percent", "%"), ("z", "")):
        if known == Unit(same):
            return unit
    todo = "Name the column of redshifts with --z; --z-unit z takes the numbers as they are."
    raise DataError(
        f"{name}: expected redshifts in column '{column}', which is given in '{declared}'."
        + f" {todo}" * needed
    )


def require_plausible(
    z: np.ndarray, column: str, name: str, unit: str = "z", *, vouched: bool = False
) -> list[str]:
    """Tell in sentences what is odd about redshifts (N,), which a column has in that unit.

    Raises a `DataError` if most of them lie outside 0 to 1.5 or are those of stars, or if many are
    all equal: then they are no redshifts of galaxies, unless a person `vouched` for them.
    """
    z = z[np.isfinite(z)]
    if not len(z):
        return []
    values = z / Z_UNITS[unit]
    outside = (z < Z_MIN) | (z > Z_MAX)
    is_star = np.abs(z) < STAR
    far, n = np.count_nonzero(outside & ~is_star), len(z)
    range_ = f"{Z_MIN:g} to {Z_MAX:g}"
    many = f"of the {n_of(n, 'number')} in column '{column}'"
    vouch = "--z-unit z takes the numbers as they are."
    wrong = ""
    if 2 * far > n:
        wrong = (
            f"from {range_}, but {far:,} {many} lie outside, with a median of "
            f"{np.median(values):,.6g}. {_looks_like(values)}"
        )
    elif 2 * np.count_nonzero(is_star) > n:
        wrong = (
            f"of galaxies, but {np.count_nonzero(is_star):,} {many} lie within {STAR:g} of 0, as "
            "those of stars do. Name another column with --z;"
        )
    elif n >= MIN_EQUAL and np.ptp(z) == 0:
        wrong = f"that differ, but all {many[3:]} are {z[0]:g}. Name another column with --z;"
    if wrong and not vouched:
        raise DataError(f"{name}: expected redshifts {wrong} {vouch}")
    common, n_common = _most_common(z)
    odd = {
        f"outside {range_}": np.count_nonzero(outside),
        f"within {STAR:g} of 0, as stars have": np.count_nonzero(is_star),
        f"all equal ({common:g})": n_common if 2 * n_common > n > 2 else 0,
    }
    return [f"redshifts {words}: {count:,} of {n:,}" for words, count in odd.items() if count]


def _looks_like(values: np.ndarray) -> str:
    """Say what numbers that are no redshifts may be, and what to do."""
    middle = np.median(values)
    for unit, low, high in (("km/s", 100, 1.5e6), ("m/s", 1.5e6, 1e9)):
        if low < middle < high:
            return (
                f"If they are velocities c z in {unit}, add --z-unit {unit}, which divides them by "
                "the speed of light; else name another column with --z;"
            )
    if np.all(values == np.round(values)):
        return "Whole numbers are no redshifts: name another column with --z;"
    if 0 < middle <= 100:
        return (
            "If they are percent, add --z-unit percent; if they are magnitudes or anything else, "
            "name the column of redshifts with --z;"
        )
    return "Name another column with --z;"


def _most_common(z: np.ndarray) -> tuple[float, int]:
    counts = pd.Series(z).value_counts()
    return float(counts.index[0]), int(counts.iloc[0])
