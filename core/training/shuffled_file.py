"""A training part too large for memory: its spectra on the disk, in an order without any order."""

import errno
import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.amounts import n_of
from core.data.noise import BandNoise
from core.errors import RunError
from core.model.scaling import Scaler
from core.spectra import N_SAMPLES

SPECTRUM_BYTES = 4 * N_SAMPLES

PART_BYTES = 150e6
"""Spectra that are read and shuffled at once: a few times as many bytes are in use."""

SAMPLE = 100_000
"""Spectra that stand for all where a method cannot learn from one part after the other."""

FREE_BYTES = 1e9
"""What we leave of a disk to others."""


@dataclass(frozen=True, eq=False)
class ShuffledFile:
    """Spectra in random order, so that any stretch of them is a fair sample of all.

    The file has no name any more: whatever ends the process, its space is free again. A spectrum is
    186 numbers, and 186 errors behind them where these are kept, float32.

    A part of it is read and shuffled at once, and the parts come in another order in every epoch:
    a network sees what it would see of spectra in memory, but that some of the galaxies in a batch
    are always from the same part.
    """

    z: np.ndarray  # (n,)
    rows: np.ndarray  # which row of what was dealt each is, (n,)
    file: "UnnamedFile"
    keeps_errors: bool
    with_errors: bool  # whether to read them

    def parts(self, batch_size: int) -> list[slice]:
        """Return which spectra are read and shuffled at once; all but the last fill batches."""
        n, width = len(self.z), SPECTRUM_BYTES * (1 + self.keeps_errors)
        n_parts = max(1, round(n * width / PART_BYTES))
        size = -(-n // (n_parts * batch_size)) * batch_size
        return [slice(first, min(first + size, n)) for first in range(0, n, size)]

    def read(self, rows: slice) -> tuple[np.ndarray, np.ndarray | None]:
        """Return flux (n_rows, 186) [e-/s per sample], and the errors, NaN or 0 where unknown."""
        found = _read(self.file, self.keeps_errors, rows.start, rows.stop)
        return found[:, 0], found[:, 1] if self.with_errors else None

    def sample(self) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return at most 100,000 spectra: their places, flux and errors.

        Those of the least and the largest redshift are among them.
        """
        n = min(SAMPLE, len(self.z))
        ends = np.array([self.z.argmin(), self.z.argmax()])
        more = ends[ends >= n]
        read = [self.read(slice(0, n)), *(self.read(slice(i, i + 1)) for i in more.tolist())]
        flux = np.concatenate([part[0] for part in read])
        errors = np.concatenate([part[1] for part in read]) if self.with_errors else None
        return np.concatenate([np.arange(n), more]), flux, errors

    def fit_scaler(self, method: str) -> Scaler:
        """Fit a scaling to all spectra, part by part, or to the sample if the method needs it."""
        return Scaler.fit_parts(method, map(self.read, self.parts(1)), self.sample()[1:])

    def fit_noise(self) -> BandNoise:
        """Learn from the sample what stands in for unknown errors."""
        return BandNoise.fit(*self.sample()[1:])

    def without_errors(self) -> "ShuffledFile":
        """Return the same spectra for a recipe that makes no use of their errors."""
        return replace(self, with_errors=False)


class UnnamedFile:
    """An open file without a name, whose space is free again when nothing refers to it any more."""

    def __init__(self, folder: Path) -> None:
        with tempfile.TemporaryFile(dir=folder) as made:
            self.number = os.dup(made.fileno())
        weakref.finalize(self, os.close, self.number)


class Dealer:
    """Writes spectra, which come in any order, to a `ShuffledFile`.

    `z`, shape (n,), are the redshifts of the spectra to come, in their order. Each goes to one of
    several stretches of the file, drawn at random; at the end each stretch is shuffled. A
    `RunError` says if the disk of `folder` has no room.
    """

    def __init__(self, folder: Path, z: np.ndarray, *, with_errors: bool, seed: int) -> None:
        self._z, self._folder, self._with_errors = z, folder, with_errors
        self._width = SPECTRUM_BYTES * (1 + with_errors)
        size = len(z) * self._width
        free = shutil.disk_usage(folder).free
        if size + FREE_BYTES > free:
            raise self._full(size, f"{free / 1e9:.1f} GB are free")
        self._random = np.random.default_rng(seed)
        n_stretches = max(1, round(size / PART_BYTES))
        self._stretch = (self._random.permutation(len(z)) * n_stretches // len(z)).astype(np.int32)
        counts = np.bincount(self._stretch, minlength=n_stretches)
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self._filled = self._starts[:-1].copy()
        self._dealt = 0
        self._file = UnnamedFile(folder)

    def deal(self, flux: np.ndarray, flux_error: np.ndarray | None) -> None:
        """Write the next spectra, (m, 186) [e-/s per sample]; unknown errors are NaN or None."""
        spectra = np.full((len(flux), 1 + self._with_errors, N_SAMPLES), np.nan, np.float32)
        spectra[:, 0] = flux
        if self._with_errors and flux_error is not None:
            spectra[:, 1] = flux_error
        stretch = self._stretch[self._dealt : self._dealt + len(flux)]
        for number in np.unique(stretch).tolist():
            self._write(spectra[stretch == number], self._filled[number])
            self._filled[number] += np.count_nonzero(stretch == number)
        self._dealt += len(flux)

    def shuffled(self) -> ShuffledFile:
        """Shuffle what was dealt, and return it."""
        rows = np.argsort(self._stretch, kind="stable")
        for first, last in zip(self._starts[:-1].tolist(), self._starts[1:].tolist(), strict=True):
            order = self._random.permutation(last - first)
            self._write(_read(self._file, self._with_errors, first, last)[order], first)
            rows[first:last] = rows[first:last][order]
        return ShuffledFile(self._z[rows], rows, self._file, self._with_errors, self._with_errors)

    def _write(self, spectra: np.ndarray, first: int) -> None:
        left = np.ascontiguousarray(spectra).data.cast("B")
        place = int(first) * self._width
        try:
            while left:
                written = os.pwrite(self._file.number, left, place)
                left, place = left[written:], place + written
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise self._full(len(self._z) * self._width, str(error.strerror)) from error

    def _full(self, size: float, why: str) -> RunError:
        return RunError(
            f"{self._folder}: the {n_of(len(self._z), 'spectrum')} to train on are too many for "
            f"memory, and shuffled they need {size / 1e9:.1f} GB on this disk until the "
            f"training ends: {why}. Make room, or keep the runs on another disk (--runs-dir, "
            "or XPZ_RUNS_DIR)."
        )


def _read(file: UnnamedFile, with_errors: bool, first: int, last: int) -> Any:
    """Return spectra of the file, (n, 1 or 2, 186) float32."""
    spectra = np.empty((last - first, 1 + with_errors, N_SAMPLES), np.float32)
    left = spectra.data.cast("B")
    place = first * SPECTRUM_BYTES * (1 + with_errors)
    while left:
        n = os.preadv(file.number, [left], place)
        if not n:
            raise RunError("The shuffled spectra on the disk are cut off; train again.")
        left, place = left[n:], place + n
    return spectra
