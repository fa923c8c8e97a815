import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.errors import DataError
from core.evaluation.bootstrap import bootstrap_intervals, mean_intervals
from core.evaluation.metrics import HEADLINE, headline


def sample(seed, n=200):
    """Galaxies at z = 0, so that d and e are both N(0.01, 0.02)."""
    return np.zeros(n), np.random.default_rng(seed).normal(0.01, 0.02, n)


def test_coverage_of_a_known_truth():
    # 100 surveys of the same universe: a 90 % interval must hold the truth in about 90 %
    # of them. The binomial standard deviation is 3; percentile intervals of 200
    # galaxies are known to hold one or two per cent less than they say.
    normal = stats.norm(0.01, 0.02)
    truth = {
        "mae": normal.expect(np.abs),
        "bias": 0.01,
        "rms": np.hypot(0.01, 0.02),
        "outlier_fraction_strict": normal.sf(0.05) + normal.cdf(-0.05),
    }
    rng = np.random.default_rng(0)
    surveys = rng.normal(0.01, 0.02, (100, 200))
    intervals = [
        bootstrap_intervals(np.zeros(200), survey, n_resamples=100, confidence=0.9, seed=seed)
        for seed, survey in enumerate(surveys)
    ]
    for name, value in truth.items():
        hits = sum(low <= value <= high for low, high in (each[name] for each in intervals))
        assert 80 <= hits <= 97, name


def test_width_of_the_interval_of_a_mean():
    # MAE of |N(0, s)|: standard error s sqrt(1 - 2/pi) / sqrt(n).
    rng = np.random.default_rng(4)
    z_pred = rng.normal(0, 0.02, 2000)
    low, high = bootstrap_intervals(np.zeros(2000), z_pred)["mae"]
    expected = 2 * 1.96 * 0.02 * np.sqrt((1 - 2 / np.pi) / 2000)
    assert high - low == pytest.approx(expected, rel=0.1)


def test_holds_the_estimate_and_narrows_with_confidence():
    z_spec, z_pred = sample(5)
    values = headline(z_spec, z_pred)
    wide = bootstrap_intervals(z_spec, z_pred, confidence=0.95)
    narrow = bootstrap_intervals(z_spec, z_pred, confidence=0.5)
    assert set(wide) == set(HEADLINE)
    for name in ("mae", "bias", "sigma_nmad", "sigma_iqr", "rms"):
        assert wide[name][0] < values[name] < wide[name][1]
        assert wide[name][0] < narrow[name][0] < narrow[name][1] < wide[name][1]


def test_pairs_stay_together():
    z = np.linspace(0, 0.6, 50)
    assert set(bootstrap_intervals(z, z, n_resamples=50).values()) == {(0.0, 0.0)}


def test_the_seed_decides():
    first, again, other = (
        bootstrap_intervals(*sample(6), n_resamples=50, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first["mae"] != other["mae"]


def test_a_single_galaxy_has_no_interval():
    assert np.isnan(list(bootstrap_intervals([0.1], [0.2]).values())).all()


def test_wrong_input_is_refused():
    with pytest.raises(DataError, match="at least one galaxy"):
        bootstrap_intervals([], [])


def test_means_have_their_standard_error():
    random = np.random.default_rng(4)
    table = pd.DataFrame({"a": random.normal(1, 0.5, 400), "b": np.full(400, 2.0)})
    low, high = mean_intervals(table, seed=1)["a"]
    assert low < table["a"].mean() < high
    # 1.96 standard errors either way
    assert high - low == pytest.approx(2 * 1.96 * table["a"].std() / 20, rel=0.1)
    assert mean_intervals(table, seed=1)["b"] == (2, 2)
    assert np.isnan(mean_intervals(table.head(1))["a"]).all()
