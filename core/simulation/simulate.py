"""Simulated XP spectra of galaxies, block by block."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from core.amounts import n_of
from core.config import to_dict
from core.data.card import DatasetCard, simulated_name
from core.data.dataset import Dataset, make_dataset
from core.data.instrument import DR3
from core.data.published import published
from core.data.writer import DatasetWriter
from core.memory import require_memory
from core.simulation.config import SimulationConfig, config_hash
from core.simulation.noise import draw_noise
from core.simulation.population import Population, RedshiftDistribution, draw_population
from core.simulation.seeds import NEW
from core.simulation.tables import SimulationTables, load_tables
from core.spectra import N_SAMPLES

Progress = Callable[[int, int], None]

BLOCK = 20_000
"""Galaxies drawn at a time. Each block has a random stream of its own, so neither the size of
a sample nor the way it is written changes a galaxy."""

BYTES_PER_GALAXY = 2 * 4 * N_SAMPLES + 64
"""Of the sample in memory: flux, its errors, and what else is known."""

DESCRIPTION = (
    "Simulated, semi-empirical XP spectra: SDSS galaxies and kcorrect's templates seen through "
    "Gaia DR3's instrument model, with calibrated noise. The difficulty was tuned to agree with "
    "the published one; that agreement is not a prediction."
)

LICENCE = "BSD-3-Clause, as xpz; credit SDSS, kcorrect, skypy, and Gaia (ESA/Gaia/DPAC)."


Block = dict[str, np.ndarray]
"""Columns of `core.data.dataset.Dataset`: source_id, z, flux, flux_error, g_mag."""


def simulate(
    config: SimulationConfig | int,
    progress: Progress | None = None,
    tables: SimulationTables | None = None,
    *,
    seed: int = NEW,
) -> Dataset:
    """Return a simulated sample in memory.

    Parameters
    ----------
    config : SimulationConfig or int
        What to simulate, or only how many galaxies.
    progress : callable, optional
        Called with the number of spectra done and the total.
    tables : SimulationTables, optional
        Default: those of `config.tables`, from the cache.
    seed : int
        Of all random numbers, where `config` is a number; 0 gives galaxies that the shipped runs
        learnt from.

    Raises
    ------
    MemoryShortError
        If it would not fit in memory; nothing was simulated then.

    Examples
    --------
    >>> import core
    >>> galaxies = core.simulate(100, seed=1)
    >>> galaxies.flux.shape, galaxies.card.origin
    ((100, 186), 'simulated')
    """
    if isinstance(config, int):
        config = SimulationConfig(n=config, seed=seed)
    require_memory(
        f"Simulating {n_of(config.n, 'galaxy')} in memory",
        config.n * BYTES_PER_GALAXY,
        "Simulate fewer, or write them to a file: `xpz simulate`.",
    )
    columns: dict[str, Any] = {}
    done = 0
    for block in simulate_blocks(config, progress, tables):
        for name, values in block.items():
            if name not in columns:
                columns[name] = np.empty((config.n, *values.shape[1:]), values.dtype)
            columns[name][done : done + len(values)] = values
        done += len(block["z"])
    return make_dataset(**columns, **_card(config))


def simulate_to_parquet(
    config: SimulationConfig,
    path: str | Path,
    progress: Progress | None = None,
    tables: SimulationTables | None = None,
    name: str = "",
) -> DatasetCard:
    """Write a simulated sample to a data set file (.parquet), all or nothing.

    Holds one block in memory at a time; the rows are those of `simulate`. Without a `name` the
    card has one of the settings.
    """
    card = _card(config) | ({"name": name} if name else {})
    with DatasetWriter(path, **card) as writer:
        for block in simulate_blocks(config, progress, tables):
            writer.write(**block)
    return writer.card


def simulate_blocks(
    config: SimulationConfig,
    progress: Progress | None = None,
    tables: SimulationTables | None = None,
) -> Iterator[Block]:
    """Yield the sample block by block, each of at most `BLOCK` galaxies; see `simulate`."""
    tables = tables or load_tables(config.tables)
    redshifts = redshift_distribution()
    # Ids of one sample are consecutive; its seed moves them to a stretch of its own.
    first_id = int(np.random.default_rng(config.seed).integers(1, 2**30)) << 32
    for index, start in enumerate(range(0, config.n, BLOCK)):
        stop = min(start + BLOCK, config.n)
        rows = _draw_rows(config, index, redshifts, tables)
        kept = {name: values[: stop - start] for name, values in rows.items()}
        yield {"source_id": first_id + np.arange(start, stop)} | kept
        if progress is not None:
            progress(stop, config.n)


# The matrices are small: threads would only wait for each other.
@threadpool_limits.wrap(limits=1, user_api="blas")
def _draw_rows(
    config: SimulationConfig, index: int, redshifts: RedshiftDistribution, tables: SimulationTables
) -> Block:
    """Return the columns of a whole block, of which the last one keeps what it needs."""
    rng = np.random.default_rng(np.random.SeedSequence(config.seed, spawn_key=(index,)))
    population = draw_population(
        rng,
        BLOCK,
        redshifts,
        tables.galaxies,
        config.population,
        n_line_groups=config.tables.templates.n_parts - 1,
        n_warps=len(tables.warps),
    )
    signal, g_mag = noise_free(population, tables, config.brightest_sample)
    noise, sigma = draw_noise(rng, signal, tables.noise_bp, tables.noise_rp, config.tables.noise)
    return {
        "z": population.z,
        "flux": _rounded(signal + noise, config.flux_step),
        # Never 0: an error of nothing would weigh infinitely.
        "flux_error": np.maximum(_rounded(sigma, config.flux_step), config.flux_step),
        "g_mag": g_mag,
    }


def redshift_distribution() -> RedshiftDistribution:
    """Return the published redshift distribution."""
    reference = published()
    return RedshiftDistribution.from_histogram(
        reference.histogram_edges,
        reference.histogram_fraction,
        reference.table3_edges,
        reference.table3_percent,
    )


def noise_free(
    population: Population, tables: SimulationTables, brightest_sample: float = np.inf
) -> tuple[np.ndarray, np.ndarray]:
    """Return the spectra of a population without noise, and their G magnitudes, both float32.

    Flux, shape (n, 186) [e-/s per sample], is dimmed where its brightest sample exceeds
    `brightest_sample`; G [mag] is that of the light in the window.
    """
    rows = _interpolated(population, tables)
    rows *= 10.0 ** (-0.4 * population.ebv[:, None] * tables.extinction).astype(np.float32)
    flux = rows[:, :N_SAMPLES] * (1.0 + population.warp.astype(np.float32) @ tables.warps)
    dimming = np.minimum(1.0, np.float32(brightest_sample) / flux.max(axis=1))
    flux *= dimming[:, None]
    return flux, -2.5 * np.log10(rows[:, -1] * dimming)


def _interpolated(population: Population, tables: SimulationTables) -> np.ndarray:
    """Weigh the table's components, bilinear in redshift and ln Re, shape (n, 187)."""
    i_z, t_z = _node(population.z, tables.z_grid)
    i_re, t_re = _node(np.log(population.re_arcsec), tables.ln_re_grid)

    r_maggies = tables.r_maggies
    at_z = (1 - t_z)[:, None] * r_maggies[i_z] + t_z[:, None] * r_maggies[i_z + 1]
    r_light = population.coefficients * at_z
    r_light *= (10.0 ** (-0.4 * population.r_mag) / r_light.sum(axis=1))[:, None]
    parts = np.concatenate([np.ones((len(r_light), 1)), population.line_strength], axis=1)
    components = (r_light[:, :, None] * parts[:, None, :]).reshape(len(r_light), -1)

    corners = [(1 - t_z) * (1 - t_re), (1 - t_z) * t_re, t_z * (1 - t_re), t_z * t_re]
    weights = np.concatenate([c[:, None] * components for c in corners], axis=1, dtype=np.float32)
    # Galaxies of one cell of the table share its four corners: one matrix product per cell.
    cell = i_z * len(tables.ln_re_grid) + i_re
    order = np.argsort(cell, kind="stable")
    rows = np.empty((len(order), tables.spectra.shape[-1]), np.float32)
    for members in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
        z, re = i_z[members[0]], i_re[members[0]]
        corner = tables.spectra[z : z + 2, re : re + 2].reshape(weights.shape[1], -1)
        rows[members] = weights[members] @ corner
    return rows


def _node(values: np.ndarray, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the node below each value on an even grid, and the way to the next, 0 to 1."""
    position = np.clip((values - grid[0]) / (grid[1] - grid[0]), 0.0, len(grid) - 1)
    node = np.minimum(position.astype(int), len(grid) - 2)
    return node, position - node


def _rounded(values: np.ndarray, step: float) -> np.ndarray:
    return np.round(values / np.float32(step)) * np.float32(step)


def _card(config: SimulationConfig) -> dict[str, Any]:
    return {
        "name": simulated_name(config.n, config.seed),
        "origin": "simulated",
        "description": DESCRIPTION,
        "licence": LICENCE,
        "grid": config.tables.grid,
        "config_hash": config_hash(config),
        "config": to_dict(config),
        "instrument": DR3,
    }
