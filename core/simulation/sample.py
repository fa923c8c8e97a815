"""The small file that comes with xpz to try a prediction on: galaxies, and what is none.

Made by ``python -m core.simulation.sample data/samples/simulated-galaxies.csv``.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from core.atomic import replacing
from core.simulation.config import SimulationConfig
from core.simulation.instrument import PLANCK, SPEED_OF_LIGHT, load_bands, sample_steps
from core.simulation.noise import draw_noise
from core.simulation.simulate import simulate
from core.simulation.tables import SimulationTables, load_tables
from core.spectra import BANDS, N_SAMPLES

BOLTZMANN = 1.380649e-23  # J/K, exact

N_GALAXIES = 60
SEED = 2027  # not that of the data set that comes with xpz, nor of any test
STARS_KELVIN = (3500, 6000, 12000)
STAR_MEAN_FLUX = 6.0  # e-/s per sample, that of a galaxy of G = 17.5 mag or so


def sample_table(
    n: int = N_GALAXIES, seed: int = SEED, tables: SimulationTables | None = None
) -> pd.DataFrame:
    """Return simulated galaxies and, after them, spectra that a network cannot serve.

    These are: black bodies, which are points and not galaxies; noise without a source; and two
    galaxies of which one band is missing. Columns: source_id, what (in words), g_mag [mag], z_spec,
    flux_0 to flux_185 and flux_error_0 to flux_error_185 [e-/s per sample]; NaN where there is
    none.
    """
    config = SimulationConfig(n=n + 2, seed=seed)
    tables = tables or load_tables(config.tables)
    galaxies = simulate(config, tables=tables)
    assert galaxies.flux_error is not None
    flux, error = galaxies.flux.copy(), galaxies.flux_error.copy()
    for row, band in enumerate(BANDS, n):
        flux[row, band] = error[row, band] = np.nan

    signal = np.array([*(black_body(kelvin, config) for kelvin in STARS_KELVIN), [0.0] * N_SAMPLES])
    noise, sigma = draw_noise(
        np.random.default_rng(seed), signal, tables.noise_bp, tables.noise_rp, config.tables.noise
    )
    what = [*["galaxy"] * n, "galaxy without BP", "galaxy without RP"]
    what += [*(f"star, black body of {kelvin} K" for kelvin in STARS_KELVIN), "noise alone"]
    no_galaxy = np.full(len(signal), np.nan)
    return pd.DataFrame(
        {
            "source_id": galaxies.source_id[0] + np.arange(len(what)),
            "what": what,
            "g_mag": np.concatenate([galaxies.g_mag, no_galaxy]),
            "z_spec": np.concatenate([galaxies.z, no_galaxy]),
        }
        | _columns("flux", np.concatenate([flux, signal + noise]))
        | _columns("flux_error", np.concatenate([error, sigma]))
    )


def black_body(kelvin: float, config: SimulationConfig) -> np.ndarray:
    """Return Planck's law seen through the instrument as a point source, shape (186,).

    Scaled to a mean of `STAR_MEAN_FLUX` [e-/s per sample], without noise.
    """
    wavelength_m = 1e-9 * config.tables.instrument.wavelength_nm
    exponent = PLANCK * SPEED_OF_LIGHT / (wavelength_m * BOLTZMANN * kelvin)
    density = wavelength_m**-5 / np.expm1(exponent)
    grid = config.tables.grid
    bands = load_bands(config.tables.instrument)
    samples = [
        band.design(pixel) @ (band.response @ density) * step
        for band, pixel, step in zip(
            bands, (grid.bp_pixel, grid.rp_pixel), sample_steps(grid), strict=True
        )
    ]
    flux = np.concatenate(samples)
    return flux * STAR_MEAN_FLUX / flux.mean()


def write_sample(path: Path) -> None:
    """Write `sample_table` as CSV, three decimals: a hundredth of the noise and better."""
    table = sample_table().round({"g_mag": 3, "z_spec": 5})
    spectra = [name for name in table.columns if name.startswith("flux")]
    table[spectra] = table[spectra].map("{:.3f}".format).replace("nan", "")
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False)


def _columns(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{name}_{sample}": values[:, sample] for sample in range(N_SAMPLES)}


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]))
