import json

import numpy as np
import pytest

from core.errors import DataError
from core.evaluation.bins import binned_errors
from core.evaluation.bootstrap import bootstrap_intervals
from core.evaluation.metrics import HEADLINE, headline
from core.evaluation.report import evaluate, usual_resamples


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(7)
    z_spec = np.append(rng.uniform(0, 0.2, 300), 0.42)
    return z_spec, z_spec + rng.normal(0, 0.02, 301)


@pytest.fixture(scope="module")
def report(galaxies):
    return evaluate(*galaxies, n_resamples=50, seed=3)


def test_shape(report):
    assert set(report) == {"n", "n_resamples", "intervals", "bins", *HEADLINE}
    assert set(report["intervals"]) == set(HEADLINE)
    for row in report["bins"]:
        assert list(row) == ["z_low", "z_high", "n", "percent", "mean_error", "std", "mae"]


def test_numbers_are_those_of_the_functions(report, galaxies):
    assert report["n"] == 301
    assert {name: report[name] for name in HEADLINE} == headline(*galaxies)
    intervals = bootstrap_intervals(*galaxies, n_resamples=50, seed=3)
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


def test_a_single_galaxy_has_numbers_but_no_interval():
    report = evaluate([0.1], [0.21])
    assert report["mae"] == pytest.approx(0.11)
    assert report["intervals"]["mae"] == [None, None]


def test_the_bin_width_is_passed_on(galaxies):
    report = evaluate(*galaxies, bin_width=0.1, n_resamples=10)
    assert [row["z_high"] for row in report["bins"]] == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_wrong_input_is_refused():
    with pytest.raises(DataError, match="z_pred is nan in row 0"):
        evaluate([0.1], [np.nan])


@pytest.mark.parametrize(("n", "expected"), [(50, 1000), (100_000, 1000), (100_001, 200)])
def test_many_galaxies_are_resampled_less_often(n, expected):
    assert usual_resamples(n) == expected


def test_the_report_says_how_often_it_resampled(galaxies):
    assert evaluate(*galaxies, n_resamples=7)["n_resamples"] == 7
    few = [values[:30] for values in galaxies]
    assert evaluate(*few)["n_resamples"] == 1000
