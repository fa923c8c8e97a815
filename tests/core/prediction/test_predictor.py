import functools
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from core.errors import DataError, RunError
from core.model.mixture import Mixtures
from core.model.network import build_network
from core.model.onnx import export_onnx
from core.model.presets import PRESETS
from core.model.scaling import Scaler
from core.prediction import predictor as predict
from core.prediction.predictor import Predictor


@pytest.fixture(scope="module")
def flux():
    rng = np.random.default_rng(6)
    return (rng.lognormal(1, 0.6, (70, 1)) * rng.uniform(0.5, 1.5, (70, 186))).astype(np.float32)


@pytest.fixture(scope="module")
def make(flux, tmp_path_factory):
    """Return what gives a run's folder, its network and its scaler."""

    @functools.cache
    def make(preset):
        recipe = PRESETS[preset]
        folder = tmp_path_factory.mktemp(preset)
        model = build_network(recipe.network, recipe.scaling)
        scaler = Scaler.fit(recipe.scaling, flux)
        export_onnx(model, folder / "model.onnx")
        scaler.save(folder / "scaler.npz")
        return folder, model, scaler

    return make


@pytest.fixture(scope="module", params=PRESETS)
def trained(request, make):
    return make(request.param)


@pytest.fixture
def run_dir(trained, tmp_path):
    return shutil.copytree(trained[0], tmp_path / "run")


def test_agrees_with_keras(trained, flux):
    folder, model, scaler = trained
    predictor = Predictor(folder)
    z_pred = predictor.predict(flux)
    outputs = model.predict(scaler.transform(flux), verbose=0)
    assert z_pred.shape == (70,)
    assert z_pred.dtype == np.float64
    if outputs.shape[1] == 1:
        assert predictor.head == "point"
        expected = outputs[:, 0]
    else:
        assert predictor.head == "mixture"
        mixtures = Mixtures.from_outputs(outputs)
        np.testing.assert_allclose(predictor.mixtures(flux).means, mixtures.means, atol=1e-5)
        expected = np.sum(mixtures.weights * mixtures.means, axis=1)
    assert np.ptp(expected) > 1e-3
    np.testing.assert_allclose(z_pred, expected, atol=1e-5)


def test_is_reproducible_to_the_bit_and_leaves_the_flux_alone(run_dir, flux):
    before = flux.copy()
    first = Predictor(run_dir).predict(flux)
    np.testing.assert_array_equal(Predictor(run_dir).predict(flux), first)
    np.testing.assert_array_equal(flux, before)


def test_errors_are_looked_at_by_those_alone_who_were_trained_with_some(trained, run_dir, flux):
    errors = np.full_like(flux, 0.7)
    without = Predictor(run_dir).predict(flux)
    np.testing.assert_array_equal(Predictor(run_dir).predict(flux, errors), without)
    method = trained[2].method
    Scaler.fit(method, flux, errors * np.linspace(0.5, 2, 70)[:, None]).save(run_dir / "scaler.npz")
    told = np.abs(Predictor(run_dir).predict(flux, errors) - Predictor(run_dir).predict(flux))
    assert (told.max() > 1e-4) == (method == "shape_noise")


def test_estimated_errors_can_be_held_while_the_flux_changes(trained, run_dir, flux):
    predictor = Predictor(run_dir)
    held = predictor.errors_of(flux, None)
    same = predictor.predict(flux, held, estimated=True)
    np.testing.assert_allclose(same, predictor.predict(flux), atol=1e-6)
    if trained[2].method != "shape_noise":
        assert held is None
        return
    noisier = flux + np.random.default_rng(1).normal(0, 3, flux.shape).astype(np.float32)
    freely = predictor.predict(noisier) - predictor.predict(noisier, held, estimated=True)
    assert np.abs(freely).max() > 1e-4


def test_chunks_keep_the_order_and_report_progress(run_dir, flux, monkeypatch):
    whole = Predictor(run_dir).predict(flux)
    monkeypatch.setattr(predict, "CHUNK_SPECTRA", 32)
    seen = []
    chunked = Predictor(run_dir).predict(
        flux, progress=lambda done, total: seen.append((done, total))
    )
    np.testing.assert_allclose(chunked, whole, atol=1e-6)
    assert seen == [(32, 70), (64, 70), (70, 70)]


def test_no_spectra_give_no_redshifts(run_dir, flux):
    assert Predictor(run_dir).predict(flux[:0]).shape == (0,)


@pytest.mark.parametrize("shape", [(3, 120), (186,), (0, 7)])
def test_wrong_number_of_samples_is_refused(run_dir, shape):
    with pytest.raises(DataError, match=r"shape \(n, 186\)"):
        Predictor(run_dir).predict(np.ones(shape))


def test_rows_of_bad_flux_are_counted_over_all_chunks(run_dir, flux, monkeypatch):
    monkeypatch.setattr(predict, "CHUNK_SPECTRA", 32)
    broken = flux.copy()
    broken[40, 3] = np.nan
    with pytest.raises(DataError, match=r"index \[40, 3\]"):
        Predictor(run_dir).predict(broken)


@pytest.mark.parametrize("name", ["model.onnx", "scaler.npz"])
def test_missing_files_are_named(run_dir, name):
    (run_dir / name).unlink()
    with pytest.raises(RunError, match=rf"{name} is missing"):
        Predictor(run_dir)


@pytest.mark.parametrize("name", ["model.onnx", "scaler.npz"])
def test_damaged_files_are_named(run_dir, name):
    content = (run_dir / name).read_bytes()
    (run_dir / name).write_bytes(content[: len(content) // 3])
    with pytest.raises(RunError, match=rf"{name}: expected .* damaged or different file"):
        Predictor(run_dir)


def test_files_of_two_runs_do_not_mix(run_dir, flux):
    scaler = Scaler.load(run_dir / "scaler.npz")
    other = "minmax" if scaler.method == "shape" else "shape"
    Scaler.fit(other, flux).save(run_dir / "scaler.npz")
    with pytest.raises(RunError, match="belong to different runs"):
        Predictor(run_dir)


def test_it_imports_nothing_heavy_and_leaves_nothing_in_the_home_folder(make, tmp_path):
    """ONNX Runtime's telemetry would write an identifier and events into the user's cache."""
    runs = [str(make(preset)[0]) for preset in PRESETS]
    heavy = {"keras", "tensorflow", "jax", "torch", "onnx", "sklearn"}
    code = (
        "import sys, numpy as np; from core.prediction.predictor import Predictor\n"
        f"for run in {runs}:\n"
        "    assert np.isfinite(Predictor(run).predict(np.ones((2, 186)))).all()\n"
        f"    assert not {heavy} & set(sys.modules), run"
    )
    env = os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    env.pop("ORT_DISABLE_TELEMETRY", None)  # which this process may have set already
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    assert not list(tmp_path.rglob("*onnxruntime*"))
