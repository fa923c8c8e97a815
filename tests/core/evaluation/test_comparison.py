import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.errors import DataError
from core.evaluation import comparison
from core.evaluation.comparison import Difference, differences, score, verdict
from core.evaluation.metrics import HEADLINE
from tests.support.estimates import headline, paired, table_of


def two_estimates(seed, n=2000, sigma_b=0.02):
    """A common error and one of each estimate's own: d_a ~ N(0, 0.05), d_b narrower; z = 0."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.03, n)
    own_a, own_b = rng.normal(0, 0.04, n), rng.normal(0, sigma_b, n)
    return np.zeros(n), common + own_a, common + own_b


def test_the_interval_holds_a_known_difference_in_95_of_100_repeats(monkeypatch):
    # sigma_a = 0.05, sigma_b = 0.0361; the mean of |N(0, sigma)| is sqrt(2/pi) sigma.
    sigma_a, sigma_b = math.hypot(0.03, 0.04), math.hypot(0.03, 0.02)
    outliers = [2 * stats.norm.sf(0.05 / sigma) for sigma in (sigma_a, sigma_b)]
    truth = {
        "mae": math.sqrt(2 / math.pi) * (sigma_b - sigma_a),
        "rms": sigma_b - sigma_a,
        "outlier_fraction_strict": outliers[1] - outliers[0],
    }
    # The other metrics, whose truth has no formula, would take most of the time.
    monkeypatch.setattr(comparison, "METRICS", {name: HEADLINE[name] for name in truth})
    held = dict.fromkeys(truth, 0)
    for seed in range(1000):
        found = paired(*two_estimates(seed, n=200), n_resamples=100, seed=seed)
        for metric, value in truth.items():
            held[metric] += found[metric].low <= value <= found[metric].high
    assert {name: 930 <= n <= 970 for name, n in held.items()} == dict.fromkeys(truth, True), held


def test_differences_are_those_of_the_metrics():
    z_spec, z_pred_a, z_pred_b = two_estimates(1)
    found, a, b = (
        paired(z_spec, z_pred_a, z_pred_b, n_resamples=50),
        headline(z_spec, z_pred_a),
        headline(z_spec, z_pred_b),
    )
    assert set(found) == set(HEADLINE)
    for name, each in found.items():
        assert (each.metric, each.a, each.b, each.n) == (name, a[name], b[name], 2000)
        sizes = abs(b[name]) - abs(a[name])
        assert each.difference == pytest.approx(sizes, abs=1e-15)


def test_pairing_makes_the_error_that_of_the_mean_difference():
    z_spec, z_pred_a, z_pred_b = two_estimates(2)
    found = paired(z_spec, z_pred_a, z_pred_b, n_resamples=2000)["mae"]
    per_galaxy = np.abs(z_pred_b) - np.abs(z_pred_a)
    expected = per_galaxy.std() / math.sqrt(2000)
    assert found.standard_error == pytest.approx(expected, rel=0.06)
    assert found.high - found.low == pytest.approx(2 * 1.96 * expected, rel=0.08)
    alone = math.hypot(np.abs(z_pred_a).std(), np.abs(z_pred_b).std()) / math.sqrt(2000)
    assert found.standard_error < 0.95 * alone


def test_who_is_better_turns_with_the_order():
    z_spec, z_pred_a, z_pred_b = two_estimates(3)
    there = paired(z_spec, z_pred_a, z_pred_b, n_resamples=100)["mae"]
    back = paired(z_spec, z_pred_b, z_pred_a, n_resamples=100)["mae"]
    assert (there.better, back.better) == ("b", "a")
    assert back.difference == -there.difference
    assert back.low == pytest.approx(-there.high)


def test_the_bias_counts_by_its_size():
    rng = np.random.default_rng(4)
    z_spec, scatter = np.zeros(1000), rng.normal(0, 0.01, 1000)
    low, high = scatter - 0.05, scatter + 0.02
    found = paired(z_spec, low, high, n_resamples=200)["bias"]
    assert (found.a, found.b) == (pytest.approx(0.05, abs=0.002), pytest.approx(0.02, abs=0.002))
    assert found.difference == found.b - found.a
    assert found.told()["metric"] == "abs_bias"
    assert found.difference == pytest.approx(-0.03, abs=0.002)
    assert found.better == "b"


def test_the_interval_of_a_bias_near_zero_is_not_folded():
    """Two unbiased estimates: resampled sizes alone would never be near 0."""
    rng = np.random.default_rng(5)
    z_spec = np.zeros(500)
    held = 0
    for seed in range(100):
        a, b = rng.normal(0, 0.02, (2, 500))
        found = paired(z_spec, a, b, n_resamples=100, seed=seed)["bias"]
        held += found.low <= 0 <= found.high
    assert held >= 90


def test_scores_of_densities_are_compared_where_both_have_them():
    z_spec, z_pred_a, z_pred_b = two_estimates(6)
    table = pd.DataFrame({"z_spec": z_spec, "z_pred": z_pred_a})
    scored = table.assign(crps=np.abs(z_pred_a), cde_loss=-1.0)
    better = table.assign(z_pred=z_pred_b, crps=np.abs(z_pred_b), cde_loss=-2.0)
    a, b, points = (score(each, n_resamples=100) for each in (scored, better, table))
    found = differences(a, b)
    assert found["crps"].difference == pytest.approx(found["mae"].difference)
    assert found["crps"].better == "b"
    assert (found["cde_loss"].low, found["cde_loss"].high) == (-1, -1)
    assert set(differences(points, b)) == set(HEADLINE)


def test_only_estimates_of_the_same_resamples_are_compared():
    z_spec, z_pred, _ = two_estimates(7, n=50)
    table = pd.DataFrame({"z_spec": z_spec, "z_pred": z_pred})
    whole = score(table, n_resamples=20)
    for other, name in (
        (score(table.head(40), n_resamples=20), "galaxies differ: 50 and 40"),
        (score(table, n_resamples=30), "resamples differ: 20 and 30"),
        (score(table, n_resamples=20, seed=1), "seeds differ: 0 and 1"),
    ):
        with pytest.raises(DataError, match=name):
            differences(whole, other)


def test_wrong_input_is_refused():
    with pytest.raises(DataError, match="at least one galaxy"):
        score(table_of([], []))
    with pytest.raises(DataError, match="z_pred is nan at index 1"):
        score(table_of([0.1, 0.2], [0.1, np.nan]))


def difference(low, high, standard_error=0.00021, metric="mae"):
    middle = (low + high) / 2
    return Difference(metric, 0.02, 0.02 + middle, middle, standard_error, low, high, 52_039)


def test_the_verdict_is_one_sentence():
    assert verdict("A", "B", difference(-0.0011, -0.0003)) == (
        "B is better than A by 0.00070 ± 0.00021 in MAE on 52,039 common galaxies."
    )
    assert verdict("A", "B", difference(0.0003, 0.0011)).startswith("A is better than B by 0.0007")
    assert verdict("A", "B", difference(-0.0002, 0.0006)) == (
        "B is not shown to be better or worse than A in MAE on 52,039 common galaxies: the "
        "difference is +0.00020 ± 0.00021, its 95 % interval −0.00020 to +0.00060."
    )
    assert "in |bias| on" in verdict("A", "B", difference(-0.0011, -0.0003, metric="bias"))
    assert "0.0000070 ± 0.0000021" in verdict("A", "B", difference(-1.1e-5, -3e-6, 2.1e-6))


def test_a_difference_of_shares_is_no_share():
    shares = difference(-0.0011, -0.0003, metric="outlier_fraction_strict")
    assert "by 0.070 ± 0.021 percentage points in" in verdict("A", "B", shares)
    shares = difference(-0.0002, 0.0006, metric="outlier_fraction_strict")
    said = "+0.020 ± 0.021 percentage points, its 95 % interval −0.020 to +0.060 percentage points"
    assert said in verdict("A", "B", shares)


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        # Two digits of the standard error ...
        ((-3.8e-5, 1.5e-5, -6.7e-5, -9.0e-6), ("−0.000038", "0.000015", "−0.000067", "−0.000009")),
        ((-4.5e-6, 2.2e-5, -5e-5, 4e-5), ("−0.000005", "0.000022", "−0.000050", "+0.000040")),
        # ... and more where an end that leaves out 0 were shown as 0.
        ((-2.5e-4, 1.2e-4, -5e-4, -2e-7), ("−0.0002500", "0.0001200", "−0.0005000", "−0.0000002")),
        # What is shown as 0 has no sign.
        ((-2e-7, 2.2e-5, -5e-5, 4e-8), ("0.000000", "0.000022", "−0.000050", "0.000000")),
        # Never fewer than the values have.
        ((-0.2, 0.1, -0.4, 0.0), ("−0.2000", "0.1000", "−0.4000", "0.0000")),
    ],
)
def test_a_difference_is_shown_to_the_digits_that_bear_out_the_verdict(numbers, texts):
    value, error, low, high = numbers
    assert Difference("mae", 0.02, 0.02 + value, value, error, low, high, 9).texts == texts


def test_a_limit_by_ones_own_scatter_ranks_nobody():
    """The same share far off, in a narrow estimate and in one whose limit goes beyond it."""
    rng = np.random.default_rng(9)
    z_spec, far = np.zeros(2000), np.arange(2000) < 100
    narrow, wide = rng.normal(0, 0.01, 2000) + 0.12 * far, rng.normal(0, 0.08, 2000)
    found = paired(z_spec, narrow, wide, n_resamples=100)
    assert found["mae"].better == "a"
    rail = found["outlier_fraction_rail"]
    assert rail.high < 0
    assert rail.better is None
    assert "does not rank B and A" in verdict("A", "B", rail)


def test_one_galaxy_decides_nothing():
    found = paired([0.1], [0.2], [0.15])["mae"]
    assert found.better is None
    assert np.isnan([found.low, found.high, found.standard_error]).all()
    assert verdict("A", "B", found) == (
        "Whether B is better than A cannot be decided from 1 common galaxy."
    )


@settings(max_examples=25)
@given(st.lists(st.floats(0, 1.5), min_size=2, max_size=30), st.integers(0, 2**32))
def test_an_estimate_is_never_better_than_itself(redshifts, seed):
    z_pred = np.array(redshifts)[::-1]
    for each in paired(redshifts, z_pred, z_pred, n_resamples=20, seed=seed).values():
        assert (each.low, each.difference, each.high, each.better) == (0, 0, 0, None)


@pytest.mark.parametrize(
    ("far", "which"),
    [
        (0, "no galaxy in either"),
        (1, "the same 1 galaxy in both"),
        (3, "the same 3 galaxies in both"),
    ],
)
def test_the_same_outliers_do_not_tell_two_estimates_apart(far, which):
    z = np.linspace(0.1, 0.5, 40)
    a, b = z + 0.001, z - 0.002
    a[:far] += 0.5
    b[:far] += 0.6
    found = paired(z, a, b, n_resamples=50)["outlier_fraction_eazy"]
    assert found.better is None
    assert verdict("A", "B", found) == (
        "B and A cannot be told apart by Outliers, |e| > 0.15 on 40 common galaxies: "
        f"{which}, which does not tell how the two differ on other galaxies."
    )
    # With a limit by each one's own scatter, as many need not be the same.
    of_own = paired(z, a, a, n_resamples=50)["outlier_fraction_rail"]
    assert "does not rank B and A" in verdict("A", "B", of_own)
