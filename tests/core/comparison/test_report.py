import json

import pytest

from core.comparison.galaxies import Common, common_test_part
from core.comparison.report import report_on
from tests.support.estimates import headline


@pytest.fixture(scope="module")
def report(shipped):
    runs = [shipped(run_id) for run_id in ("dissertation-20k", "compact-20k", "compact-520k")]
    return report_on(common_test_part(runs), n_resamples=100)


def test_each_is_compared_with_the_first_on_the_same_galaxies(report, shipped):
    assert report["galaxies"]["n"] == 2029
    assert report["reference"] == "dissertation-20k"
    assert list(report["differences"]) == ["compact-20k", "compact-520k"]
    table = shipped("compact-20k").predictions()
    metrics = headline(table["z_spec"], table["z_pred"])
    found = report["metrics"]["compact-20k"]
    assert {name: found[name]["value"] for name in metrics} == pytest.approx(metrics)
    assert found["mae"]["low"] < metrics["mae"] < found["mae"]["high"]
    difference = report["differences"]["compact-20k"]["mae"]
    assert difference["difference"] == pytest.approx(
        metrics["mae"] - report["metrics"]["dissertation-20k"]["mae"]["value"]
    )
    assert difference["better"] == "compact-20k"
    assert difference["sentence"].startswith("compact-20k is better than dissertation-20k by 0.002")


def test_scores_of_densities_need_both(report):
    assert "crps" in report["metrics"]["compact-20k"]
    assert "crps" not in report["metrics"]["dissertation-20k"]
    assert "crps" not in report["differences"]["compact-20k"]


def test_the_share_in_its_own_interval_needs_intervals(report, shipped, subject):
    inside = shipped("compact-20k").predictions().eval("z_lower <= z_spec <= z_upper").mean()
    found = report["own_interval"]["compact-20k"]
    assert found["value"] == pytest.approx(inside)
    assert found["low"] < inside < found["high"]
    pair = tuple(subject(name, [1], [0.1], [0.2]) for name in "ab")
    assert report_on(Common("one", pair))["own_interval"] == {"a": {}, "b": {}}


def test_it_goes_through_json(report):
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_what_a_single_galaxy_cannot_tell_is_none(subject):
    pair = tuple(subject(name, [1], [0.1], [0.2]) for name in "ab")
    report = report_on(Common("one", pair))
    assert report["metrics"]["a"]["mae"] == {"value": pytest.approx(0.1), "low": None, "high": None}
    assert report["differences"]["b"]["mae"]["standard_error"] is None
    assert report["differences"]["b"]["mae"]["sentence"].startswith("Whether b is better than a")
    assert (report["settings"], report["seeds"]) == ({}, [])
