"""Galaxies that are drawn with replacement, many resamples at once.

A resample is how often each galaxy was drawn. Over errors that are sorted once, the running
sum of those numbers gives every quantile and every share, so that a thousand resamples of
50,000 galaxies take a second and not half a minute.
"""

import functools
from collections.abc import Mapping

import numpy as np

# Halvings of the range of e's middle half in the search for a median: to 1e-10 of it.
HALVINGS = 34


class Draws:
    """Some resamples of galaxies, which are sorted by their normalised errors.

    `columns` are numbers of the n galaxies, by rising "e" where that is among them; `drawn`, shape
    (size, n), are the galaxies of each resample.
    """

    def __init__(self, columns: Mapping[str, np.ndarray], drawn: np.ndarray) -> None:
        self.columns, self.drawn = columns, drawn
        self.size, self.n = drawn.shape
        cells = (drawn + self.n * np.arange(self.size)[:, None]).ravel()
        self._counts = np.bincount(cells, minlength=drawn.size).reshape(drawn.shape)
        # One rising row of all resamples: each is searched in its own part.
        self._offset = np.arange(self.size) * (self.n + 1)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    @functools.cached_property
    def _weights(self) -> np.ndarray:
        return self._counts.astype(float)

    @functools.cached_property
    def _cumulative(self) -> np.ndarray:
        # Column i: how many of the drawn galaxies are among the first i.
        cumulative = np.zeros((self.size, self.n + 1), np.int64)
        np.cumsum(self._counts, axis=1, out=cumulative[:, 1:])
        return cumulative

    @functools.cached_property
    def _rising(self) -> np.ndarray:
        return (self._cumulative + self._offset[:, None]).ravel()

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Return the mean of a number of each galaxy, shape (n,), in each resample, (size,)."""
        # Not by a product of matrices: its threads would wait for each other longer than they work.
        return np.einsum("ij,j->i", self._weights, values) / self.n

    def quantile(self, share: float) -> np.ndarray:
        """Return the quantile of e, between two galaxies linearly as `np.quantile`, (size,)."""
        rank = share * (self.n - 1)
        low = int(rank)
        below, above = self._at_ranks(low, min(low + 1, self.n - 1))
        return below + (rank - low) * (above - below)

    def share_beyond(self, limit: float | np.ndarray) -> np.ndarray:
        """Return the share of |e| > limit, which may differ by resample, shape (size,)."""
        return 1 - self._n_within(0.0, np.broadcast_to(limit, self.size)) / self.n

    def median_distance(self, centre: np.ndarray) -> np.ndarray:
        """Return the median |e - centre| by halving the distance, shape (size,)."""
        # Of an even number of galaxies, the mean of the two in the middle.
        wanted = np.array([[(self.n + 1) // 2], [self.n // 2 + 1]])
        low = np.zeros((2, len(centre)))
        # Half of the galaxies lie between the quarters, however far the others are.
        first, last = self._at_ranks((self.n - 1) // 4, (3 * self.n) // 4)
        high = np.broadcast_to(np.maximum(last - centre, centre - first), low.shape)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            enough = self._n_within(centre, middle) >= wanted
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high.mean(axis=0)

    def _at_ranks(self, *ranks: int) -> list[np.ndarray]:
        """Return the e of a rank, from 0, in each resample, shape (size,), for every rank."""
        offset = self._offset
        # The galaxy of a rank is the first that has more than so many up to and with it.
        found = [np.searchsorted(self._rising, rank + offset, side="right") for rank in ranks]
        return [self["e"][places - offset - 1] for places in found]

    def _n_within(self, centre: float | np.ndarray, distance: np.ndarray) -> np.ndarray:
        """Return how many drawn galaxies have |e - centre| <= distance; shape (..., size)."""
        rows = np.arange(self.size)
        first = np.searchsorted(self["e"], centre - distance, side="left")
        last = np.searchsorted(self["e"], centre + distance, side="right")
        return self._cumulative[rows, last] - self._cumulative[rows, first]
