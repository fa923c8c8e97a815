"""The derived tables and one sample of 60,000 spectra, shared by all tests of the simulation."""

import dataclasses

import numpy as np
import pytest

from core.simulation import SimulationConfig, TableConfig, build_tables, simulate
from core.simulation.instrument import load_bands
from core.simulation.population import Population


@pytest.fixture(scope="session")
def tables():
    return build_tables(TableConfig())


@pytest.fixture(scope="session")
def bands():
    return dict(zip(("bp", "rp"), load_bands(), strict=True))


@pytest.fixture(scope="session")
def sample(tables):
    return simulate(SimulationConfig(n=60_000, seed=3), tables=tables)


@pytest.fixture
def make_population(tables):
    """Return a maker of galaxies that are alike but for what is said."""

    def make(z, **columns):
        z = np.atleast_1d(np.asarray(z, float))
        donor = np.searchsorted(tables.galaxies.z, 0.15)
        population = Population(
            z=z,
            r_mag=np.full(len(z), 17.0),
            coefficients=np.repeat(tables.galaxies.coefficients[donor][None], len(z), axis=0),
            re_arcsec=np.full(len(z), 1.0),
            ebv=np.zeros(len(z)),
            line_strength=np.ones((len(z), 3)),
            warp=np.zeros((len(z), len(tables.warps))),
        )
        return dataclasses.replace(population, **columns)

    return make
