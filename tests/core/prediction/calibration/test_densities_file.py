"""A run with p(z): what it keeps of its test part, and how it is made anew."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import load_dataset, save_dataset
from core.data.split import split_by_source
from core.errors import ConfigError, RunError
from core.model.mixture import Mixtures
from core.prediction.answer import estimate, read_answer
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.densities_file import read_densities
from core.prediction.calibration.recalibration import recalibrate
from core.prediction.dataset import keep_predictions, predict_dataset
from core.prediction.predictor import Predictor
from core.prediction.prior import Prior
from core.runs import Run, validation_mae


@pytest.fixture(scope="module")
def data(galaxies, tmp_path_factory):
    """The file of the galaxies that the runs are made with."""
    path = tmp_path_factory.mktemp("data") / "galaxies.parquet"
    save_dataset(galaxies, path)
    return path


@pytest.fixture(scope="module")
def kept(galaxies, data, save_mixture_run, tmp_path_factory):
    """A run with p(z) that keeps it, its test part and the table of its predictions."""
    run = save_mixture_run(tmp_path_factory.mktemp("runs"), galaxies, data)
    test = galaxies.take(split_by_source(galaxies.source_id, run.config.split).test)
    return run, test, keep_predictions(run, Calibration.load(run), test)


@pytest.fixture
def run(kept, tmp_path):
    return Run(Path(shutil.copytree(kept[0].path, tmp_path / kept[0].run_id)))


def test_the_mixtures_are_the_networks_and_the_quantiles_calibrated(kept):
    run, test, predictions = kept
    stored = read_densities(run)
    np.testing.assert_array_equal(stored.source_id, test.source_id)
    given = Predictor(run.path).mixtures(test.flux, test.flux_error)
    np.testing.assert_allclose(stored.mixtures.means, given.means, atol=1e-6)
    np.testing.assert_allclose(stored.mixtures.weights.sum(axis=1), 1, atol=1e-5)
    levels = stored.levels.tolist()
    for column, level in (("z_lower", 0.16), ("z_median", 0.5), ("z_upper", 0.84)):
        found = stored.quantiles[:, levels.index(level)]
        np.testing.assert_allclose(found, predictions[column], atol=1e-5)


def test_the_table_holds_the_scores_of_every_galaxy(kept):
    run, test, predictions = kept
    assert list(predictions) == [
        *("source_id", "z_spec", "z_pred", "g_mag", "z_lower", "z_upper", "flags"),
        *("sigma_z", "z_median", "z_mode", "pit", "crps", "cde_loss"),
    ]
    assert predictions.notna().all(axis=None)
    inside = np.abs(2 * predictions["pit"] - 1) <= 0.68
    between = (test.z >= predictions["z_lower"]) & (test.z <= predictions["z_upper"])
    assert (inside == between).mean() > 0.99
    # Of one that is sure of itself and right, CRPS is far below the error of another.
    assert predictions["crps"].mean() < np.abs(predictions["z_pred"] - test.z).mean()
    assert predictions["cde_loss"].mean() < 0
    calibration = Calibration.load(run)
    table = calibration.coverage(predictions)
    assert table["coverage"].tolist() == pytest.approx(table["level"].tolist(), abs=0.08)
    assert calibration.summary_coverage(predictions)["68"] == inside.mean()


def test_blocks_make_no_difference(kept, monkeypatch):
    run, test, predictions = kept
    monkeypatch.setattr("core.prediction.dataset.BLOCK_GALAXIES", 150)
    monkeypatch.setattr("core.prediction.answer.CHUNK_SPECTRA", 64)
    seen = []
    again = predict_dataset(run, test, lambda *done: seen.append(done))
    assert seen[-1] == (len(test), len(test))
    assert seen[0] == (150, len(test))
    np.testing.assert_allclose(again["z_pred"], predictions["z_pred"], atol=1e-6)
    np.testing.assert_allclose(again["crps"], predictions["crps"], atol=1e-6)
    assert again["flags"].equals(predictions["flags"])


def test_a_network_that_says_nothing_of_z_is_scored_as_flat(kept, monkeypatch):
    run, test, _ = kept
    predictor, few = Predictor, test.take(np.arange(3))
    given = predictor.mixtures

    def lost(self, *arguments):
        mixtures = given(self, *arguments)
        mixtures.means[1] = 50
        return mixtures

    monkeypatch.setattr(predictor, "mixtures", lost)
    table = predict_dataset(run, few)
    calibration = Calibration.load(run)
    top = calibration.densities.z[-1]
    assert table["z_pred"][1] == pytest.approx(top / 2)
    assert table["pit"][1] == pytest.approx(few.z[1] / top, abs=1e-4)
    answer = estimate(predictor(run.path), calibration, few.flux, few.flux_error)
    assert np.isnan([answer.z, answer.z_upper, answer.sigma_z]).all(axis=0).tolist() == [0, 1, 0]


def test_a_prior_that_leaves_nothing_leaves_no_redshift(kept):
    densities = Calibration.load(kept[0]).densities
    columns = ([[1], [1]], [[0.05], [0.6]], [[0.005], [0.005]])
    usual = densities.density(Mixtures(*(np.array(column, np.float32) for column in columns)))
    asked = densities.under(Prior.table([0.5, 0.7], [1, 1]), usual)
    answer = read_answer(asked, densities.basis(usual))
    assert np.isnan(answer.z).tolist() == [True, False]
    assert np.isnan(answer.flag_basis.z).tolist() == [True, False]


def test_no_spectra_give_no_answers(kept):
    run, test, _ = kept
    answer = estimate(Predictor(run.path), Calibration.load(run), test.flux[:0], keep_density=True)
    assert len(answer.z) == len(answer.density) == 0


def test_a_run_without_densities_has_none_to_read(kept, run):
    run.densities_path.unlink()
    with pytest.raises(RunError, match=r"has no p\(z\) of its test part: .*xpz calibrate --run"):
        read_densities(run)


@pytest.mark.parametrize("damage", ["cut", "foreign", "another shape"])
def test_a_damaged_file_is_one_sentence(run, damage):
    path = run.densities_path
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:4000])
    elif damage == "foreign":
        np.savez(path, weights=np.ones(3))
    else:
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        np.savez(path, **arrays | {"means": arrays["means"][1:]})
    with pytest.raises(RunError, match=r"densities\.npz: expected p\(z\) .*xpz calibrate --run"):
        read_densities(run)


def test_recalibrating_gives_what_was_there(run, kept, data):
    network = run.onnx_path.read_bytes()
    run.calibration_path.unlink()
    before = run.densities_path.read_bytes()
    calibration, predictions = recalibrate(run, data)
    np.testing.assert_allclose(predictions["z_pred"], kept[2]["z_pred"], atol=1e-5)
    np.testing.assert_allclose(run.predictions()["pit"], kept[2]["pit"], atol=1e-4)
    assert calibration.densities is not None
    assert calibration.intervals is None
    assert read_densities(run).mixtures.means.shape == (len(kept[1]), 2)
    assert run.summary()["evaluation"]["mae"] == pytest.approx(
        np.abs(predictions["z_pred"] - predictions["z_spec"]).mean()
    )
    dataset = load_dataset(data)
    validation = dataset.take(split_by_source(dataset.source_id, run.config.split).validation)
    judged = predict_dataset(run, validation)
    assert validation_mae(run) == pytest.approx(
        np.abs(judged["z_pred"] - judged["z_spec"]).mean(), rel=1e-6
    )
    assert run.summary()["coverage"] == calibration.summary_coverage(predictions)
    assert run.onnx_path.read_bytes() == network
    assert len(run.densities_path.read_bytes()) == pytest.approx(len(before), rel=0.01)


def test_the_densities_of_another_network_are_noticed(run, data):
    with np.load(run.densities_path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez(run.densities_path, **arrays | {"means": arrays["means"] + np.float32(0.01)})
    with pytest.raises(RunError, match=r"its network differs by 1\.0e-02 from them"):
        recalibrate(run, data)


def test_a_run_calibrated_with_too_few_answers_without_intervals(kept, galaxies):
    run, test, _ = kept
    answer = estimate(Predictor(run.path), None, test.flux, test.flux_error)
    np.testing.assert_allclose(
        answer.z, Predictor(run.path).mixtures(test.flux, test.flux_error).mean()
    )
    assert np.isnan(answer.z_lower).all()
    with pytest.raises(ConfigError, match=r"need a run with p\(z\)"):
        estimate(Predictor(run.path), None, test.flux, answer="mode")


def test_a_point_network_has_no_mixtures(galaxies):
    shipped = Path(__file__).parents[4] / "assets" / "runs" / "dissertation-20k"
    with pytest.raises(ConfigError, match=r"p\(z\): expected a network with the head 'mixture'"):
        Predictor(shipped).mixtures(galaxies.flux[:2])
