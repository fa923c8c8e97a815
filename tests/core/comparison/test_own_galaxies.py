"""A run beside the one that it was calibrated anew from: before against after."""

from pathlib import Path

import numpy as np
import pytest

import core
from core.comparison.galaxies import common_dataset, common_test_part
from core.comparison.settings import facts_table
from core.data.dataset import load_dataset, open_dataset, save_dataset
from core.errors import DataError, RunError
from core.prediction.dataset import predict_dataset, predict_unseen
from core.prediction.seen import used_in_training

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def start(shipped):
    return shipped("compact-20k")


@pytest.fixture(scope="module")
def calibrated(start, tmp_path_factory):
    """Made with 90 galaxies that its start has not seen, of a data set that has seen ones too."""
    folder = tmp_path_factory.mktemp("calibrated")
    whole = load_dataset(ROOT / "data" / "simulated-20k.parquet")
    used = used_in_training(start, whole)
    rows = np.concatenate([np.flatnonzero(~used)[:90], np.flatnonzero(used)[:10]])
    save_dataset(whole.take(rows), folder / "mine.parquet")
    made = core.recalibrate_with(start, folder / "mine.parquet", name="After", runs_dir=folder)
    return made.run


def test_each_galaxy_is_judged_by_a_calibration_without_it(start, calibrated):
    data, steps = open_dataset(calibrated.data_path), []
    common = common_dataset([start, calibrated], data, progress=lambda *step: steps.append(step))
    before, after = (each.predictions.set_index("source_id") for each in common.subjects)
    assert (len(common), common.n_seen, common.unchecked) == (90, 10, ())
    assert steps[-1] == (180, 180)
    own = calibrated.predictions().set_index("source_id").loc[after.index]
    assert np.array_equal(after["z_pred"], own["z_pred"])
    alone = predict_dataset(start, data).set_index("source_id").loc[before.index]
    assert before["z_pred"].to_numpy() == pytest.approx(alone["z_pred"].to_numpy())


def test_ids_that_are_not_kept_are_asked_of_the_start(start, calibrated):
    kept = calibrated.seen_path.read_bytes()
    calibrated.seen_path.unlink()
    try:
        data = open_dataset(calibrated.data_path)
        assert used_in_training(calibrated, data).all()
        common = common_dataset([start, calibrated], data)
    finally:
        calibrated.seen_path.write_bytes(kept)
    assert (len(common), common.n_seen, common.unchecked) == (90, 10, ())


def test_what_both_are_judged_on_is_no_test_part(start, calibrated):
    common = common_test_part([start, calibrated])
    assert common.title == "those that every run is judged on"
    assert len(common) == 90
    assert set(common.account.left_out) == {"some run is not judged on it"}


def test_a_sentence_says_where_to_compare_them(start, calibrated, copied):
    table = start.predictions()
    far = copied(start.run_id, "far", table.assign(source_id=table["source_id"] + 10**9))
    with pytest.raises(RunError, match=r"'After' is judged on those of .* give --data .*mine"):
        common_test_part([far, calibrated])


def test_its_training_is_that_of_its_start(start, calibrated):
    before, after = (facts_table([run]).iloc[:, 0].to_dict() for run in (start, calibrated))
    assert after == before


def test_alone_each_of_them_is_judged_by_a_calibration_without_it(calibrated, tmp_path):
    data = open_dataset(calibrated.data_path)
    found = predict_unseen(calibrated, calibrated.data_path)
    assert [each.sentence.partition(" ")[2] for each in found.notices] == [
        "out: 10 of 100 galaxies, which " + calibrated.title + " was trained or calibrated with.",
        "was calibrated with 90 of these galaxies. Each of them is judged by a calibration "
        "without it.",
    ]
    assert found.account.used == 90
    assert np.array_equal(found.predictions["source_id"], data.source_id[found.rows])
    own = calibrated.predictions().set_index("source_id").loc[found.predictions["source_id"]]
    assert np.array_equal(found.predictions["z_pred"], own["z_pred"])
    anyway = predict_unseen(calibrated, calibrated.data_path, with_seen=True)
    assert "calibrated with 100 of 100 galaxies here" in anyway.notices[0].sentence
    save_dataset(load_dataset(calibrated.data_path).take(np.arange(20)), tmp_path / "few.parquet")
    with pytest.raises(DataError, match=r"evaluate it on its own galaxies, .*--with-seen"):
        predict_unseen(calibrated, tmp_path / "few.parquet")
