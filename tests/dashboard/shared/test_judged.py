"""What the Evaluate screen judges is what `xpz evaluate` judges."""

from dataclasses import replace
from pathlib import Path

import altair as alt
import click
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from core.cli import evaluate
from core.data.dataset import load_dataset, save_dataset
from core.data.dataset_files import DatasetEntry
from core.evaluation.report import evaluate_table
from core.prediction.dataset import predict_dataset, predict_unseen
from core.prediction.seen import used_in_training
from core.runs import open_run
from dashboard.figures import errors
from dashboard.shared.judged import Judged, judge_dataset

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def run():
    return open_run(ROOT / "assets" / "runs", "dissertation-20k")


@pytest.fixture(scope="module")
def dataset(run):
    """Unseen galaxies with flux errors, by which some are flagged otherwise, and some seen."""
    whole = load_dataset(ROOT / "data" / "simulated-20k.parquet")
    used = used_in_training(run, whole)
    rows = np.concatenate([np.flatnonzero(~used)[:1000], np.flatnonzero(used)[:100]])
    return whole.take(np.sort(rows))


def test_screen_and_command_give_one_answer(run, dataset, tmp_path, capsys):
    path = tmp_path / "mixed.parquet"
    save_dataset(dataset, path)
    with click.Context(evaluate.evaluate):
        by_command = evaluate.predict(run, path).predictions
    told = capsys.readouterr().err
    on_screen = judge_dataset(run, DatasetEntry(path, dataset.card), with_seen=False)
    assert_frame_equal(on_screen.predictions, by_command, check_exact=True)
    assert on_screen.report == evaluate_table(by_command)
    assert on_screen.report["own_interval"]["value"] > 0
    assert all(notice.sentence in told for notice in on_screen.notices)
    assert f"Left out: 100 of {len(dataset):,} galaxies" in on_screen.notices[0].sentence
    assert np.array_equal(dataset.source_id[on_screen.rows], by_command["source_id"])
    # It matters whether the errors are looked at.
    whole = predict_dataset(run, dataset.take(on_screen.rows))
    assert_frame_equal(by_command, whole, rtol=0, atol=1e-6)
    blind = predict_dataset(run, replace(dataset, flux_error=None).take(on_screen.rows))
    assert (blind["flags"] != by_command["flags"]).any()


def test_what_the_run_has_seen_is_judged_when_asked(run, dataset, tmp_path):
    path = tmp_path / "mixed.parquet"
    save_dataset(dataset, path)
    asked = predict_unseen(run, path, with_seen=True)
    assert np.array_equal(asked.rows, np.arange(len(dataset)))
    (notice,) = asked.notices
    assert f"calibrated with 100 of {len(dataset):,} galaxies here: the" in notice.sentence


def test_one_galaxy_alone_in_a_bin_has_no_standard_deviation():
    z = np.array([0.01, 0.02, 0.52])
    table = pd.DataFrame({"z_spec": z, "z_pred": z + np.array([0.01, 0.03, 0.02])})
    judged = Judged("three", "three", "observed", table, evaluate_table(table))
    filled = judged.bins[judged.bins["n"] > 0]
    assert filled["n"].tolist() == [2, 1]
    np.testing.assert_allclose(filled["mean_error"], [0.02, 0.02])
    np.testing.assert_allclose(filled["std"], [0.01, np.nan])
    # Its point is drawn all the same, without a bar.
    _, bars, points = errors.binned(judged.bins).layer
    assert points.transform is alt.Undefined
    assert bars.transform[0].filter == "isValid(datum.half)"
