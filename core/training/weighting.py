"""Weights of galaxies at rare redshifts, for networks that give one redshift."""

from dataclasses import dataclass

import numpy as np
import scipy

BIN_WIDTH = 0.005
"""[redshift] Far less than the smoothing."""

SMOOTHING = 0.02
"""[redshift] Standard deviation of the Gaussian that smooths n(z), near a galaxy's error."""


@dataclass(frozen=True, eq=False)
class RarityWeights:
    """Weights by one over the smoothed density of redshifts of a training part."""

    z: np.ndarray  # (m,), rising
    weight: np.ndarray  # at each, from 1 where galaxies are most common to the cap

    @classmethod
    def fit(cls, z: np.ndarray, cap: float) -> "RarityWeights":
        """Learn the density of redshifts (n,), n >= 1; `cap` is the largest weight, at least 1."""
        n_bins = max(1, int(np.ceil(np.ptp(z) / BIN_WIDTH)))
        counts, edges = np.histogram(z, bins=n_bins)
        # Reflected at the ends, beyond which there are no galaxies to be missed.
        density = scipy.ndimage.gaussian_filter1d(
            counts.astype(float), SMOOTHING / BIN_WIDTH, mode="reflect"
        )
        weight = 1 / np.maximum(density / density.max(), 1 / cap)
        return cls((edges[1:] + edges[:-1]) / 2, weight)

    def of(self, z: np.ndarray) -> np.ndarray:
        """Return the weight at each redshift, shape of `z`; beyond the ends that at the end."""
        return np.interp(z, self.z, self.weight)
