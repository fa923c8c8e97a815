from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from core.evaluation.calibration import SCORES
from core.evaluation.comparison import score
from core.evaluation.metrics import HEADLINE, errors
from core.evaluation.resampling import intervals, percentile_interval, resampled
from core.evaluation.shares import share_interval
from tests.support.estimates import headline, table_of


def galaxies(n, seed=0):
    rng = np.random.default_rng(seed)
    z_spec = rng.uniform(0, 0.6, n)
    return z_spec, z_spec + 0.03 * rng.standard_t(2, n)


@pytest.mark.parametrize("n", [1, 2, 3, 50, 51, 200])
def test_each_metric_is_that_of_the_galaxies_that_were_drawn(n):
    z_spec, z_pred = galaxies(n)
    table = resampled(HEADLINE, errors(z_spec, z_pred), 10, seed=7)
    rng = np.random.default_rng(7)
    for number in range(10):
        drawn = rng.integers(0, n, n)
        d = (z_pred - z_spec)[drawn]
        e = d / (1 + z_spec[drawn])
        for name, metric in HEADLINE.items():
            assert table[name][number] == pytest.approx(metric(d, e), abs=1e-11), name


def test_one_galaxy_that_is_far_off_leaves_the_scatter_as_it_is():
    z_spec, z_pred = galaxies(51)
    z_pred[0], far = 3.0, z_pred.copy()
    far[0] = 1e9
    near, other = (resampled(HEADLINE, errors(z_spec, z), 20)["sigma_nmad"] for z in (z_pred, far))
    assert other == pytest.approx(near, abs=1e-11)


def test_equal_errors_are_no_obstacle():
    z_spec = np.zeros(6)
    z_pred = np.array([0.1, 0.1, 0.1, -0.2, -0.2, 0.1])
    table = resampled(HEADLINE, errors(z_spec, z_pred), 50)
    assert set(table["bias"].round(12).tolist()) <= {0.1, -0.05, -0.2}
    assert not np.any(list(resampled(HEADLINE, errors(z_spec, z_spec), 5).values()))


def test_blocks_do_not_matter(monkeypatch):
    whole = resampled(HEADLINE, errors(*galaxies(40)), 25)
    monkeypatch.setattr("core.evaluation.resampling.BLOCK_DRAWS", 120)
    in_blocks = resampled(HEADLINE, errors(*galaxies(40)), 25)
    for name, values in whole.items():
        assert in_blocks[name] == pytest.approx(values)


def test_further_columns_are_averaged_over_the_same_galaxies():
    z_spec, z_pred = galaxies(30)
    columns = errors(z_spec, z_pred) | {"crps": np.abs(z_pred - z_spec)}
    table = resampled(HEADLINE | {"crps": SCORES["crps"]}, columns, 20)
    assert list(table) == [*HEADLINE, "crps"]
    assert table["crps"] == pytest.approx(table["mae"])


def test_a_metric_without_a_fast_way_is_that_of_the_galaxies_that_were_drawn():
    slow = {name: replace(metric, resampled=None) for name, metric in HEADLINE.items()}
    found, expected = (
        resampled(each, errors(*galaxies(51)), 10, seed=3) for each in (slow, HEADLINE)
    )
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, abs=1e-11), name


def test_few_resamples_do_not_narrow_the_interval():
    """Of 199 draws from the uniform distribution, the 5th lies at 1/40 on average."""
    rng = np.random.default_rng(8)
    ends = [percentile_interval(rng.uniform(size=199)) for _ in range(2000)]
    assert np.mean(ends, axis=0) == pytest.approx([0.025, 0.975], abs=0.001)
    assert percentile_interval(np.arange(1.0, 20.0), confidence=0.5) == (5, 15)


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
    found = [
        intervals(
            HEADLINE, errors(np.zeros(200), survey), n_resamples=100, confidence=0.9, seed=seed
        )
        for seed, survey in enumerate(surveys)
    ]
    for name, value in truth.items():
        hits = sum(low <= value <= high for low, high in (each[name] for each in found))
        assert 80 <= hits <= 97, name


def test_width_of_the_interval_of_a_mean():
    # MAE of |N(0, s)|: standard error s sqrt(1 - 2/pi) / sqrt(n).
    rng = np.random.default_rng(4)
    z_pred = rng.normal(0, 0.02, 2000)
    low, high = intervals(HEADLINE, errors(np.zeros(2000), z_pred))["mae"]
    expected = 2 * 1.96 * 0.02 * np.sqrt((1 - 2 / np.pi) / 2000)
    assert high - low == pytest.approx(expected, rel=0.1)


def test_holds_the_estimate_and_narrows_with_confidence():
    z_spec, z_pred = sample(5)
    values = headline(z_spec, z_pred)
    wide = intervals(HEADLINE, errors(z_spec, z_pred), confidence=0.95)
    narrow = intervals(HEADLINE, errors(z_spec, z_pred), confidence=0.5)
    assert set(wide) == set(HEADLINE)
    for name in ("mae", "bias", "sigma_nmad", "sigma_iqr", "rms"):
        assert wide[name][0] < values[name] < wide[name][1]
        assert wide[name][0] < narrow[name][0] < narrow[name][1] < wide[name][1]


def test_pairs_stay_together():
    z = np.linspace(0, 0.6, 50)
    found = intervals(HEADLINE, errors(z, z), n_resamples=50)
    assert {ends for name, ends in found.items() if not HEADLINE[name].percent} == {(0.0, 0.0)}


OUTLIERS = [name for name, metric in HEADLINE.items() if metric.percent]


@pytest.mark.parametrize("name", OUTLIERS)
@pytest.mark.parametrize("n", [30, 559])
def test_no_outlier_among_some_galaxies_does_not_mean_that_there_are_none(name, n):
    z = np.linspace(0, 0.6, n)
    z_pred = z + np.random.default_rng(0).normal(0, 0.01, n)
    low, high = intervals(HEADLINE, errors(z, z_pred), n_resamples=20)[name]
    # Of an interval by the score test, for no hit: n p / (1 - p) = 1.96^2.
    square = stats.norm.ppf(0.975) ** 2
    assert (low, high) == (0, pytest.approx(square / (n + square)))
    scored = score(table_of(z, z_pred), n_resamples=20)
    assert scored.interval(name) == (low, high)


def test_a_share_beyond_a_fixed_limit_has_wilsons_interval_and_rails_its_resamples():
    z_spec, z_pred = galaxies(200)
    columns = errors(z_spec, z_pred)
    found = intervals(HEADLINE, columns, n_resamples=200)
    k = int((np.abs(columns["e"]) > 0.05).sum())
    wilson = stats.binomtest(k, 200).proportion_ci(method="wilson")
    assert found["outlier_fraction_strict"] == pytest.approx([wilson.low, wilson.high])
    drawn = resampled(HEADLINE, columns, 200)["outlier_fraction_rail"]
    assert found["outlier_fraction_rail"] == percentile_interval(drawn)


@pytest.mark.parametrize("truth", [0.002, 0.02])
def test_wilsons_interval_holds_a_small_share_where_the_bootstraps_does_not(truth):
    hits = np.random.default_rng(1).binomial(300, truth, 2000)
    ends = {k: share_interval(k, 300) for k in set(hits.tolist())}
    inside = np.mean([ends[k][0] <= truth <= ends[k][1] for k in hits.tolist()])
    # It wavers about 95 % with n and truth (Brown, Cai & DasGupta 2001, Stat. Sci. 16, 101).
    assert 0.92 < inside < 0.99


def test_the_seed_decides():
    first, again, other = (
        intervals(HEADLINE, errors(*sample(6)), n_resamples=50, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first["mae"] != other["mae"]


def test_a_single_galaxy_has_no_interval():
    assert np.isnan(list(intervals(HEADLINE, errors([0.1], [0.2])).values())).all()


def test_means_have_their_standard_error():
    random = np.random.default_rng(4)
    means = {name: SCORES[name] for name in ("crps", "cde_loss")}
    columns = {"crps": random.normal(1, 0.5, 400), "cde_loss": np.full(400, 2.0)}
    low, high = intervals(means, columns, seed=1)["crps"]
    assert low < columns["crps"].mean() < high
    # 1.96 standard errors either way
    assert high - low == pytest.approx(2 * 1.96 * columns["crps"].std(ddof=1) / 20, rel=0.1)
    assert intervals(means, columns, seed=1)["cde_loss"] == (2, 2)
    one = {name: values[:1] for name, values in columns.items()}
    assert np.isnan(intervals(means, one)["crps"]).all()
