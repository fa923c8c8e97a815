"""Data sets of any number of galaxies, for what is measured on many."""

from pathlib import Path

import numpy as np

from core.data.dataset import load_dataset
from core.data.published import published
from core.data.writer import DatasetWriter

SHIPPED = Path(__file__).parents[1] / "data" / "simulated-20k.parquet"
SIZES = (20_000, published().n_galaxies, 5_000_000)


def make(n: int, path: Path, *, with_errors: bool) -> None:
    """Write a data set of `n` galaxies: those that come with xpz, again and again.

    Each time with fresh noise and ids. Holds 20,000 at a time.
    """
    galaxies = load_dataset(SHIPPED)
    rng = np.random.default_rng(0)
    noise = np.empty(galaxies.flux.shape, np.float32)
    with DatasetWriter(path, name=f"{n:,} galaxies", origin="simulated") as writer:
        for start in range(0, n, len(galaxies)):
            rows = slice(min(len(galaxies), n - start))
            rng.standard_normal(out=noise, dtype=np.float32)
            # Rounded as the simulator does it, else the file would not shrink as its files do.
            flux = np.round((galaxies.flux + 0.5 * noise * galaxies.flux_error) / 0.01) * 0.01
            writer.write(
                (1 << 52) + start + np.arange(len(galaxies))[rows],
                galaxies.z[rows],
                flux[rows],
                galaxies.flux_error[rows] if with_errors else None,
                g_mag=galaxies.g_mag[rows],
            )
