import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.errors import DataError
from core.evaluation.bins import binned_errors
from core.evaluation.metrics import HEADLINE, errors
from core.evaluation.own_interval import own_coverage
from core.evaluation.report import (
    DENSITY_COLUMNS,
    completed,
    evaluate_table,
    usual_resamples,
)
from core.evaluation.resampling import intervals as bootstrap
from core.runs import SHIPPED_RUNS, open_run
from tests.support.estimates import headline, table_of

OF_SHIPPED = {
    *("mae", "bias", "sigma_nmad", "sigma_iqr", "rms"),
    *("outlier_fraction_eazy", "outlier_fraction_strict", "outlier_fraction_rail"),
}
OF_SHIPPED_DENSITY = {"crps", "cde_loss", "sharpness"}


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(7)
    z_spec = np.append(rng.uniform(0, 0.2, 300), 0.42)
    return z_spec, z_spec + rng.normal(0, 0.02, 301)


@pytest.fixture(scope="module")
def report(galaxies):
    return evaluate_table(table_of(*galaxies), n_resamples=50, seed=3)


def test_shape(report):
    assert set(report) == {"n", "n_resamples", "intervals", "bins", *HEADLINE}
    assert set(report["intervals"]) == set(HEADLINE)
    for row in report["bins"]:
        assert list(row) == ["z_low", "z_high", "n", "percent", "mean_error", "std", "mae"]


def test_numbers_are_those_of_the_functions(report, galaxies):
    assert report["n"] == 301
    assert {name: report[name] for name in HEADLINE} == headline(*galaxies)
    intervals = bootstrap(HEADLINE, errors(*galaxies), n_resamples=50, seed=3)
    assert report["intervals"] == {name: list(ends) for name, ends in intervals.items()}
    table = binned_errors(*galaxies)
    assert [row["n"] for row in report["bins"]] == table["n"].tolist()
    assert report["bins"][0]["mean_error"] == table["mean_error"].iloc[0]


def test_strict_json_keeps_it_whole(report):
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_empty_bins_are_none(report):
    empty = [row for row in report["bins"] if row["n"] == 0]
    assert [row["z_low"] for row in empty] == [0.20, 0.25, 0.30, 0.35]
    assert all(row["mean_error"] is row["std"] is row["mae"] is None for row in empty)


def test_a_shipped_run_was_saved_with_the_numbers_that_its_predictions_give():
    run = open_run(SHIPPED_RUNS, "compact-20k")
    fresh, saved = evaluate_table(run.predictions()), run.summary()["evaluation"]
    # It holds the numbers of its day; one that came later it has not.
    assert OF_SHIPPED <= saved["intervals"].keys() <= fresh["intervals"].keys()
    of_density = saved["density"]["intervals"].keys()
    assert OF_SHIPPED_DENSITY <= of_density <= fresh["density"]["intervals"].keys()
    for name, ends in saved["intervals"].items():
        assert fresh["intervals"][name] == pytest.approx(ends, abs=1e-12)
    for name, ends in saved["density"]["intervals"].items():
        assert fresh["density"]["intervals"][name] == pytest.approx(ends, abs=1e-12)


def test_a_single_galaxy_has_numbers_but_no_interval():
    report = evaluate_table(table_of([0.1], [0.21]))
    assert report["mae"] == pytest.approx(0.11)
    assert report["intervals"]["mae"] == [None, None]
    assert report["bins"][-1]["std"] is None


def test_a_stored_scatter_of_one_galaxy_is_none_today(predictions):
    fresh = evaluate_table(predictions)
    lone = {**fresh["bins"][0], "n": 1, "std": 0.0}
    bins = completed({**fresh, "bins": [lone, *fresh["bins"][1:]]}, predictions)["bins"]
    assert bins == [lone | {"std": None}, *fresh["bins"][1:]]


def test_wrong_input_is_refused():
    with pytest.raises(DataError, match="z_pred is nan at index 0"):
        evaluate_table(table_of([0.1], [np.nan]))


@pytest.mark.parametrize(("n", "expected"), [(50, 1000), (100_000, 1000), (100_001, 200)])
def test_many_galaxies_are_resampled_less_often(n, expected):
    assert usual_resamples(n) == expected


def test_the_report_says_how_often_it_resampled(galaxies):
    assert evaluate_table(table_of(*galaxies), n_resamples=7)["n_resamples"] == 7
    few = [values[:30] for values in galaxies]
    assert evaluate_table(table_of(*few))["n_resamples"] == 1000


@pytest.fixture(scope="module")
def predictions(galaxies):
    """A table with densities: Gaussians of the right width around each prediction."""
    z_spec, z_pred = galaxies
    x = (z_spec - z_pred) / 0.02
    return pd.DataFrame(
        {
            "z_spec": z_spec,
            "z_pred": z_pred,
            "sigma_z": np.linspace(0.01, 0.03, len(x)),
            "pit": stats.norm.cdf(x),
            "crps": np.abs(x) * 0.01,
            "cde_loss": -stats.norm.pdf(x),
        }
    )


def test_a_table_without_densities_has_no_scores_of_them(predictions, report):
    points = predictions.drop(columns=list(DENSITY_COLUMNS))
    assert evaluate_table(points, n_resamples=50, seed=3) == report


def test_densities_are_summarised(predictions, report):
    found = evaluate_table(predictions, n_resamples=50, seed=3)
    density = found.pop("density")
    assert found == report
    assert density["crps"] == pytest.approx(predictions["crps"].mean())
    assert density["cde_loss"] == pytest.approx(predictions["cde_loss"].mean())
    assert density["sharpness"] == pytest.approx(0.02)
    for name, (low, high) in density["intervals"].items():
        assert low < density[name] < high
    assert density["pit_ks"] == stats.kstest(predictions["pit"], "uniform").statistic
    assert density["pit_ks_limit"] == pytest.approx(1.358 / 301**0.5, rel=0.01)
    covered = {row["level"]: row["coverage"] for row in density["coverage"]}
    assert covered[0.68] == pytest.approx(0.68, abs=0.08)
    assert json.loads(json.dumps(density, allow_nan=False)) == density


def test_a_single_density_has_scores_but_no_interval(predictions):
    density = evaluate_table(predictions.head(1))["density"]
    assert density["crps"] == predictions["crps"][0]
    assert density["intervals"]["crps"] == [None, None]


def test_a_pit_that_is_none_is_refused(predictions):
    with pytest.raises(DataError, match="PIT value from 0 to 1"):
        evaluate_table(predictions.assign(pit=2.0), n_resamples=10)


def with_intervals(table, half):
    return table.assign(z_lower=table["z_pred"] - half, z_upper=table["z_pred"] + half)


@pytest.mark.parametrize("saved_by", ["an older xpz", "an older calibration"])
def test_intervals_of_a_run_without_densities_are_judged(galaxies, report, saved_by):
    table = with_intervals(table_of(*galaxies), 0.015)
    found = evaluate_table(table, n_resamples=50, seed=3)
    own = found["own_interval"]
    assert own["value"] == pytest.approx(table.eval("z_lower <= z_spec <= z_upper").mean())
    assert own == own_coverage(table)
    assert own["low"] < own["value"] < own["high"]
    assert found == report | {"own_interval": own}
    older = {} if saved_by == "an older xpz" else {"own_interval": dict.fromkeys(own, 0.5)}
    assert completed(report | older, table) == found


def test_of_densities_the_coverage_alone_tells_it(predictions):
    found = evaluate_table(with_intervals(predictions, 0.02), n_resamples=50)
    assert found == evaluate_table(predictions, n_resamples=50)


def test_a_report_that_lacks_metrics_is_completed_and_keeps_what_it_has(predictions):
    fresh = evaluate_table(predictions, n_resamples=50)
    old = json.loads(json.dumps(fresh)) | {"mae": 0.5}
    for part, name in ((old, "rms"), (old["density"], "crps")):
        del part[name], part["intervals"][name]
    assert completed(old, predictions) == fresh | {"mae": 0.5}
    del old["density"]
    assert completed(old, predictions)["density"] == fresh["density"]


def test_a_report_with_bootstrap_intervals_of_shares_is_shown_with_wilsons(predictions):
    fresh = evaluate_table(predictions, n_resamples=50)
    old = json.loads(json.dumps(fresh))
    for name in ("outlier_fraction_eazy", "outlier_fraction_strict"):
        old["intervals"][name] = [0.0, 0.0]
    before = json.dumps(old)
    assert completed(old, predictions) == fresh
    assert json.dumps(old) == before


def test_a_complete_report_is_not_computed_again(predictions):
    report = evaluate_table(predictions, n_resamples=50)
    assert completed(report | {"n": 1}, predictions.head(2)) == report | {"n": 1}
