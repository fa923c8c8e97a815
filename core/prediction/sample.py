"""A sample of spectra, of bounded size, which is the same however they come, and can be joined."""

from pathlib import Path

import numpy as np

from core.npz import read_npz, write_npz
from core.prediction.flags import usable
from core.spectra import N_SAMPLES

MAX_SPECTRA = 2000
"""Of which a report is made; more would make it no surer."""

BLOCK_SPECTRA = 8192

_WEIGHTS = np.random.default_rng(0).integers(2**64, size=N_SAMPLES, dtype=np.uint64) | np.uint64(1)
_EVERY = 2**64 - 1


class Sample:
    """Usable spectra of many, drawn evenly: at most `limit` that are there, in any order.

    Each spectrum's draw is a hash of its flux, and the lowest draws are kept. So the sample hangs
    neither on the order nor on the files and blocks in which spectra come, and samples of parts
    can be joined to that of the whole (bottom-k sampling: Cohen & Kaplan 2007, PODC, 225).
    """

    def __init__(self, limit: int = MAX_SPECTRA) -> None:
        self.limit = limit
        self._flux = np.empty((0, N_SAMPLES), np.float32)
        self._draws = np.empty(0, np.uint64)
        # All spectra whose draw is not above this are kept.
        self._below = _EVERY

    def add(self, flux: np.ndarray) -> None:
        """Take in spectra, shape (n, 186) [e-/s per sample]."""
        for start in range(0, len(flux), BLOCK_SPECTRA):
            block = np.asarray(flux[start : start + BLOCK_SPECTRA], np.float32)
            draws = _draws(block)
            low = np.flatnonzero(draws <= np.uint64(self._below))
            low = low[usable(block[low])]
            self._keep(np.concatenate([self._flux, block[low]]),
                       np.concatenate([self._draws, draws[low]]))  # fmt: skip

    def join(self, other: "Sample") -> None:
        """Take in the sample of other spectra."""
        self._below = min(self._below, other._below)
        self.add(other._flux)

    @property
    def flux(self) -> np.ndarray:
        """What is kept, by rising draw, float32 (n, 186)."""
        return self._flux

    def save(self, path: Path) -> None:
        """Write it, to be read by `read`."""
        write_npz(path, flux=self._flux, below=np.array(self._below, np.uint64))

    @classmethod
    def read(cls, path: Path, limit: int = MAX_SPECTRA) -> "Sample":
        """Return one that was saved; a ValueError or OSError says that it cannot be read."""
        arrays = read_npz(path)
        flux = arrays["flux"]
        if flux.ndim != 2 or flux.shape[1] != N_SAMPLES:
            raise ValueError(f"received spectra of shape {flux.shape}")
        found = cls(limit)
        found._below = int(arrays["below"])
        found.add(flux)
        return found

    def _keep(self, flux: np.ndarray, draws: np.ndarray) -> None:
        order = np.argsort(draws, kind="stable")
        order = order[draws[order] <= np.uint64(self._below)][: self.limit]
        if len(order) < len(draws):
            self._below = min(self._below, int(draws[order[-1]])) if len(order) else self._below
        self._flux, self._draws = flux[order], draws[order]


def _draws(flux: np.ndarray) -> np.ndarray:
    """Return an even draw of 64 bits for each spectrum: a hash of its numbers, uint64 (n,)."""
    numbers = np.ascontiguousarray(flux + np.float32(0))  # one zero, not two
    found: np.ndarray = numbers.view(np.uint32).astype(np.uint64) @ _WEIGHTS
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # as SplitMix64
        found = (found ^ (found >> np.uint64(shift))) * np.uint64(factor)
    return found ^ (found >> np.uint64(31))
