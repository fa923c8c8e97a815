import numpy as np
import pytest

from core.errors import ConfigError, DataError
from core.evaluation.error_by_sigma import errors_by_sigma


@pytest.fixture(scope="module")
def honest():
    """Normal errors of the predicted width."""
    random = np.random.default_rng(3)
    sigma = random.uniform(0.01, 0.05, 20_000)
    z = random.uniform(0, 0.5, 20_000)
    return z, z + random.normal(0, sigma), sigma


def test_honest_errors_lie_on_the_diagonal(honest):
    table = errors_by_sigma(*honest)
    assert len(table) == 10
    assert (table["n"] == 2000).all()
    # 68 % of normal errors lie within 0.9945 sigma.
    np.testing.assert_allclose(table["error"], 0.9945 * table["sigma_z"], rtol=0.06)
    np.testing.assert_allclose(table["mae"], 0.7979 * table["sigma_z"], rtol=0.06)
    expected = 0.9945 * table["sigma_z"]
    assert ((table["error_low"] < expected) & (expected < table["error_high"])).mean() > 0.7


def test_widths_that_know_nothing_are_found_out(honest):
    z, z_pred, sigma = honest
    table = errors_by_sigma(z, z_pred, np.random.default_rng(4).permutation(sigma))
    assert np.ptp(table["error"]) < 0.2 * np.ptp(table["sigma_z"])


def test_bins_hold_their_own_galaxies():
    sigma = np.array([0.03, 0.01, 0.02, 0.04])
    z = np.full(4, 0.3)
    table = errors_by_sigma(z, z + np.array([0.3, -0.1, 0.2, -0.4]), sigma, n_bins=2)
    assert table["sigma_low"].tolist() == [0.01, 0.03]
    assert table["sigma_high"].tolist() == [0.02, 0.04]
    assert table["sigma_z"].tolist() == pytest.approx([0.015, 0.035])
    assert table["mae"].tolist() == pytest.approx([0.15, 0.35])
    assert (table["error_low"] <= table["error"]).all()
    assert (table["error"] <= table["error_high"]).all()


def test_the_interval_of_the_percentile_covers():
    # 400 surveys of 50 galaxies with errors from 0 to 1: the 68th percentile is 0.68.
    random = np.random.default_rng(5)
    hits = 0
    for _ in range(400):
        d = random.uniform(0, 1, 50)
        row = errors_by_sigma(np.zeros(50), d, np.ones(50), n_bins=1).iloc[0]
        hits += row["error_low"] <= 0.68 <= row["error_high"]
    assert 0.93 < hits / 400 < 0.995


def test_few_galaxies_make_few_bins():
    table = errors_by_sigma([0.1, 0.2], [0.1, 0.3], [0.01, 0.02])
    assert table["n"].tolist() == [1, 1]
    assert table["error"].tolist() == pytest.approx([0.0, 0.1])


def test_wrong_input_is_refused():
    with pytest.raises(DataError, match="at least one galaxy"):
        errors_by_sigma([], [], [])
    with pytest.raises(DataError, match="nan at index 0"):
        errors_by_sigma([0.1], [0.1], [np.nan])
    with pytest.raises(ConfigError, match="at least 1"):
        errors_by_sigma([0.1], [0.1], [0.1], n_bins=0)
