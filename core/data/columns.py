"""Which columns of a foreign table hold what, told by their names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import DataError
from core.spectra import N_SAMPLES

ALIASES = {
    "source_id": ("source_id", "sourceid"),
    "z": ("z", "z_spec", "zspec", "redshift"),
    "g_mag": ("g_mag", "phot_g_mean_mag"),
    "redshift_ugc": ("redshift_ugc",),
}

# Name of one array column, and of a column per sample.
SPECTRUM_PATTERNS = {
    "flux": (r"flux(?:es)?", r"flux_?(\d+)"),
    "flux_error": (r"flux_err(?:or)?", r"flux_err(?:or)?_?(\d+)"),
}

# Tables that were written without names come back numbered, or as col1, col2, ...
NUMBER_PATTERN = r"(?:col)?(\d+)"
UNNAMED_PATTERN = r"(?:unnamed: \d+)?"


@dataclass(frozen=True)
class Recognition:
    """Positions of the columns that were recognised.

    Attributes
    ----------
    names : tuple of str
        All columns of the table.
    flux, flux_error : tuple of int
        One array column, 186 columns in order, or (errors only) none.
    z, source_id, g_mag, redshift_ugc : int or None
    """

    names: tuple[str, ...]
    flux: tuple[int, ...]
    z: int | None = None
    source_id: int | None = None
    flux_error: tuple[int, ...] = ()
    g_mag: int | None = None
    redshift_ugc: int | None = None

    def describe(self) -> dict[str, str]:
        """Return, in words, the column of each quantity and what was left aside."""
        words = {}
        used: set[int] = set()
        for quantity in ("source_id", "z", "flux", "flux_error", "g_mag", "redshift_ugc"):
            found = getattr(self, quantity)
            positions = found if isinstance(found, tuple) else () if found is None else (found,)
            used.update(positions)
            labels = [self.names[i] or f"column {i + 1}" for i in positions]
            many = len(labels) > 1
            words[quantity] = f"{labels[0]} to {labels[-1]}" if many else "".join(labels) or "none"
        if self.source_id is None:
            words["source_id"] = "none: the rows are numbered from 0"
        ignored = [name for i, name in enumerate(self.names) if i not in used]
        words["ignored"] = ", ".join(name or "unnamed" for name in ignored) or "none"
        return words


def is_source_id(column: str) -> bool:
    """Return whether a column of this name holds identifiers."""
    return column.strip().lower() in ALIASES["source_id"]


def recognise(names: Sequence[str], name: str) -> Recognition:
    """Tell what the columns hold, whatever the case of their names.

    Parameters
    ----------
    names : sequence of str
        Column names; '' for none.
    name : str
        What messages call the file.

    Raises
    ------
    DataError
        If the 186 fluxes cannot be found, or several columns claim to be the same.
    """
    lowered = [column.strip().lower() for column in names]
    single = {quantity: _single(lowered, quantity, name) for quantity in ALIASES}
    flux = _spectrum(lowered, "flux", name)
    if not flux:
        flux = _plain(lowered)
        if len(flux) == N_SAMPLES + 1 and single["z"] is None:
            single["z"], flux = flux[0], flux[1:]
        if len(flux) != N_SAMPLES:
            shown = ", ".join(column or "unnamed" for column in names[:5])
            raise DataError(
                f"{name}: expected {N_SAMPLES} fluxes as columns flux_0 to flux_185 (or 0 to 185) "
                f"or as one array column 'flux', found {len(flux) or 'none'} among the "
                f"{len(names)} columns ({_shortened(shown)}{', ...' if len(names) > 5 else ''})."
            )
    return Recognition(
        tuple(names),
        flux=flux,
        z=single["z"],
        source_id=single["source_id"],
        flux_error=_spectrum(lowered, "flux_error", name),
        g_mag=single["g_mag"],
        redshift_ugc=single["redshift_ugc"],
    )


def _single(lowered: list[str], quantity: str, name: str) -> int | None:
    found = [i for i, column in enumerate(lowered) if column in ALIASES[quantity]]
    if len(found) > 1:
        claims = ", ".join(f"'{lowered[i]}'" for i in found)
        raise DataError(f"{name}: several columns could be {quantity}: {claims}. Keep one of them.")
    return found[0] if found else None


def _spectrum(lowered: list[str], quantity: str, name: str) -> tuple[int, ...]:
    """Return the array column, or the columns per sample in order, or ()."""
    array_pattern, sample_pattern = SPECTRUM_PATTERNS[quantity]
    arrays = [i for i, column in enumerate(lowered) if re.fullmatch(array_pattern, column)]
    samples = _numbered(lowered, sample_pattern)
    if len(arrays) + bool(samples) > 1:
        claims = [lowered[i] for i in arrays] + [f"{quantity}_0, ..."] * bool(samples)
        raise DataError(
            f"{name}: several columns could be {quantity}: {'; '.join(claims)}. Keep one of them."
        )
    if not samples:
        return tuple(arrays)
    numbers = [number for number, _ in samples]
    start = 1 if numbers[0] == 1 else 0
    if numbers != list(range(start, start + N_SAMPLES)):
        missing = sorted(set(range(start, start + N_SAMPLES)) - set(numbers))
        lacking = f" ({quantity}_{missing[0]} is missing)" if missing else ""
        raise DataError(
            f"{name}: expected the {N_SAMPLES} columns {quantity}_0 to {quantity}_185, found "
            f"{len(samples)} from {quantity}_{numbers[0]} to {quantity}_{numbers[-1]}{lacking}."
        )
    return tuple(position for _, position in samples)


def _plain(lowered: list[str]) -> tuple[int, ...]:
    """Return the columns that are numbered without a gap, else those without a name."""
    samples = _numbered(lowered, NUMBER_PATTERN)
    if samples:
        numbers = [number for number, _ in samples]
        consecutive = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        return tuple(position for _, position in samples) if consecutive else ()
    return tuple(i for i, column in enumerate(lowered) if re.fullmatch(UNNAMED_PATTERN, column))


def _numbered(lowered: list[str], pattern: str) -> list[tuple[int, int]]:
    """Return (number, position) of the columns that match, by rising number."""
    matches = ((re.fullmatch(pattern, column), i) for i, column in enumerate(lowered))
    return sorted((int(match[1]), i) for match, i in matches if match)


def _shortened(text: str) -> str:
    return text if len(text) <= 100 else text[:100] + "..."
