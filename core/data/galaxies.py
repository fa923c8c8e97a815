"""What is known of galaxies beside their spectra, and how their spectra are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.data.card import DatasetCard
from core.errors import DataError
from core.spectra import Spectra

Part = tuple[int, np.ndarray, np.ndarray | None]
"""Number of the first row, flux (n, 186) and its errors, where they are known and asked for."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Galaxies:
    """What is known of N galaxies beside their spectra: arrays of shape (N,), NaN where unknown."""

    source_id: np.ndarray  # int64
    z: np.ndarray  # spectroscopic redshifts, float64
    card: DatasetCard
    g_mag: np.ndarray | None = None  # Gaia G [mag], float32 as all below
    redshift_ugc: np.ndarray | None = None  # of Gaia's UGC, and the ends of its interval
    redshift_ugc_lower: np.ndarray | None = None
    redshift_ugc_upper: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.z)

    def chunks(
        self, rows: int = 8192, kept: np.ndarray | None = None, *, with_errors: bool = True
    ) -> Iterator[Spectra]:
        """Yield the spectra of at most so many galaxies at a time, with ids, z and G.

        `kept`, bool (N,), chooses galaxies; all by default.
        """
        for start, flux, flux_error in self._parts(kept, with_errors):
            here = np.arange(start, start + len(flux))
            here = here if kept is None else here[kept[here]]
            for first in range(0, len(here), rows):
                own = here[first : first + rows]
                yield Spectra(
                    flux[own - start],
                    self.source_id[own],
                    flux_error=None if flux_error is None else flux_error[own - start],
                    z=self.z[own],
                    g_mag=None if self.g_mag is None else self.g_mag[own],
                )

    def rows(
        self, indices: np.ndarray, *, with_errors: bool = True
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the spectra of some galaxies.

        Of a file, groups of some thousand neighbouring rows are read that hold any of them, one
        after the other: neighbours cost little more than one of them.

        Parameters
        ----------
        indices : np.ndarray of int, shape (n,)
            Numbers of their rows, from 0, in any order; one may come more than once.
        with_errors : bool
            Whether to read the errors as well.

        Returns
        -------
        flux : np.ndarray of float32, shape (n, 186)
            [e-/s per sample]
        flux_error : np.ndarray of float32, shape (n, 186), or None
            None where they are not known or not asked for.

        Raises
        ------
        DataError
            If there is no such row, or the file was removed, changed or damaged.
        """
        indices = np.asarray(indices)
        if indices.ndim != 1 or (len(indices) and indices.dtype.kind not in "iu"):
            raise DataError(
                f"{self.card.name}: expected the numbers of rows, received an array of "
                f"{indices.dtype} with shape {indices.shape}."
            )
        indices = indices.astype(np.int64, copy=False)
        wrong = indices[(indices < 0) | (indices >= len(self))]
        if len(wrong):
            raise DataError(
                f"{self.card.name}: expected rows from 0 to {len(self) - 1}, received {wrong[0]}."
            )
        return self._rows(indices, with_errors)

    def _parts(self, kept: np.ndarray | None, with_errors: bool) -> Iterator[Part]:
        """Yield the spectra part by part; parts without any of `kept` may lack."""
        raise NotImplementedError

    def _rows(self, indices: np.ndarray, with_errors: bool) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the spectra of rows that there are."""
        raise NotImplementedError
