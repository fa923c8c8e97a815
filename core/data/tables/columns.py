"""Which columns of a foreign table hold what, told by their names."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.schema import ALIASES, PER_SOURCE
from core.data.tables.foreign import INSTEAD, refuse_by_columns
from core.data.tables.raw import labels
from core.errors import DataError
from core.spectra import N_BP, N_RP, N_SAMPLES

NUMBER = r"[_ .\-]?[\[(]?(\d{1,9})[\])]?"
ERROR = r"(?:err(?:or)?s?|unc(?:ertainty)?|sigma)"
FLUX = r"(?:xp_|gaia_)?flux(?:es)?"
FLUX_ERROR = rf"(?:{FLUX}_?{ERROR}|{ERROR}_?{FLUX}|e_{FLUX})"

# Name of one array column, and of a column per sample.
SPECTRUM_PATTERNS = {
    "flux": (rf"{FLUX}|(?:xp_|gaia_)?(?:spectrum|spectra)", FLUX + NUMBER),
    "flux_error": (FLUX_ERROR, FLUX_ERROR + NUMBER),
}

# The two bands apart: a column per sample, each band numbered from its own start.
BAND_PATTERNS = {
    "flux": r"(?:xp_|gaia_)?{band}(?:_?flux)?" + NUMBER,
    "flux_error": rf"(?:xp_|gaia_)?{{band}}_?(?:flux_?)?{ERROR}" + NUMBER,
}

# Tables that were written without names come back numbered, or as col1, col2, ...
NUMBER_PATTERN = r"(?:col|column|_)?[_ ]?(\d{1,9})"
UNNAMED_PATTERN = r"(?:unnamed: \d+)?"


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """Positions of the columns that were recognised, among all `names` of a table.

    `single` has those of the quantities of `ALIASES` that are there; `flux` and `flux_error` are
    one array column, 186 columns in order, or (errors only) none.
    """

    names: tuple[str, ...]
    single: dict[str, int]
    flux: tuple[int, ...]
    flux_error: tuple[int, ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """Of all columns that were recognised."""
        return (*self.flux, *self.flux_error, *self.single.values())

    @property
    def own(self) -> tuple[int, ...]:
        """Positions of the columns that are neither ids nor of a spectrum."""
        spectrum = {self.single.get("source_id"), *self.flux, *self.flux_error}
        return tuple(i for i in range(len(self.names)) if i not in spectrum)

    def describe(self) -> dict[str, str]:
        """Return, in words, the column of each quantity and what was left aside."""
        words = self._singles()
        for quantity, positions in (("flux", self.flux), ("flux_error", self.flux_error)):
            found = labels(self.names, positions)
            words[quantity] = " to ".join(dict.fromkeys([*found[:1], *found[-1:]])) or "none"
        words = {key: words[key] for key in ("source_id", "z", "flux", "flux_error", *PER_SOURCE)}
        used = set(self.positions)
        ignored = [name for i, name in enumerate(self.names) if i not in used]
        words["ignored"] = ", ".join(name or "unnamed" for name in ignored) or "none"
        return words

    def _singles(self) -> dict[str, str]:
        found = dict(zip(self.single, labels(self.names, self.single.values()), strict=True))
        words = dict.fromkeys(ALIASES, "none") | found
        if "source_id" not in self.single:
            words["source_id"] = "none: the rows are numbered from 0"
        return words


def is_xp_error(column: str) -> bool:
    """Return whether a column of this name holds errors or correlations of XP coefficients."""
    return bool(re.fullmatch(r"[br]p_coefficient_(errors|correlations)", column.strip().lower()))


def recognise(names: Sequence[str], name: str, *, one_redshift: bool = True) -> Recognition:
    """Tell what the columns hold, whatever the case of their names ('' for none).

    With `one_redshift`, several columns that could be the redshift (or a magnitude) are refused;
    else the plainest name counts. Raises a `DataError` if the 186 fluxes cannot be found, or
    several columns claim to be the same.
    """
    lowered = [column.strip().lower() for column in names]
    single = find_quantities(names, name, one_redshift=one_redshift)
    flux = _spectrum(lowered, "flux", name)
    if not flux:
        flux = _plain(lowered)
        if len(flux) == N_SAMPLES + 1 and "z" not in single:
            single["z"], flux = flux[0], flux[1:]
        if len(flux) != N_SAMPLES:
            flux = _only_numbered(lowered) or flux
        if len(flux) != N_SAMPLES:
            refuse_by_columns(names, name)
            shown = ", ".join(column or "unnamed" for column in names[:5])
            shown = shown if len(shown) <= 100 else shown[:100] + "..."
            raise DataError(
                f"{name}: expected {N_SAMPLES} fluxes as columns flux_0 to flux_185 (or 0 to 185) "
                f"or as one array column 'flux', found {len(flux) or 'none'} among the "
                f"{len(names)} columns ({shown}{', ...' if len(names) > 5 else ''}). {INSTEAD}"
            )
    flux_error = _spectrum(lowered, "flux_error", name)
    return Recognition(names=tuple(names), single=single, flux=flux, flux_error=flux_error)


def find_quantities(names: Sequence[str], name: str, *, one_redshift: bool) -> dict[str, int]:
    """Return the position of each quantity of `ALIASES` that is there; see `recognise`."""
    lowered = [column.strip().lower() for column in names]
    single = {}
    for quantity, aliases in ALIASES.items():
        found = [i for i, column in enumerate(lowered) if column in aliases]
        plainest = sorted(found, key=lambda i: aliases.index(lowered[i]))
        spelt = [lowered[i] for i in plainest]
        # The archive gives its designation beside the source_id; they say the same.
        any_serves = spelt[1:] == ["designation"] or not (one_redshift or quantity == "source_id")
        if len(spelt) > len(set(spelt)) or (len(spelt) > 1 and not any_serves):
            claims = ", ".join(f"'{lowered[i]}'" for i in found)
            raise DataError(
                f"{name}: several columns could be {quantity}: {claims}. Keep one of them."
            )
        if plainest:
            single[quantity] = plainest[0]
    return single


def _spectrum(lowered: list[str], quantity: str, name: str) -> tuple[int, ...]:
    """Return the array column, or the columns per sample in order, or ()."""
    array_pattern, sample_pattern = SPECTRUM_PATTERNS[quantity]
    arrays = [i for i, column in enumerate(lowered) if re.fullmatch(array_pattern, column)]
    samples = _numbered(lowered, sample_pattern) or _of_bands(lowered, quantity)
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
        twice = next((a for a, b in itertools.pairwise(numbers) if a == b), None)
        lacking = lacking if twice is None else f" ({quantity}_{twice} occurs more than once)"
        raise DataError(
            f"{name}: expected the {N_SAMPLES} columns {quantity}_0 to {quantity}_185, found "
            f"{len(samples)} from {quantity}_{numbers[0]} to {quantity}_{numbers[-1]}{lacking}."
        )
    return tuple(position for _, position in samples)


def _of_bands(lowered: list[str], quantity: str) -> list[tuple[int, int]]:
    """Return (number, position) of 80 columns of BP and 106 of RP, or []."""
    samples: list[tuple[int, int]] = []
    for band, size in (("bp", N_BP), ("rp", N_RP)):
        found = _numbered(lowered, BAND_PATTERNS[quantity].replace("{band}", band))
        if not found or [n - found[0][0] for n, _ in found] != list(range(size)):
            return []
        samples += [(len(samples) + i, position) for i, (_, position) in enumerate(found)]
    return samples


def _only_numbered(lowered: list[str]) -> tuple[int, ...]:
    """Return the 186 columns of one name and rising numbers, if just one name has them."""
    matches = [(re.fullmatch(r"(.*?)" + NUMBER, column), i) for i, column in enumerate(lowered)]
    stems: dict[str, list[tuple[int, int]]] = {}
    for match, i in matches:
        if match and not re.search(ERROR, match[1]):
            stems.setdefault(match[1], []).append((int(match[2]), i))
    found = [
        tuple(i for _, i in numbered)
        for numbered in map(sorted, stems.values())
        if [n - numbered[0][0] for n, _ in numbered] == list(range(N_SAMPLES))
        and numbered[0][0] in (0, 1)
    ]
    return found[0] if len(found) == 1 else ()


def _plain(lowered: list[str]) -> tuple[int, ...]:
    """Return the columns that are numbered without a gap, else those without a name."""
    samples = _numbered(lowered, NUMBER_PATTERN)
    if samples:
        steps = {number - i for i, (number, _) in enumerate(samples)}
        return tuple(position for _, position in samples) if len(steps) == 1 else ()
    return tuple(i for i, column in enumerate(lowered) if re.fullmatch(UNNAMED_PATTERN, column))


def _numbered(lowered: list[str], pattern: str) -> list[tuple[int, int]]:
    """Return (number, position) of the columns that match, by rising number."""
    matches = ((re.fullmatch(pattern, column), i) for i, column in enumerate(lowered))
    return sorted((int(match[1]), i) for match, i in matches if match)
