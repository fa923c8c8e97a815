"""A sample of sources, of bounded size, which is the same however they come, and can be joined."""

from pathlib import Path

import numpy as np

from core.data.tables.cells import without_id
from core.npz import read_npz, write_npz
from core.prediction.flags import usable
from core.spectra import N_SAMPLES, Spectra

MAX_SPECTRA = 2000
"""Of which a report is made; more would make it no surer."""

BLOCK_SPECTRA = 8192

_WEIGHTS = np.random.default_rng(0).integers(2**64, size=N_SAMPLES, dtype=np.uint64) | np.uint64(1)
_EVERY = 2**64 - 1


class Sample:
    """Usable spectra of many sources, each once, drawn evenly: at most `limit`, in any order.

    Each source's draw is a hash of its id, or of its flux where it has none, and the lowest draws
    are kept. So the sample hangs neither on the order nor on the files and blocks in which spectra
    come, and samples of parts can be joined to that of the whole (bottom-k sampling: Cohen & Kaplan
    2007, PODC, 225). Of a source with several spectra that of the lowest hash is kept: repeats
    would make few sources look like many, and be among both what is learnt and what is judged.
    """

    def __init__(self, limit: int = MAX_SPECTRA) -> None:
        self.limit = limit
        self._flux = np.empty((0, N_SAMPLES), np.float32)
        self._draws = np.empty(0, np.uint64)
        # All sources whose draw is not above this are kept.
        self._below = _EVERY

    def add(self, spectra: Spectra | np.ndarray) -> None:
        """Take in spectra; or flux alone, shape (n, 186) [e-/s per sample]."""
        of_ids = None
        if isinstance(spectra, Spectra):
            of_ids = _draws_of_ids(spectra) if spectra.has_ids else None
            spectra = spectra.flux
        for start in range(0, len(spectra), BLOCK_SPECTRA):
            flux = np.asarray(spectra[start : start + BLOCK_SPECTRA], np.float32)
            draws = _draws(flux)
            if of_ids is not None:
                given, has_id = (each[start : start + BLOCK_SPECTRA] for each in of_ids)
                draws = np.where(has_id, given, draws)
            self._take_in(flux, draws)

    def join(self, other: "Sample") -> None:
        """Take in the sample of other spectra."""
        self._below = min(self._below, other._below)
        self._take_in(other._flux, other._draws)

    @property
    def flux(self) -> np.ndarray:
        """What is kept, by rising draw, float32 (n, 186)."""
        return self._flux

    def save(self, path: Path) -> None:
        """Write it, to be read by `read`."""
        below = np.array(self._below, np.uint64)
        write_npz(path, flux=self._flux, draws=self._draws, below=below)

    @classmethod
    def read(cls, path: Path, limit: int = MAX_SPECTRA) -> "Sample":
        """Return one that was saved; a ValueError or OSError says that it cannot be read."""
        arrays = read_npz(path)
        flux = np.asarray(arrays["flux"], np.float32)
        if flux.ndim != 2 or flux.shape[1] != N_SAMPLES:
            raise ValueError(f"received spectra of shape {flux.shape}")
        found = cls(limit)
        found._below = int(arrays["below"])
        # Earlier versions kept no draws: they were those of the flux.
        draws = arrays.get("draws", _draws(flux))
        if draws.shape != (len(flux),) or draws.dtype != np.uint64:
            raise ValueError(
                f"received draws of shape {draws.shape} for flux of shape {flux.shape}"
            )
        found._take_in(flux, draws)
        return found

    def _take_in(self, flux: np.ndarray, draws: np.ndarray) -> None:
        low = np.flatnonzero(draws <= np.uint64(self._below))
        low = low[usable(flux[low])]
        self._keep(np.concatenate([self._flux, flux[low]]),
                   np.concatenate([self._draws, draws[low]]))  # fmt: skip

    def _keep(self, flux: np.ndarray, draws: np.ndarray) -> None:
        order = np.lexsort((_draws(flux), draws))
        first_of_source = np.ones(len(order), bool)
        first_of_source[1:] = draws[order[1:]] != draws[order[:-1]]
        order = order[first_of_source & (draws[order] <= np.uint64(self._below))]
        if len(order) > self.limit:
            order = order[: self.limit]
            self._below = min(self._below, int(draws[order[-1]]))
        self._flux, self._draws = flux[order], draws[order]


def _draws_of_ids(spectra: Spectra) -> tuple[np.ndarray, np.ndarray]:
    """Return the draw of each id, uint64 (n,), and which spectra have one."""
    return _mixed(spectra.source_id.astype(np.uint64)), ~without_id(spectra.source_id)


def _draws(flux: np.ndarray) -> np.ndarray:
    """Return an even draw of 64 bits for each spectrum: a hash of its numbers, uint64 (n,)."""
    numbers = np.ascontiguousarray(flux + np.float32(0))  # one zero, not two
    return _mixed(numbers.view(np.uint32).astype(np.uint64) @ _WEIGHTS)


def _mixed(found: np.ndarray) -> np.ndarray:
    """Return an even hash of whole numbers of 64 bits."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # as SplitMix64
        found = (found ^ (found >> np.uint64(shift))) * np.uint64(factor)
    mixed: np.ndarray = found ^ (found >> np.uint64(31))
    return mixed
