"""Of which instrument spectra are: Gaia's release, the bases of their coefficients, their samples.

A release calibrates its spectra anew: the same galaxy has other samples in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from core.errors import DataError
from core.spectra import INSTRUMENT, SampleGrid, Spectra


@dataclass(frozen=True)
class Instrument:
    """What is known of the instrument of some spectra.

    Attributes
    ----------
    release : str
        Such as 'Gaia DR3'; '' where nothing tells.
    bp_bases, rp_bases : int or None
        Identifiers of the sets of basis functions (bp_basis_function_id, rp_...); None where
        nothing tells.
    bp_coefficients, rp_coefficients : int or None
        Of each spectrum, the most.
    grid : SampleGrid or None
        Positions of the samples; None where nothing tells.
    """

    release: str = ""
    bp_bases: int | None = None
    rp_bases: int | None = None
    bp_coefficients: int | None = None
    rp_coefficients: int | None = None
    grid: SampleGrid | None = None

    @property
    def words(self) -> str:
        """What it is, for people: 'Gaia DR4 (bases 156 and 157, 51 + 55 coefficients)'."""
        known = []
        if None not in (self.bp_bases, self.rp_bases):
            known.append(f"bases {self.bp_bases} and {self.rp_bases}")
        if None not in (self.bp_coefficients, self.rp_coefficients):
            known.append(f"{self.bp_coefficients} + {self.rp_coefficients} coefficients")
        about = f" ({', '.join(known)})" if known else ""
        return (self.release or "an unknown release") + about

    @property
    def is_told(self) -> bool:
        """Whether release or bases are known."""
        return bool(self.release) or None not in (self.bp_bases, self.rp_bases)

    def differences(self, found: "Instrument") -> tuple[str, ...]:
        """Return in what other spectra differ from these, of what both tell.

        Not in their numbers of coefficients: of the same bases, fewer are the first of them.
        """
        told = (
            ("the release", self.release or None, found.release or None),
            ("the bases of BP", self.bp_bases, found.bp_bases),
            ("the bases of RP", self.rp_bases, found.rp_bases),
            ("the grid of samples", self.grid, found.grid),
        )
        return tuple(what for what, ours, theirs in told if None not in (ours, theirs)
                     and ours != theirs)  # fmt: skip

    def can_be_compared(self, found: "Instrument") -> bool:
        """Whether both tell the release, or both the bases; else nobody knows if they differ."""
        bases = (self.bp_bases, self.rp_bases, found.bp_bases, found.rp_bases)
        return bool(self.release and found.release) or None not in bases

    def row(self) -> np.ndarray:
        """Return what `Spectra.instrument` holds of each of its spectra, shape (5,)."""
        number = self.release.removeprefix("Gaia DR")
        values = (int(number) if number.isdigit() else None, *(
            getattr(self, name) for name in INSTRUMENT[1:]
        ))  # fmt: skip
        return np.array([np.nan if value is None else value for value in values], np.float32)


DR3 = Instrument("Gaia DR3", 56, 57, 55, 55)
"""GaiaXPy's bases of DR3, by which xpz simulates."""


def instruments_of(spectra: Spectra) -> list[tuple[Instrument, np.ndarray]]:
    """Return the different instruments of spectra, and which rows, bool (N,), are of each."""
    n = len(spectra)
    if spectra.instrument is None or not n:
        return [(Instrument(grid=spectra.grid), np.ones(n, bool))] if n else []
    # NaN are no equals of each other.
    known = np.nan_to_num(spectra.instrument, nan=-1.0)
    if (known == known[0]).all():
        rows, which = known[:1], np.zeros(n, int)
    else:
        rows, which = np.unique(known, axis=0, return_inverse=True)
    return [
        (_of_row(row, spectra.grid), which.reshape(-1) == number) for number, row in enumerate(rows)
    ]


def _of_row(row: np.ndarray, grid: SampleGrid | None) -> Instrument:
    release, bp, rp, n_bp, n_rp = (None if value < 0 else int(value) for value in row.tolist())
    return Instrument("" if release is None else f"Gaia DR{release}", bp, rp, n_bp, n_rp, grid)


def joined(instruments: Iterable[Instrument], name: str) -> Instrument:
    """Return what is common to the spectra of a data set, which are of one instrument.

    Of what not all of them tell nothing is known. A `DataError` says in what they differ.
    """
    given = list(dict.fromkeys(instruments))
    for other in given[1:]:
        if differences := given[0].differences(other):
            raise DataError(
                f"{name}: expected spectra of one instrument, found {given[0].words} and "
                f"{other.words}, which differ in {' and '.join(differences)}. Make a data set of "
                "each."
            )
    if not given:
        return Instrument()
    values = {}
    for field in fields(Instrument):
        told = {getattr(each, field.name) for each in given}
        if len(told) == 1:
            values[field.name] = told.pop()
        elif field.name.endswith("_coefficients") and None not in told:
            values[field.name] = max(told)
    return Instrument(**values)
