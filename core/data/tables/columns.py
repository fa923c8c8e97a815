"""Which columns of a foreign table hold what, told by their names."""

import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from core.amounts import n_of
from core.data.labels.choice import Choice, choose_all
from core.data.schema import PER_SOURCE
from core.data.tables.foreign import INSTEAD, refuse_by_columns
from core.data.tables.raw import labels
from core.errors import DataError
from core.spectra import N_BP, N_RP, N_SAMPLES

NUMBER = r"[_ .\-]?[\[(]?(\d{1,9})[\])]?"
ERROR = r"(?:err(?:or)?s?|unc(?:ertainty)?|sigma)"
WHOSE = r"(?:(?:xp|gaia|spectrum|spectra)_)*"
FLUX = rf"{WHOSE}flux(?:es)?"
FLUX_ERROR = rf"(?:{FLUX}_?{ERROR}|{ERROR}_?{FLUX}|e_{FLUX})"

# Name of one array column, and of a column per sample.
SPECTRUM_PATTERNS = {
    "flux": (rf"{FLUX}|{WHOSE}(?:spectrum|spectra)", FLUX + NUMBER),
    "flux_error": (FLUX_ERROR, FLUX_ERROR + NUMBER),
}

# The two bands apart: an array each, or a column per sample, numbered from its band's own start.
BAND = r"{whose}(?:{band}(?:_?(?:flux(?:es)?|spectrum|spectra|samples))?|flux(?:es)?_?{band})"
BAND_PATTERNS = {
    "flux": BAND,
    "flux_error": rf"{BAND}_?{ERROR}|(?:{ERROR}|e)_?{BAND}|{{whose}}flux(?:es)?_?{ERROR}_?{{band}}",
}
SIZES = {"bp": N_BP, "rp": N_RP}

ARRAYS = {1: (N_SAMPLES,), 2: (N_BP, N_RP)}
"""By the number of array columns of a spectrum, the number of values in each."""

# Tables that were written without names come back numbered, or as col1, col2, ...
NUMBER_PATTERN = r"(?:col|column|_)?[_ ]?(\d{1,9})"
UNNAMED_PATTERN = r"(?:unnamed: \d+)?"


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """Positions of the columns that were recognised, among all `names` of a table.

    `choices` has those of the quantities of `ALIASES`; `flux` and `flux_error` are one array
    column, that of BP and that of RP, 186 columns in order, or (errors only) none. Redshifts are in
    `z_unit`, of `Z_UNITS`.
    """

    names: tuple[str, ...]
    choices: dict[str, Choice]
    flux: tuple[int, ...]
    flux_error: tuple[int, ...] = ()
    z_unit: str = "z"
    g_mag_unit: str = ""  # that the file declares
    lenient: bool = False

    def leniently(self, arrays: Collection[int]) -> Self:
        """Return columns of which cells that are no numbers count as empty, but for ids.

        The columns at the positions `arrays` hold arrays.
        """
        none = {
            quantity: Choice(quantity, self.names, left_aside=(f"{choice.column} (arrays)",))
            for quantity, choice in self.choices.items()
            if choice.position in arrays
        }
        return replace(self, choices=self.choices | none, lenient=True)

    @property
    def single(self) -> dict[str, int]:
        """Position of each quantity of `ALIASES` that is there."""
        found = {quantity: choice.position for quantity, choice in self.choices.items()}
        return {quantity: position for quantity, position in found.items() if position is not None}

    @property
    def positions(self) -> tuple[int, ...]:
        """Of all columns that were recognised."""
        return (*self.flux, *self.flux_error, *self.single.values())

    @property
    def arrays(self) -> dict[int, int]:
        """Number of values in a cell of each array column of `flux`, by its position."""
        return dict(zip(self.flux, ARRAYS.get(len(self.flux), ()), strict=False))

    @property
    def called(self) -> dict[str, str]:
        """What the table calls our columns and, as 'flux_3', our samples."""
        called = {quantity: self.names[position] for quantity, position in self.single.items()}
        for quantity, positions in (("flux", self.flux), ("flux_error", self.flux_error)):
            labels = [self.names[position] for position in positions]
            if sizes := ARRAYS.get(len(positions)):
                pairs = zip(labels, sizes, strict=True)
                labels = [f"{label}_{i}" for label, size in pairs for i in range(size)]
            called |= {f"{quantity}_{i}": label for i, label in enumerate(labels)}
        return called

    @property
    def of_flux(self) -> tuple[int, ...]:
        """Of the columns in the unit of fluxes."""
        return (*self.flux, *self.flux_error)

    @property
    def lacking_errors(self) -> str:
        """Why spectra have no flux errors; '' where columns hold them."""
        return "" if self.flux_error else "no column holds errors"

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
            between = " and " if len(found) == 2 else " to "
            words[quantity] = between.join(dict.fromkeys([*found[:1], *found[-1:]])) or "none"
        words = {key: words[key] for key in ("source_id", "z", "flux", "flux_error", *PER_SOURCE)}
        used = set(self.positions)
        ignored = [name for i, name in enumerate(self.names) if i not in used]
        words["ignored"] = ", ".join(name or "unnamed" for name in ignored) or "none"
        return words

    def _singles(self) -> dict[str, str]:
        words = {quantity: choice.words for quantity, choice in self.choices.items()}
        if self.z_unit != "z":
            words["z"] += f" in {self.z_unit}"
        if words["source_id"] == "none":
            words["source_id"] = "none: the rows are numbered from 0"
        return words


def is_xp_error(column: str) -> bool:
    """Return whether a column of this name holds errors or correlations of XP coefficients."""
    return bool(re.fullmatch(r"[br]p_coefficient_(errors|correlations)", column.strip().lower()))


def recognise(
    names: Sequence[str],
    name: str,
    *,
    one_redshift: bool = True,
    by_hand: Mapping[str, str] | None = None,
) -> Recognition:
    """Tell what the columns hold, whatever the case of their names ('' for none).

    With `one_redshift`, several columns that could be the redshift (or a magnitude) are refused;
    else none of them counts. `by_hand` names columns by quantity. Raises a `DataError` if the 186
    fluxes cannot be found, or several columns claim to be the same.
    """
    lowered = [column.strip().lower() for column in names]
    choices = find_quantities(names, name, one_redshift=one_redshift, by_hand=by_hand)
    # Of nested columns, with their whole names and with the last part alone.
    flat = [column.replace(".", "_") for column in lowered]
    last = [column.rpartition(".")[2] if "." in column else "" for column in lowered]
    flux = _spectrum(flat, "flux", names, name)
    if not flux:
        flux = _plain(lowered)
        if len(flux) == N_SAMPLES + 1 and choices["z"].position is None:
            choices["z"], flux = Choice("z", tuple(names), flux[0]), flux[1:]
        others = (
            ()
            if len(flux) == N_SAMPLES
            else (
                _only_numbered(lowered)
                or _band_arrays((flat, last), "flux")
                or _spectrum(last, "flux", names, name)
            )
        )
        if len(flux) != N_SAMPLES and not others:
            refuse_by_columns(names, name)
            shown = ", ".join(column or "unnamed" for column in names[:5])
            shown = shown if len(shown) <= 100 else shown[:100] + "..."
            raise DataError(
                f"{name}: expected {N_SAMPLES} fluxes as columns flux_0 to flux_185 (or 0 to "
                f"185) or as one array column 'flux', found {len(flux) or 'none'} among the "
                f"{n_of(len(names), 'column')} ({shown}{', ...' if len(names) > 5 else ''}). "
                f"{INSTEAD}"
            )
        flux = others or flux
    flux_error = _spectrum(flat, "flux_error", names, name)
    # Else these may be errors of photometry.
    if len(flux) == 2 and not flux_error:
        flux_error = _band_arrays((flat, last), "flux_error")
    elif "." in names[flux[0]] and not flux_error:
        flux_error = _spectrum(last, "flux_error", names, name)
    return Recognition(names=tuple(names), choices=choices, flux=flux, flux_error=flux_error)


def find_quantities(
    names: Sequence[str],
    name: str,
    *,
    one_redshift: bool = True,
    by_hand: Mapping[str, str] | None = None,
) -> dict[str, Choice]:
    """Return the column of each quantity of `ALIASES`; see `recognise`."""
    choices = choose_all(names, by_hand or {}, name)
    for quantity, choice in choices.items():
        if one_redshift or quantity == "source_id":
            choice.require(name)
    return choices


def _band_arrays(spellings: Iterable[list[str]], quantity: str) -> tuple[int, ...]:
    """Return the array column of BP and that of RP, by one of several spellings, or ()."""
    for lowered in spellings:
        found = [
            [i for i, column in enumerate(lowered) if re.fullmatch(pattern, column)]
            for pattern in _band_patterns(quantity)
        ]
        if list(map(len, found)) == [1, 1]:
            return found[0][0], found[1][0]
    return ()


def _band_patterns(quantity: str) -> list[str]:
    return [BAND_PATTERNS[quantity].format(whose=WHOSE, band=band) for band in SIZES]


def _spectrum(
    lowered: list[str], quantity: str, names: Sequence[str], name: str
) -> tuple[int, ...]:
    """Return the array column, or the columns per sample in order, or (); messages say `names`."""
    array_pattern, sample_pattern = SPECTRUM_PATTERNS[quantity]
    arrays = [i for i, column in enumerate(lowered) if re.fullmatch(array_pattern, column)]
    samples = _numbered(lowered, sample_pattern) or _of_bands(lowered, quantity)
    if len(arrays) + bool(samples) > 1:
        claims = [names[i] for i in arrays] + [f"{names[i]}, ..." for _, i in samples[:1]]
        raise DataError(
            f"{name}: several columns could be {quantity}: {'; '.join(claims)}. Keep one of them."
        )
    if not samples:
        return tuple(arrays)
    numbers = [number for number, _ in samples]
    start = 1 if numbers[0] == 1 else 0
    if numbers != list(range(start, start + N_SAMPLES)):
        missing = sorted(set(range(start, start + N_SAMPLES)) - set(numbers))
        spelt = dict(samples)
        before, digits, after = re.split(r"(\d+)(?=\D*$)", names[samples[0][1]])
        width = len(digits) if digits.startswith("0") else 0
        lacking = f" ({before}{missing[0]:0{width}}{after} is missing)" if missing else ""
        twice = next((a for a, b in itertools.pairwise(numbers) if a == b), None)
        lacking = lacking if twice is None else f" ({names[spelt[twice]]} occurs more than once)"
        raise DataError(
            f"{name}: expected the {N_SAMPLES} columns {quantity}_0 to {quantity}_185, found "
            f"{len(samples)} from {names[samples[0][1]]} to {names[samples[-1][1]]}{lacking}."
        )
    return tuple(position for _, position in samples)


def _of_bands(lowered: list[str], quantity: str) -> list[tuple[int, int]]:
    """Return (number, position) of 80 columns of BP and 106 of RP, or []."""
    samples: list[tuple[int, int]] = []
    for pattern, size in zip(_band_patterns(quantity), SIZES.values(), strict=True):
        found = _numbered(lowered, f"(?:{pattern}){NUMBER}")
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
