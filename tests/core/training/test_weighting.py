import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.weighting import RarityWeights


@pytest.fixture(scope="module")
def z():
    """Nine tenths of the galaxies below 0.3, one tenth evenly from there to 0.6."""
    rng = np.random.default_rng(12)
    return np.concatenate([rng.uniform(0, 0.3, 90_000), rng.uniform(0.3, 0.6, 10_000)])


def test_weights_are_one_over_the_density(z):
    weights = RarityWeights.fit(z, cap=100.0)
    np.testing.assert_allclose(weights.of(np.array([0.01, 0.1, 0.2])), 1, rtol=0.06)
    np.testing.assert_allclose(weights.of(np.array([0.4, 0.5, 0.59])), 9, rtol=0.1)


def test_weighted_galaxies_are_spread_evenly(z):
    weights = RarityWeights.fit(z, cap=100.0).of(z)
    counts, _ = np.histogram(z, bins=6, range=(0, 0.6), weights=weights)
    away_from_the_step = counts[[0, 1, 4, 5]]
    np.testing.assert_allclose(away_from_the_step, away_from_the_step.mean(), rtol=0.05)


@pytest.mark.parametrize("cap", [1.0, 4.0])
def test_the_cap_holds(cap, z):
    weights = RarityWeights.fit(z, cap).of(np.linspace(-0.5, 2, 500))
    assert weights.min() == pytest.approx(1, rel=1e-3)
    assert weights.max() == pytest.approx(cap)


@given(
    z=st.lists(st.floats(0, 1.5), min_size=1, max_size=30),
    cap=st.floats(1, 1000),
)
def test_weights_lie_between_one_and_the_cap(z, cap):
    weights = RarityWeights.fit(np.array(z), cap).of(np.array(z))
    assert np.all((weights >= 1 - 1e-9) & (weights <= cap * (1 + 1e-9)))
