import dataclasses

import numpy as np
import pytest

from core.data.published import published
from core.simulation.population import PopulationConfig, RedshiftDistribution, draw_population
from core.simulation.simulate import redshift_distribution

N = 100_000


def draw(tables, redshifts=None, n=N, **numbers):
    return draw_population(
        np.random.default_rng(5),
        n,
        redshifts or redshift_distribution(),
        tables.galaxies,
        dataclasses.replace(PopulationConfig(), **numbers),
        n_line_groups=3,
        n_warps=5,
    )


def at_redshift(z):
    return RedshiftDistribution(np.array([z - 1e-6, z + 1e-6]), np.array([0.0, 1.0]))


def test_redshift_percentiles_are_the_published_ones(tables):
    z = draw(tables).z
    for rank, value in published().redshift_percentiles.items():
        assert np.percentile(z, rank) == pytest.approx(value, abs=0.003)


def test_redshift_shares_are_those_of_table_3(tables):
    reference = published()
    distribution = redshift_distribution()
    share = np.diff(np.interp(reference.table3_edges, distribution.z, distribution.cumulative))
    np.testing.assert_allclose(100 * share, reference.table3_percent, atol=1e-6)
    counts, _ = np.histogram(draw(tables).z, reference.table3_edges)
    np.testing.assert_allclose(100 * counts / N, reference.table3_percent, atol=0.5)


def test_a_histogram_that_already_agrees_is_kept():
    edges = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    fraction = np.array([0.1, 0.4, 0.3, 0.2])
    distribution = RedshiftDistribution.from_histogram(
        edges, fraction, np.array([0.0, 0.2, 0.4]), np.array([50.0, 50.0])
    )
    np.testing.assert_allclose(distribution.quantile(np.cumsum(fraction)), edges[1:])


def test_donors_are_near_in_redshift(tables):
    population = draw(tables, at_redshift(0.15), n=2000)
    place = {tuple(c): i for i, c in enumerate(tables.galaxies.coefficients)}
    donors = np.array([place[tuple(c)] for c in population.coefficients])
    here = np.searchsorted(tables.galaxies.z, 0.15)
    assert np.all(np.abs(donors - here) <= 41)
    assert len(np.unique(donors)) > 70


def test_brightness_follows_the_recipe_above_the_sparse_limit(tables):
    r_mag = draw(tables, at_redshift(0.45), n=20_000).r_mag
    assert r_mag.mean() == pytest.approx(19.27 + 3.2 * 0.11, abs=0.02)
    assert r_mag.std() == pytest.approx(0.5, rel=0.03)


def test_below_it_brightness_follows_the_donors(tables):
    near = np.searchsorted(tables.galaxies.z, 0.1) + np.arange(-40, 40)
    r_mag = draw(tables, at_redshift(0.1), n=20_000).r_mag
    donors = tables.galaxies.r_mag[near]
    assert r_mag.mean() == pytest.approx(donors.mean() + 0.62 + 2.5 * 0.05, abs=0.02)
    assert r_mag.std() == pytest.approx(np.hypot(donors.std(), 0.35), rel=0.03)


@pytest.mark.parametrize(("z", "share"), [(0.39, 0.0), (0.47, 0.5), (0.59, 0.85)])
def test_compact_galaxies_are_blue_and_small(tables, z, share):
    population = draw(tables, at_redshift(z), n=20_000)
    compact = population.re_arcsec == 0.18
    assert compact.mean() == pytest.approx(share, abs=0.015)
    colours = tables.galaxies.rest_g_minus_r
    place = {tuple(c): i for i, c in enumerate(tables.galaxies.coefficients)}
    drawn = np.array([colours[place[tuple(c)]] for c in population.coefficients])
    assert np.all(drawn[compact] <= np.percentile(colours, 4.05))


def test_sizes_shrink_with_redshift_and_faintness(tables):
    def ln_re(z):
        population = draw(tables, at_redshift(z), n=20_000)
        return np.log(population.re_arcsec) + 0.12 * (population.r_mag - 17)

    assert ln_re(0.075).mean() == pytest.approx(np.log(1.5), abs=0.02)
    assert ln_re(0.3).mean() == pytest.approx(np.log(0.75), abs=0.02)
    assert ln_re(0.3).std() == pytest.approx(0.5, rel=0.03)


def test_dust_lines_and_warps_are_drawn_apart_from_all_else(tables):
    population = draw(tables)
    np.testing.assert_allclose(
        np.percentile(population.ebv, [10, 50, 90]),
        np.percentile(tables.galaxies.ebv, [10, 50, 90]),
        rtol=0.02,
    )
    np.testing.assert_allclose(np.log(population.line_strength).std(axis=0), 0.25, rtol=0.02)
    np.testing.assert_allclose(population.warp.std(axis=0), 0.006, rtol=0.02)
    others = np.column_stack(
        [population.ebv, np.log(population.line_strength), population.warp, population.z]
    )
    correlation = np.corrcoef(others.T) - np.eye(others.shape[1])
    assert np.abs(correlation).max() < 0.02
