"""Recalibration of p(z): the PIT of the validation part made flat at every redshift."""

import functools
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike

from core.prediction.calibration.needed import check_enough
from core.prediction.density import Density

N_POLYNOMIALS = 8

# Redshifts at which the distribution of the PIT is fitted: this far apart, and with as many
# galaxies between two.
NODE_STEP = 0.04
MIN_PER_NODE = 1000

# Galaxies of perfect PIT that each node is given: a good network is not spoilt by the scatter of
# the validation part.
PRIOR_GALAXIES = 200.0

# The same for what a run knew before it was calibrated anew: less, for few galaxies shall count.
KNOWN_GALAXIES = 30.0

MAX_ITERATIONS = 200
TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class PitCalibration:
    """How the PIT of a network's densities is distributed, by the median of the density.

    If p(z) with distribution function F is what a network says, and the PIT
    u = F(z_spec) of galaxies that it was not trained on has the density g(u),
    then p(z) g(F(z)) is calibrated (Bordoloi, Lilly & Amara 2010, MNRAS 406,
    881; by place in feature space: Dey et al. 2022, arXiv:2205.14568). Here g
    is a mixture of Bernstein polynomials (Beta densities of whole-numbered
    parameters; Babu, Canty & Chaubey 2002, J. Stat. Plan. Inference 105, 377),
    smooth and bounded, whose weights are linear in the median between nodes
    and constant beyond. Their likelihood is maximised by the EM algorithm.
    """

    nodes: np.ndarray  # (n_nodes,), medians, rising
    weights: np.ndarray  # (n_nodes, n_polynomials), of a node 1 in all; alike: nothing to correct
    n_galaxies: int  # that the calibration rests on

    @classmethod
    def fit(
        cls, median: ArrayLike, pit: ArrayLike, known: "PitCalibration | None" = None
    ) -> "PitCalibration":
        """Learn the distribution of the PIT from galaxies that the network was not trained on.

        `median` and `pit`, shape (n,), are of the densities of the validation part, as the network
        gives them; `known` is what held of other galaxies, by default a flat PIT. A `DataError`
        says if there are too few; see `check_enough`.
        """
        median, pit = np.asarray(median, float), np.asarray(pit, float)
        check_enough(len(median), "Calibration of p(z)")
        nodes = _nodes(median)
        hats = _hats(nodes, median)
        basis = _bernstein(N_POLYNOMIALS, pit)
        if known is None:
            weights = np.full((len(nodes), N_POLYNOMIALS), 1 / N_POLYNOMIALS)
            expected = PRIOR_GALAXIES * weights
        else:
            weights = known._weights_at(nodes)
            expected = KNOWN_GALAXIES * weights
        for _ in range(MAX_ITERATIONS):
            likelihood = np.einsum("ij,ij->i", hats @ weights, basis)
            share = weights * (hats.T @ (basis / likelihood[:, None]))
            share += expected
            before, weights = weights, share / share.sum(axis=1, keepdims=True)
            if np.abs(weights - before).max() < TOLERANCE:
                break
        return cls(nodes, weights, len(median))

    def pit(self, median: ArrayLike, pit: ArrayLike) -> np.ndarray:
        """Return the calibrated PIT for that of the network's densities, shape (n,)."""
        pit = np.asarray(pit, float)
        k, n = np.arange(self.weights.shape[1]), self.weights.shape[1]
        basis = scipy.special.betainc(k + 1, n - k, pit[:, None])
        return np.einsum("ij,ij->i", self._weights_at(np.asarray(median, float)), basis)

    def apply(self, density: Density) -> Density:
        """Return the calibrated densities."""
        (median,) = density.quantile([0.5]).T
        weights = self._weights_at(np.nan_to_num(median))
        # Chebyshev series of the polynomials: Clenshaw's algorithm is fast and stable in float32.
        series = (weights @ _to_chebyshev(self.weights.shape[1])).astype(np.float32)
        u = 2 * density.cdf() - 1
        correction = chebyshev.chebval(u, series.T[:, :, None], tensor=False)
        np.maximum(correction, 0, out=correction)
        correction *= density.pdf
        return Density.normalised(density.z, correction)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store."""
        return {name: np.asarray(values) for name, values in vars(self).items()}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "PitCalibration":
        """Build from what `to_arrays` gave; a ValueError says that it is something else."""
        nodes, weights = arrays["nodes"], arrays["weights"]
        if nodes.ndim != 1 or len(nodes) < 1 or weights.shape[:-1] != nodes.shape:
            raise ValueError("the nodes and the weights of the PIT do not fit together")
        return cls(nodes, weights, int(arrays["n_galaxies"]))

    def _weights_at(self, median: np.ndarray) -> np.ndarray:
        return _hats(self.nodes, median) @ self.weights


def _nodes(median: np.ndarray) -> np.ndarray:
    """Return medians at least `NODE_STEP` apart with at least `MIN_PER_NODE` galaxies between."""
    ordered = np.sort(median)
    # The outer nodes lie within the data, for half of the galaxies about them.
    first = min(MIN_PER_NODE, len(ordered)) // 2
    nodes, last = [float(ordered[first])], first
    while True:
        place = max(last + MIN_PER_NODE, int(np.searchsorted(ordered, nodes[-1] + NODE_STEP)))
        if place > len(ordered) - MIN_PER_NODE // 2 - 1:
            return np.array(nodes)
        nodes.append(float(ordered[place]))
        last = place


def _hats(nodes: np.ndarray, median: np.ndarray) -> np.ndarray:
    """Return the share of every node in linear interpolation, shape (n, n_nodes)."""
    return np.transpose([np.interp(median, nodes, unit) for unit in np.eye(len(nodes))])


def _bernstein(n: int, u: np.ndarray) -> np.ndarray:
    """Return the densities of the `n` Bernstein polynomials, shape (len(u), n)."""
    k, column = np.arange(n), u[:, None]
    return n * scipy.special.comb(n - 1, k) * column**k * (1 - column) ** (n - 1 - k)


@functools.cache
def _to_chebyshev(n: int) -> np.ndarray:
    """Return the Chebyshev series, in 2 u - 1, of each Bernstein density, shape (n, n)."""
    points = (chebyshev.chebpts1(n) + 1) / 2
    return np.linalg.solve(chebyshev.chebvander(2 * points - 1, n - 1), _bernstein(n, points)).T
