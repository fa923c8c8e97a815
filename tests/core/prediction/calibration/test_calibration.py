"""Calibrations of the shipped runs, stored, damaged, made anew, and held against their parts."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import load_dataset, save_dataset
from core.errors import DataError, RunError
from core.prediction.calibration.calibration import Calibration, calibrate
from core.prediction.calibration.recalibration import recalibrate
from core.prediction.dataset import predict_dataset
from core.prediction.flags import Flag, shares
from core.runs import Run, list_runs
from core.simulation import SimulationConfig, simulate

ROOT = Path(__file__).parents[4]
SHIPPED_RUNS = ROOT / "assets" / "runs"
SHIPPED_DATA = ROOT / "data" / "simulated-20k.parquet"


@pytest.fixture(params=[run.run_id for run in list_runs(SHIPPED_RUNS)])
def shipped(request):
    return Run(SHIPPED_RUNS / request.param)


def older_run(folder):
    """A copy of a shipped run, of the time before calibrations."""
    copy = Run(
        shutil.copytree(SHIPPED_RUNS / "dissertation-20k", folder / "runs" / "dissertation-20k")
    )
    copy.calibration_path.unlink()
    columns = ["source_id", "z_spec", "z_pred", "g_mag"]
    copy.predictions()[columns].to_parquet(copy.predictions_path)
    copy.write_summary({k: v for k, v in copy.summary().items() if k != "coverage"})
    return copy


@pytest.fixture
def run(tmp_path):
    return older_run(tmp_path)


@pytest.fixture(scope="module")
def calibrated_once(parts, tmp_path_factory):
    run = older_run(tmp_path_factory.mktemp("calibrated"))
    calibrate(run, parts[0].take(np.arange(600)), parts[1].take(np.arange(600)))
    return run


@pytest.fixture
def calibrated(calibrated_once, tmp_path):
    """A copy of a shipped run, calibrated with few galaxies."""
    return Run(shutil.copytree(calibrated_once.path, tmp_path / "runs" / calibrated_once.run_id))


@pytest.fixture(scope="module")
def fresh_galaxies():
    return simulate(SimulationConfig(n=5000, seed=7))


def test_shipped_intervals_hold_what_they_promise(shipped, fresh_galaxies):
    """On fresh galaxies within two points; in a test part of 2,029, chance alone is off by one."""
    calibration, test = Calibration.load(shipped), shipped.predictions()
    fresh = predict_dataset(shipped, fresh_galaxies)
    for predictions, limit in ((test, 0.03), (fresh, 0.02)):
        table = calibration.coverage(predictions)
        assert table["level"].tolist() == [0.50, 0.68, 0.90, 0.95]
        assert np.abs(table["coverage"] - table["level"]).max() < limit
    stored = shipped.summary()["coverage"]
    assert stored == calibration.summary_coverage(test)
    inside = (test["z_spec"] >= test["z_lower"]) & (test["z_spec"] <= test["z_upper"])
    # A few intervals (15 of 51,838) are stretched to hold their own redshift.
    assert stored["68"] == pytest.approx(inside.mean(), abs=3e-4)


def test_few_held_back_galaxies_are_flagged(shipped):
    found = shares(shipped.predictions()["flags"])
    assert found[Flag.OUTSIDE_DOMAIN] <= 0.02
    assert found[Flag.NO_REDSHIFT] == found[Flag.MISSING_BAND] == found[Flag.CLIPPED_BAND] == 0
    assert (shipped.predictions()["flags"] != 0).mean() < 0.07


def test_flagged_galaxies_have_larger_errors(shipped):
    predictions = shipped.predictions()
    e = np.abs(predictions["z_pred"] - predictions["z_spec"]) / (1 + predictions["z_spec"])
    # A network that has seen more copes better with what is rare.
    for flag, ratio in ((Flag.LOW_SN, 2.0), (Flag.OUTSIDE_DOMAIN, 1.0)):
        flagged = (predictions["flags"] & flag.value) > 0
        assert e[flagged].mean() > ratio * e[~flagged].mean()


def test_shipped_calibrations_are_small(shipped):
    assert shipped.calibration_path.stat().st_size < 500_000


def test_an_older_run_has_none_and_predicts_without(run, parts):
    assert Calibration.load(run) is None
    table = predict_dataset(run, parts[2].take(np.arange(3)))
    assert list(table) == ["source_id", "z_spec", "z_pred", "g_mag"]


def test_recalibrating_an_older_run_gives_what_is_shipped(run):
    network, model = run.onnx_path.read_bytes(), run.model_path.read_bytes()
    calibration, predictions = recalibrate(run, SHIPPED_DATA)
    shipped = Run(SHIPPED_RUNS / "dissertation-20k")
    stored = shipped.predictions()
    assert list(predictions) == list(stored) == list(run.predictions())
    for column in ("z_lower", "z_upper"):
        np.testing.assert_allclose(predictions[column], stored[column], atol=1e-4)
    assert (predictions["flags"] != stored["flags"]).mean() < 0.002
    assert run.summary()["coverage"]["68"] == pytest.approx(
        shipped.summary()["coverage"]["68"], abs=2e-3
    )
    assert calibration.intervals.n_galaxies == run.summary()["n_validation"]
    assert (run.onnx_path.read_bytes(), run.model_path.read_bytes()) == (network, model)


def test_saved_and_loaded_it_says_the_same(calibrated, parts):
    test = parts[2].take(np.arange(200))
    first = Calibration.load(calibrated)
    first.save(calibrated.calibration_path)
    again = Calibration.load(calibrated)
    assert again.limits == first.limits
    z = np.linspace(0, 0.5, 20)
    np.testing.assert_array_equal(again.intervals.at(z), first.intervals.at(z))
    np.testing.assert_array_equal(
        again.domain.distance(test.flux), first.domain.distance(test.flux)
    )


def test_nothing_in_the_file_is_pickled(calibrated):
    with np.load(calibrated.calibration_path, allow_pickle=False) as stored:
        assert {stored[name].dtype.kind for name in stored.files} <= set("fiU")


def rewritten(path, **changes):
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays.update(changes)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{k: v for k, v in arrays.items() if v is not None})
    path.write_bytes(buffer.getvalue())


@pytest.mark.parametrize(
    "changes",
    [
        {"intervals_counts": None},
        {"intervals_counts": np.array([3, 4])},
        {"intervals_errors": np.array([], np.float32)},
        {"domain_means": np.ones((2, 3))},
        {"domain_shapes": np.ones((186, 2))},
        {"domain_source_id": np.arange(4)},
        {"domain_threshold": np.array([1.0, 2.0])},
        {"header": np.array("{")},
        {"header": np.array(json.dumps({"limits": {"z_lo": 0.1}, "network_hash": ""}))},
        {"header": np.array([{"a": 1}], object)},
    ],
)
def test_a_damaged_file_is_one_sentence(calibrated, changes):
    rewritten(calibrated.calibration_path, **changes)
    with pytest.raises(RunError, match=r"calibration\.npz: expected .*xpz calibrate --run"):
        Calibration.load(calibrated)


@pytest.mark.parametrize("kept", [0, 10, 5000])
def test_a_file_cut_off_is_one_sentence(calibrated, kept):
    path = calibrated.calibration_path
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RunError, match="damaged or different file"):
        Calibration.load(calibrated)


def test_the_calibration_of_another_network_is_refused(calibrated):
    shutil.copy(SHIPPED_RUNS / "dissertation-100k" / "model.onnx", calibrated.onnx_path)
    with pytest.raises(RunError, match=r"belongs to another network than model\.onnx"):
        Calibration.load(calibrated)


def test_a_damaged_network_is_not_called_another_one(calibrated):
    calibrated.onnx_path.write_bytes(b"garbage")
    with pytest.raises(RunError, match=r"model\.onnx: expected a network in ONNX format"):
        Calibration.load(calibrated)


def test_a_calibration_half_written_leaves_the_old_one(calibrated, monkeypatch):
    before = calibrated.calibration_path.read_bytes()
    calibration = Calibration.load(calibrated)

    def breaks(file, **arrays):
        file.write(b"half")
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "savez_compressed", breaks)
    with pytest.raises(OSError, match="disk is full"):
        calibration.save(calibrated.calibration_path)
    assert calibrated.calibration_path.read_bytes() == before
    assert not list(calibrated.path.glob(".calibration*"))


class TestRecalibrateRefuses:
    @pytest.fixture(autouse=True)
    def nothing_is_written(self, run):
        before = {path.name: path.read_bytes() for path in run.path.iterdir()}
        yield
        for name in ("predictions.parquet", "summary.json"):
            if (run.path / name).exists():
                assert (run.path / name).read_bytes() == before[name]
        assert not run.calibration_path.exists()

    def test_a_data_set_that_is_not_there(self, run, tmp_path):
        with pytest.raises(DataError, match="name its place: --data FILE"):
            recalibrate(run)
        with pytest.raises(DataError, match=r"is not at .*none\.parquet"):
            recalibrate(run, tmp_path / "none.parquet")

    def test_another_data_set(self, run, tmp_path):
        other = load_dataset(SHIPPED_DATA).take(np.arange(100))
        save_dataset(other, tmp_path / "other.parquet")
        with pytest.raises(
            DataError, match="hash 6300d46af7b4, which 'dissertation-20k' was trained on"
        ):
            recalibrate(run, tmp_path / "other.parquet")

    def test_a_run_at_work(self, run):
        run.summary_path.unlink()
        with pytest.raises(RunError, match="is not complete"):
            recalibrate(run, SHIPPED_DATA)

    def test_predictions_of_another_network(self, run):
        table = run.predictions()
        table.assign(z_pred=table["z_pred"] + 0.001).to_parquet(run.predictions_path)
        # The fixture compares with what lay there when the test began.
        original = run.predictions_path.read_bytes()
        with pytest.raises(RunError, match=r"its network differs by 1\.0e-03 from them"):
            recalibrate(run, SHIPPED_DATA)
        assert run.predictions_path.read_bytes() == original
        table.to_parquet(run.predictions_path)

    def test_predictions_of_other_galaxies(self, run):
        summary = run.summary()
        run.write_summary({**summary, "split_hash": "0" * 64})
        with pytest.raises(RunError, match="the parts of the data set differ"):
            recalibrate(run, SHIPPED_DATA)
        run.write_summary(summary)
