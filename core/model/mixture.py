"""Mixtures of Gaussians: what a network with a p(z) head puts out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

# Outputs of order 1 thus mean redshifts and widths of galaxies that Gaia sees.
MEAN_CENTRE = 0.2
MEAN_SCALE = 0.1
SIGMA_SCALE = 0.02

# Far below the error of the brightest galaxies, and wide enough for the steps of a grid.
MIN_SIGMA = 0.003

OUTPUTS_PER_COMPONENT = 3


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Densities of redshift, each a sum of Gaussians (Bishop 1994, NCRG/94/004).

    Attributes
    ----------
    weights : np.ndarray of float32, shape (n, n_components)
        Of a source they add up to 1.
    means, sigmas : np.ndarray of float32, shape (n, n_components)
        [redshift]
    """

    weights: np.ndarray
    means: np.ndarray
    sigmas: np.ndarray

    @classmethod
    def from_outputs(cls, outputs: np.ndarray) -> "Mixtures":
        """Read outputs (n, 3 n_components) as the losses do: all logits, all means, all widths."""
        logits, means, widths = np.split(
            np.asarray(outputs, np.float32), OUTPUTS_PER_COMPONENT, axis=1
        )
        return cls(
            np.exp(scipy.special.log_softmax(logits, axis=1)),
            MEAN_CENTRE + MEAN_SCALE * means,
            MIN_SIGMA + SIGMA_SCALE * np.logaddexp(0, widths),
        )

    def __len__(self) -> int:
        return len(self.weights)

    @classmethod
    def joined(cls, parts: Sequence["Mixtures"]) -> "Mixtures":
        """Join mixtures, one or more groups, in their order."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*map(np.concatenate, columns))

    def take(self, rows: np.ndarray | slice) -> "Mixtures":
        """Return the mixtures of some sources."""
        return Mixtures(self.weights[rows], self.means[rows], self.sigmas[rows])

    def mean(self) -> np.ndarray:
        """Return the means of the mixtures, shape (n,), float64."""
        return np.sum(self.weights * self.means, axis=1, dtype=float)

    def pdf(self, z: np.ndarray) -> np.ndarray:
        """Return the densities [1 / redshift] on a grid (m,), float32 (n, m), without a cut-off."""
        z = np.asarray(z, np.float32)
        density = np.zeros((len(self), len(z)), np.float32)
        scaled = np.empty_like(density)
        for weight, mean, sigma in zip(self.weights.T, self.means.T, self.sigmas.T, strict=True):
            # In place: for a million sources the memory's traffic is most of the time.
            np.subtract(z, mean[:, None], out=scaled)
            scaled /= sigma[:, None]
            np.square(scaled, out=scaled)
            scaled *= -0.5
            np.exp(scaled, out=scaled)
            scaled *= (weight / (sigma * np.float32(np.sqrt(2 * np.pi))))[:, None]
            density += scaled
        return density
