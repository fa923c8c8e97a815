"""Runs of earlier layouts, and a metric that is newer than they are: one entry is enough."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import main
from core.comparison.galaxies import common_test_part
from core.comparison.report import report_on
from core.errors import RunError
from core.evaluation.comparison import differences, score, verdict
from core.evaluation.metrics import errors
from core.evaluation.report import completed, evaluate_table
from core.runs import SUMMARY_SCHEMA, Run
from core.sharing.acceptance import check_contents
from core.sharing.bundle import import_bundle
from core.sharing.mlflow import results
from core.sharing.model_card import model_card
from tests.support.estimates import headline
from tests.support.new_metric import NAME, new_metric  # noqa: F401 - a fixture
from tests.support.without_processes import networks_opened_here, runs_accepted_here

BUNDLE = Path(__file__).parent / "bundles" / "layout-1.zip"


pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    with runs_accepted_here(), networks_opened_here():
        return import_bundle(BUNDLE, tmp_path_factory.mktemp("imported"))


@pytest.fixture
def older(imported, tmp_path):
    """A run whose summary has no schema, imported from its bundle."""
    return Run(shutil.copytree(imported.path, tmp_path / "runs" / imported.run_id))


def test_a_bundle_of_the_first_layout_is_taken_over(older):
    summary = older.summary()
    assert "schema" not in summary
    found = completed(summary["evaluation"], older.predictions())
    assert {name: found[name] for name in ("mae", "n_resamples")} == {
        name: summary["evaluation"][name] for name in ("mae", "n_resamples")
    }
    # One galaxy alone had a deviation of 0.
    assert found["bins"] == [
        row | {"std": None} if row["n"] == 1 else row for row in summary["evaluation"]["bins"]
    ]


@pytest.mark.parametrize("schema", [1, SUMMARY_SCHEMA])
def test_every_schema_up_to_ours_is_taken_over(older, schema):
    older.write_summary(older.summary() | {"schema": schema})
    check_contents(older)


@pytest.mark.parametrize("schema", [0, SUMMARY_SCHEMA + 1, "two", [], None])
def test_a_summary_of_another_schema_is_refused(older, schema):
    older.write_summary(older.summary() | {"schema": schema})
    with pytest.raises(RunError, match=r"summary\.json: .* schema 1 to 2, .* Update xpz"):
        check_contents(older)


def test_scores_that_an_older_run_lacks_are_computed(older):
    summary = older.summary()
    evaluation = summary["evaluation"]
    del evaluation["rms"], evaluation["intervals"]["rms"]
    del evaluation["density"]["pit_ks"], evaluation["density"]["pit_ks_limit"]
    older.write_summary(summary)
    check_contents(older)
    found = completed(evaluation, older.predictions())
    assert found["rms"] == pytest.approx(evaluate_table(older.predictions())["rms"])
    assert found["density"]["pit_ks_limit"] > 0


def xpz(*words):
    return CliRunner().invoke(main, list(map(str, words))).stdout


def test_a_new_metric_is_one_entry(new_metric, tmp_path, older):  # noqa: F811
    table = older.predictions()
    e = errors(table["z_spec"], table["z_pred"])["e"]
    value = new_metric.of(None, e)
    report = completed(older.summary()["evaluation"], table)
    assert report[NAME] == headline(table["z_spec"], table["z_pred"])[NAME] == value
    low, high = report["intervals"][NAME]
    assert low <= value <= high
    assert low < high
    assert results({"evaluation": report})[f"test_{NAME}"] == value
    rows = [row for section in model_card(older).sections for block in section.blocks
            for row in getattr(block, "rows", ())]  # fmt: skip
    assert ("Median |e|", f"{value:.4f}") in [row[:2] for row in rows]

    scores = score(table), score(table.assign(z_pred=table["z_spec"]))
    found = differences(*scores)[NAME]
    assert found.better == "b"
    assert "in Median |e| on" in verdict("A", "B", found)
    other = import_bundle(BUNDLE, tmp_path / "others")
    compared = report_on(common_test_part([older, other]), n_resamples=20)
    assert [each[NAME]["value"] for each in compared["metrics"].values()] == [value, value]

    printed = " ".join(xpz("evaluate", "--run", older.path).split())
    assert f"Median |e| {value:.4f} [{low:.4f}, {high:.4f}]" in printed
    assert "Median |e|" in xpz("compare", older.path, other.path)
    assert json.loads(xpz("evaluate", "--run", older.path, "--json"))[NAME] == value
