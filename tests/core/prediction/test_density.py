"""Densities of known shape give the numbers that these shapes have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from core.model.mixture import Mixtures
from core.prediction.density import ANSWERS, Density, redshift_grid

Z = redshift_grid(0.6)


def gaussians(*components):
    """One source's mixture of (weight, mean, sigma)."""
    weights, means, sigmas = np.array(components, np.float32).T[:, None]
    return Mixtures(weights, means, sigmas)


@pytest.fixture(scope="module")
def normal():
    """A Gaussian well inside the grid."""
    return Density.from_mixtures(gaussians((1, 0.3, 0.02)), Z)


def test_the_grid_begins_at_0_and_reaches_beyond_the_training_part():
    assert Z[0] == 0
    np.testing.assert_allclose(np.diff(Z), 0.0025, rtol=1e-3)
    assert Z[-1] == pytest.approx(0.77, abs=0.003)


def test_a_gaussian_has_its_own_numbers(normal):
    assert np.trapezoid(normal.pdf[0], Z) == pytest.approx(1, abs=1e-5)
    for answer in ANSWERS:
        assert normal.point(answer)[0] == pytest.approx(0.3, abs=1e-5)
    levels = (0.025, 0.16, 0.5, 0.9)
    expected = stats.norm(0.3, 0.02).ppf(levels)
    np.testing.assert_allclose(normal.quantile(levels)[0], expected, atol=1e-4)
    assert normal.sigma()[0] == pytest.approx(0.02 * stats.norm.ppf(0.84), abs=1e-4)
    assert normal.pit([0.32])[0] == pytest.approx(stats.norm.cdf(1), abs=1e-3)
    assert not normal.multimodal()[0]


def test_a_ramp_is_exact():
    """Between points the density is linear: that of p = 2 z on two points is known."""
    ramp = Density.normalised(np.array([0.0, 1.0]), np.array([[0.0, 5.0]]))
    assert ramp.mean()[0] == pytest.approx(2 / 3)
    np.testing.assert_allclose(ramp.quantile([0, 0.25, 1])[0], [0, 0.5, 1])
    np.testing.assert_allclose(ramp.pit([0.5]), [0.25])


def test_levels_may_be_each_sources_own(normal):
    both = Density(Z, np.repeat(normal.pdf, 2, axis=0))
    own = both.quantile([[0.1], [0.9]])[:, 0]
    np.testing.assert_allclose(own, normal.quantile([0.1, 0.9])[0])


def test_what_lies_below_0_is_cut_off():
    density = Density.from_mixtures(gaussians((1, 0, 0.02)), Z)
    half = stats.halfnorm(0, 0.02)
    assert density.mean()[0] == pytest.approx(half.mean(), abs=1e-4)
    np.testing.assert_allclose(density.quantile([0.1, 0.5])[0], half.ppf([0.1, 0.5]), atol=1e-4)
    assert density.mode()[0] == pytest.approx(0, abs=0.0026)


@pytest.mark.parametrize(
    ("components", "double"),
    [
        (((0.5, 0.2, 0.02), (0.5, 0.4, 0.02)), True),
        (((0.92, 0.2, 0.02), (0.08, 0.4, 0.02)), False),  # a tenth as high: not above it
        (((0.12, 0.2, 0.02), (0.88, 0.4, 0.02)), True),
        (((0.5, 0.2, 0.02), (0.5, 0.24, 0.02)), False),  # at two sigma they are one peak
        (((0.5, 0.0, 0.01), (0.5, 0.2, 0.02)), True),
        (((0.5, 0.77, 0.01), (0.5, 0.2, 0.02)), True),
    ],
)
def test_a_second_peak_is_seen_where_it_stands_out(components, double):
    mixtures = gaussians(*components)
    assert Density.from_mixtures(mixtures, Z).multimodal().tolist() == [double]


def test_the_mode_is_the_higher_peak():
    density = Density.from_mixtures(gaussians((0.4, 0.2, 0.02), (0.6, 0.4012, 0.02)), Z)
    assert density.mode()[0] == pytest.approx(0.4012, abs=1e-4)


def test_a_prior_multiplies(normal):
    """A Gaussian times a Gaussian is one between them."""
    prior = stats.norm(0.4, 0.02).pdf(Z)
    both = normal.reweighted(prior)
    assert both.mean()[0] == pytest.approx(0.35, abs=1e-4)
    assert both.sigma()[0] == pytest.approx(normal.sigma()[0] / np.sqrt(2), rel=0.01)


def test_no_mass_on_the_grid_is_no_density():
    mixtures = Mixtures(*(np.full((2, 1), values, np.float32) for values in (1, -40, 0.02)))
    mixtures.means[1] = 0.3
    density = Density.from_mixtures(mixtures, Z)
    assert density.known.tolist() == [False, True]
    read = (*map(density.point, ANSWERS), density.sigma(), density.pit([0.2, 0.2]))
    for values in read:
        assert np.isnan(values).tolist() == [True, False]
    assert density.multimodal().tolist() == [False, False]
    flat = density.filled()
    assert flat.mean()[0] == pytest.approx(Z[-1] / 2)
    np.testing.assert_array_equal(flat.pdf[1], density.pdf[1])
    assert np.isnan(density.reweighted(np.zeros(len(Z))).pdf).all()


@given(
    arrays.arrays(np.float32, (2, 12), elements=st.floats(0, 100, width=32)).filter(
        lambda pdf: pdf.sum(axis=1).min() > 1
    ),
    st.floats(0.01, 0.99),
)
def test_quantiles_invert_the_pit(pdf, level):
    density = Density.normalised(np.linspace(0, 1, 12), pdf)
    z = density.quantile([level])[:, 0]
    assert ((z >= 0) & (z <= 1)).all()
    np.testing.assert_allclose(density.pit(z), level, atol=1e-4)
    low, high = density.quantile([0, 1]).T
    for answer in ANSWERS:
        point = density.point(answer)
        assert ((point >= -1e-6) & (point <= 1 + 1e-6)).all()
    assert ((density.mean() >= low - 1e-5) & (density.mean() <= high + 1e-5)).all()
