"""The process that reads the files of a run from elsewhere."""

import shutil

import pytest
from pandas.testing import assert_frame_equal

from core.data.dataset import load_dataset
from core.data.split import split_by_source
from core.errors import RunError
from core.evaluation.report import evaluate_table
from core.prediction.dataset import predict_dataset
from core.runs import SHIPPED_RUNS, Run, open_run
from core.sharing import acceptance
from core.sharing.acceptance import check_foreign
from core.sharing.bundle import export_bundle, import_bundle


@pytest.fixture
def run(finished, tmp_path):
    return Run(shutil.copytree(finished.path, tmp_path / finished.run_id))


@pytest.mark.parametrize("name", ["compact-520k"])
def test_a_run_of_ours_passes_within_the_limits(name, tmp_path):
    run = Run(shutil.copytree(SHIPPED_RUNS / name, tmp_path / name))
    run.imported_path.write_text("{}")  # its network answers from a process of its own
    check_foreign(run)


def test_a_shipped_run_wiped_and_imported_elsewhere_predicts_the_same_to_the_bit(tmp_path):
    shipped = tmp_path / "here" / "compact-20k"
    shutil.copytree(SHIPPED_RUNS / "compact-20k", shipped)
    before = Run(shipped)
    out = tmp_path / "compact.zip"
    export_bundle(before, out)
    table, report = before.predictions(), before.summary()["evaluation"]
    shutil.rmtree(shipped.parent)
    run = import_bundle(out, tmp_path / "there" / "runs", others=())
    assert_frame_equal(run.predictions(), table)
    dataset = load_dataset(SHIPPED_RUNS.parents[1] / "data" / "simulated-20k.parquet")
    test = dataset.take(split_by_source(dataset.source_id, run.config.split).test)
    predicted = predict_dataset(run, test)
    assert_frame_equal(
        predicted, predict_dataset(open_run(SHIPPED_RUNS, "compact-20k"), test), check_exact=True
    )
    again = evaluate_table(predicted)
    # The shipped numbers are another machine's, whose sums end in other digits.
    assert {name: again[name] for name in ("n", "mae", "sigma_nmad")} == {
        name: pytest.approx(report[name], rel=1e-7) for name in ("n", "mae", "sigma_nmad")
    }


def test_what_is_wrong_is_said_as_it_is_here(run):
    run.summary_path.write_text("{")
    with pytest.raises(RunError, match=r"^summary\.json: the run cannot be imported\. ") as said:
        check_foreign(run)
    with pytest.raises(RunError) as here:
        acceptance.check_contents(run)
    assert str(said.value) == str(here.value)


def test_files_that_take_too_long_are_refused(run, monkeypatch):
    monkeypatch.setattr(acceptance, "SECONDS", 0.01)
    with pytest.raises(RunError, match="cannot be read, it took more than"):
        check_foreign(run)
