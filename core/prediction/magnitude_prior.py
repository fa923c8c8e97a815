"""How common redshifts are at each G magnitude: n(z | G), of three numbers."""

from dataclasses import dataclass

import numpy as np
import scipy

FAINT_G = 18.0
"""About the middle of Gaia's galaxies [mag]."""

MIN_GALAXIES = 39
"""With a known G: thirteen for each number."""

# Steepness, ln of the scale at `FAINT_G`, and its change with G.
BOUNDS = ((0.5, 20.0), (-7.0, 1.0), (-1.0, 2.0))
START = (2.0, -1.8, 0.2)

MAX_FITTED = 20_000

POSSIBLE_G = (3.0, 25.0)
"""Of Gaia's sources, generously [mag]; other numbers, such as 99 or -999, stand for none."""

MOST = 700.0
"""Of what is raised to e: beyond, numbers have no room for it."""


def has_g(g_mag: np.ndarray) -> np.ndarray:
    """Return which sources have a G magnitude, bool (n,)."""
    low, high = POSSIBLE_G
    return (g_mag >= low) & (g_mag <= high)


@dataclass(frozen=True)
class MagnitudeDensity:
    """n(z | G) of a set of galaxies.

    As Benitez (2000, ApJ 536, 571, equation 22) has it for one type of galaxies::

        n(z | G) ~ z^alpha exp(-(z / zm)^alpha)

    but that zm grows exponentially with G, which keeps it above 0: zm = exp(a + b (G - 18)). Of
    simulated galaxies it gives the quartiles at G 15.5 to 19.5 to within 0.02.

    Attributes
    ----------
    alpha, a, b : float
    """

    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, z: np.ndarray, g_mag: np.ndarray | None) -> "MagnitudeDensity | None":
        """Return that of highest likelihood, or None where too few galaxies have a G.

        `z` and `g_mag` [mag], NaN where unknown, are of n galaxies; of many, 20,000 are drawn.
        """
        if g_mag is None:
            return None
        known = np.flatnonzero(has_g(g_mag) & (z > 0))
        if len(known) < MIN_GALAXIES:
            return None
        few = np.random.default_rng(0).permutation(known)[:MAX_FITTED]
        log_z, g = np.log(z[few]), g_mag[few].astype(float)

        def surprise(numbers: np.ndarray) -> float:
            return -float(cls(*numbers).log_density(log_z, g).mean())

        found = scipy.optimize.minimize(surprise, START, method="L-BFGS-B", bounds=BOUNDS)
        return cls(*(float(number) for number in found.x))

    @classmethod
    def from_array(cls, numbers: np.ndarray) -> "MagnitudeDensity":
        """Build from the three numbers; a ValueError says that it is something else."""
        if numbers.shape != (3,) or numbers[0] <= 0:
            raise ValueError("the numbers of n(z | G) are none")
        return cls(*(float(number) for number in numbers))

    def log_density(self, log_z: np.ndarray, g_mag: np.ndarray) -> np.ndarray:
        """Return ln n(z | G) where ln z and G go together."""
        log_scaled = log_z - self.a - self.b * (g_mag - FAINT_G)
        # The integral of x^alpha exp(-x^alpha) is Gamma(1 + 1 / alpha) / alpha.
        norm = scipy.special.gammaln(1 + 1 / self.alpha) - np.log(self.alpha)
        log_scale = log_z - log_scaled
        raised = self.alpha * log_scaled
        return raised - np.exp(np.minimum(raised, MOST)) - norm - log_scale

    def log_on(self, z: np.ndarray, g_mag: np.ndarray) -> np.ndarray:
        """Return ln n(z | G) on a grid from 0, shape (n, m); NaN where G is."""
        log_z = np.log(np.maximum(np.asarray(z, float), 1e-4))
        return self.log_density(log_z[None], np.asarray(g_mag, float)[:, None])
