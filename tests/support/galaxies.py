"""Made-up galaxies whose redshift is easy to learn."""

import numpy as np

from core.data.dataset import make_dataset
from core.spectra import N_SAMPLES


def make_falling(n=400, seed=0, **other):
    """Smooth spectra whose level falls with redshift, 64-bit ids beyond a float's digits."""
    random = np.random.default_rng(seed)
    z = random.uniform(0.0, 0.6, n)
    shape = 2 + np.sin(np.linspace(0, 3, N_SAMPLES))
    flux = shape / (1 + 3 * z[:, None]) + random.normal(0, 0.1, (n, N_SAMPLES))
    columns = {"flux_error": np.full((n, N_SAMPLES), 0.1), "g_mag": random.uniform(15, 19, n)}
    named = {"name": "small", "origin": "simulated"}
    ids = 4_611_686_018_427_387_904 + np.arange(n) * 3 + 1
    return make_dataset(flux, z, ids, **(columns | named | other))


def make_moving_line(n):
    """Spectra with one broad line that moves with redshift."""
    random = np.random.default_rng(5)
    z = random.uniform(0.02, 0.5, n)
    line = np.exp(-0.5 * ((np.arange(N_SAMPLES) - 40 - 200 * z[:, None]) / 12) ** 2)
    flux = 1 + line + 0.05 * random.normal(size=(n, N_SAMPLES))
    g_mag = random.uniform(16, 20, n).astype(np.float32)
    return make_dataset(flux.astype(np.float32), z, name="toy", origin="simulated", g_mag=g_mag)
