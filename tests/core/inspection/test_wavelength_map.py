"""Maps of networks of which is known where they look."""

import shutil

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import make_dataset, open_dataset, save_dataset
from core.errors import DataError, RunError
from core.inspection.occlusion import WIDTH_SAMPLES
from core.inspection.wavelength_map import (
    BIN_WIDTH,
    MIN_GALAXIES,
    SAMPLES,
    MapOrigin,
    WavelengthMap,
    choose,
    make_map,
)
from core.model.scaling import Scaler
from core.prediction.calibration.calibration import hash_network
from core.runs import Run
from core.spectra import N_SAMPLES, SampleGrid

LOOKED_AT = 120
N = 40


@pytest.fixture(scope="module")
def bumps():
    """A bump of height z on a flat spectrum, at the one sample that the network reads."""
    z = np.linspace(0.01, 0.09, N)
    flux = np.ones((N, N_SAMPLES), np.float32)
    flux[:, LOOKED_AT] += z
    return make_dataset(flux, z, name="Bumps", origin="simulated")


@pytest.fixture
def linear_run(tmp_path, bumps):
    """Return what makes a run whose network is a sum of its inputs with these weights."""

    def make(weights, scaling="standard"):
        run = Run(tmp_path)
        scaler = Scaler.fit(scaling, np.random.default_rng(0).normal(size=(50, N_SAMPLES)))
        scaler.save(run.scaler_path)
        helper, kind = onnx.helper, onnx.TensorProto.FLOAT
        column = (weights * scaler.estimator.scale_).astype(np.float32)[:, None]
        graph = helper.make_graph(
            [helper.make_node("MatMul", ["features", "w"], ["z"])],
            "linear",
            [helper.make_tensor_value_info("features", kind, ["n", len(weights)])],
            [helper.make_tensor_value_info("z", kind, ["n", 1])],
            [onnx.numpy_helper.from_array(column, "w")],
        )
        opset = [helper.make_opsetid("", 17)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), run.onnx_path)
        return run

    return make


def origin(run):
    return MapOrigin(hash_network(run), "0" * 64, "Bumps", "simulated")


def mapped(run, galaxies, **options):
    return make_map(run, galaxies, origin(run), **options)


def test_the_sample_that_a_network_reads_is_found(linear_run, bumps):
    found = mapped(linear_run(np.eye(N_SAMPLES)[LOOKED_AT]), bumps)
    covers = np.abs(SAMPLES - LOOKED_AT) <= WIDTH_SAMPLES // 2
    np.testing.assert_allclose(found.edges, BIN_WIDTH * np.arange(5))
    np.testing.assert_array_equal(found.n, [8, 12, 12, 8])
    # Without the bump the redshift falls by its height, which is z.
    for index, (low, high) in enumerate(zip(found.edges[:-1], found.edges[1:], strict=True)):
        z = bumps.z[(bumps.z >= low) & (bumps.z < high)]
        expected = np.mean(z / (1 + z))
        np.testing.assert_allclose(found.strength[index, covers], expected, rtol=1e-3)
        np.testing.assert_allclose(found.shift[index, covers], -expected, rtol=1e-3)
    others = np.abs(SAMPLES - LOOKED_AT) > WIDTH_SAMPLES
    assert np.abs(found.strength[:, others]).max() < 1e-6
    np.testing.assert_array_equal(found.wavelength_nm, SampleGrid().wavelength_nm[SAMPLES])


def test_changes_that_cancel_have_strength_but_no_shift(linear_run, bumps):
    z = np.full(N, 0.21)
    flux = np.ones((N, N_SAMPLES), np.float32)
    flux[:, LOOKED_AT] += np.where(np.arange(N) % 2, 0.1, -0.1)
    galaxies = make_dataset(flux, z, name="Cancelling", origin="simulated")
    found = mapped(linear_run(np.eye(N_SAMPLES)[LOOKED_AT]), galaxies)
    column = int(np.flatnonzero(SAMPLES == LOOKED_AT)[0])
    assert found.strength[8, column] == pytest.approx(0.1 / 1.21, rel=1e-3)
    assert found.shift[8, column] == pytest.approx(0, abs=1e-6)


def test_the_noise_that_a_network_is_told_of_stays_that_of_the_whole_spectrum(linear_run, bumps):
    flux = bumps.flux + np.random.default_rng(1).normal(0, 0.3, bumps.flux.shape)
    noisy = make_dataset(flux, bumps.z, name="Noisy", origin="simulated")
    weights = np.zeros(N_SAMPLES + 3)
    weights[-2:] = 1
    found = mapped(linear_run(weights, "shape_noise"), noisy)
    np.testing.assert_array_equal(found.strength, 0)


def test_a_part_of_a_file_has_the_map_of_these_galaxies(linear_run, bumps, tmp_path):
    run, kept = linear_run(np.eye(N_SAMPLES)[LOOKED_AT]), np.arange(N) % 3 > 0
    save_dataset(bumps, tmp_path / "bumps.parquet")
    found = mapped(run, open_dataset(tmp_path / "bumps.parquet"), kept=kept)
    expected = mapped(run, bumps.take(kept))
    assert found.n.sum() == np.count_nonzero(kept)
    for name in ("edges", "n", "strength", "shift"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_bins_with_few_galaxies_stay_empty(linear_run, bumps):
    z = np.append(bumps.z, np.full(MIN_GALAXIES - 1, 0.31))
    rows = np.minimum(np.arange(len(z)), N - 1)
    galaxies = make_dataset(bumps.flux[rows], z, name="With a tail", origin="simulated")
    found = mapped(linear_run(np.eye(N_SAMPLES)[LOOKED_AT]), galaxies)
    assert found.n[-1] == MIN_GALAXIES - 1
    assert np.isnan(found.strength[4:]).all()
    assert np.isfinite(found.strength[:4]).all()
    table = found.to_frame()
    assert len(table) == found.strength.size
    row = table[(table["z_low"] == 0.05) & (table["wavelength_nm"] == found.wavelength_nm[3])]
    assert row["shift"].item() == found.shift[2, 3]


def test_progress_is_told_and_an_exception_in_it_ends_the_work(linear_run, bumps):
    run = linear_run(np.eye(N_SAMPLES)[LOOKED_AT])
    seen = []
    mapped(run, bumps, progress=lambda *numbers: seen.append(numbers))
    assert seen == [(i + 1, len(SAMPLES)) for i in range(len(SAMPLES))]

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mapped(run, bumps, progress=stop)


def test_no_galaxies_are_refused(linear_run, bumps):
    with pytest.raises(DataError, match="at least one galaxy, received none"):
        mapped(linear_run(np.zeros(N_SAMPLES)), bumps.take(np.zeros(0, int)))


def test_a_network_with_densities_has_a_map(mixture_run, galaxies):
    found = mapped(mixture_run, galaxies.take(np.arange(60)))
    full = found.n >= MIN_GALAXIES
    assert full.any()
    assert (found.strength[full] > 0).all()
    assert (found.strength[full] >= np.abs(found.shift[full])).all()


@settings(max_examples=30)
@given(counts=st.lists(st.integers(0, 60), min_size=1, max_size=8), n=st.integers(0, 120))
def test_galaxies_are_chosen_so_that_bins_have_like_shares(counts, n):
    z = np.repeat(np.arange(len(counts)) + 0.5, counts)
    rows = choose(z, np.arange(len(counts) + 1.0), n)
    assert len(rows) == min(n, len(z))
    assert (np.diff(rows) > 0).all()
    chosen = np.bincount(z[rows].astype(int), minlength=len(counts))
    share = chosen.max(initial=0)
    # Who has fewer than the largest share, give or take one, has no more to give.
    assert all(took == has or took >= share - 1 for took, has in zip(chosen, counts, strict=True))


class TestFile:
    @pytest.fixture
    def run(self, linear_run, bumps):
        run = linear_run(np.eye(N_SAMPLES)[LOOKED_AT])
        mapped(run, bumps).save(run.wavelength_map_path)
        return run

    def test_a_map_comes_back_as_it_went(self, run, bumps):
        found, made = WavelengthMap.load(run), mapped(run, bumps)
        assert found.origin == made.origin == origin(run)
        for name in ("wavelength_nm", "edges", "n", "strength", "shift"):
            np.testing.assert_array_equal(getattr(found, name), getattr(made, name))

    def test_without_one_there_is_none(self, run):
        run.wavelength_map_path.unlink()
        assert WavelengthMap.load(run) is None

    def test_the_map_of_another_network_is_refused(self, run):
        run.onnx_path.write_bytes(run.onnx_path.read_bytes() + b"\x32\x01a")  # a remark
        with pytest.raises(RunError, match=r"another network than model\.onnx.*xpz explain --run"):
            WavelengthMap.load(run)

    def test_a_damaged_network_is_not_called_another_one(self, run):
        run.onnx_path.write_bytes(b"garbage")
        with pytest.raises(RunError, match=r"model\.onnx: expected a network in ONNX format"):
            WavelengthMap.load(run)

    @pytest.mark.parametrize(
        "change",
        [
            lambda arrays: arrays.pop("n"),
            lambda arrays: arrays.update(strength=np.ones((2, 3))),
            lambda arrays: arrays.update(n=np.array(3)),
            lambda arrays: arrays.update(header=np.array("{")),
            lambda arrays: arrays.update(header=np.array('{"galaxies": 7}')),
            lambda arrays: arrays.update(header=np.array([{}], object)),
            lambda arrays: arrays.update(more=np.ones(2)),
        ],
    )
    def test_a_damaged_file_is_one_sentence(self, run, change):
        path = run.wavelength_map_path
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        change(arrays)
        with path.open("wb") as file:
            np.savez(file, **arrays)
        with pytest.raises(RunError, match=r"map\.npz: expected a wavelength map.*xpz explain"):
            WavelengthMap.load(run)

    def test_a_file_cut_off_is_one_sentence(self, run, tmp_path):
        content = run.wavelength_map_path.read_bytes()
        run.wavelength_map_path.write_bytes(content[: len(content) // 2])
        with pytest.raises(RunError, match="received a damaged or different file"):
            WavelengthMap.load(run)

    def test_a_map_half_written_leaves_the_old_one(self, run, bumps, monkeypatch):
        before = run.wavelength_map_path.read_bytes()

        def breaks(file, **_):
            file.write(b"half")
            raise OSError("the disk is full")

        monkeypatch.setattr(np, "savez_compressed", breaks)
        with pytest.raises(OSError, match="the disk is full"):
            mapped(run, bumps).save(run.wavelength_map_path)
        assert run.wavelength_map_path.read_bytes() == before

    def test_a_run_may_be_copied_with_its_map(self, run, tmp_path_factory):
        copy = shutil.copytree(run.path, tmp_path_factory.mktemp("elsewhere") / "copy")
        assert WavelengthMap.load(Run(copy)).n.sum() == N
