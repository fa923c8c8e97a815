"""Fine-tuning: a run that starts from the network of another one."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from core.data.dataset import load_dataset, save_dataset
from core.data.split import SplitConfig, split_by_source
from core.errors import ConfigError, RunError
from core.model.network import build_network
from core.model.presets import PRESETS
from core.prediction.seen import write_seen
from core.runs import Run, Start, list_runs, open_run
from core.spectra import N_SAMPLES
from core.training import queue
from core.training.fine_tuning import fine_tuning, read_start
from core.training.worker import work


@pytest.fixture(autouse=True)
def same_environment(monkeypatch):
    """Keep the choice of a device from the other tests of this process."""
    monkeypatch.setattr(os, "environ", dict(os.environ))


@pytest.fixture
def no_process(monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)


@pytest.fixture
def start(make_run):
    """Return a run that counts as complete; its network is a few bytes."""
    run = make_run("start")
    run.model_path.write_bytes(b"weights")
    run.scaler_path.write_bytes(b"scaling")
    run.write_summary({"best_epoch": 1})
    run.write_status(replace(run.status(), state="done"))
    return run


@pytest.mark.parametrize("head", ["point", "mixture"])
@pytest.mark.parametrize("name", PRESETS)
def test_only_the_course_of_the_training_changes(name, head):
    recipe = PRESETS[name].with_settings({"head": head})
    tuned = fine_tuning(recipe)
    assert (tuned.network, tuned.scaling) == (recipe.network, recipe.scaling)
    for kept in ("loss", "huber_delta", "weighting", "weight_cap", "seed"):
        assert getattr(tuned.training, kept) == getattr(recipe.training, kept)
    assert tuned.training.learning_rate < recipe.training.learning_rate
    assert tuned.training.weight_decay == 0
    assert tuned.training.restore_best_weights


@pytest.mark.usefixtures("no_process")
def test_a_run_knows_its_start_wherever_the_runs_lie(start, toy_file, tmp_path):
    run = queue.submit(tmp_path / "runs", start.config.recipe, toy_file, start=start)
    assert run.config.start.run_id == "start"
    assert run.config.start.hash == start.network_hash()
    assert run.config.start.path == "../start"
    assert run.start == start
    moved = (tmp_path / "runs").rename(tmp_path / "elsewhere")
    again = open_run(moved, run.run_id)
    assert again.start == Run(moved / "start")
    far = queue.submit(tmp_path / "others", start.config.recipe, toy_file, start=again.start)
    assert far.config.start.path == "../../elsewhere/start"


@pytest.mark.usefixtures("no_process")
def test_a_start_that_does_not_fit_is_refused_before_a_run_is_made(start, toy_file, tmp_path):
    recipe = start.config.recipe
    wider = replace(recipe, network=replace(recipe.network, dense_units=(17,)))
    for other, what in ((wider, "network"), (replace(recipe, scaling="robust"), "scaling")):
        with pytest.raises(ConfigError, match=f"Expected the {what} of 'start', .* another {what}"):
            queue.submit(tmp_path / "new", other, toy_file, start=start)
    with pytest.raises(ConfigError, match=r"Expected the split of 'start', .*\(seed 0\)"):
        queue.submit(tmp_path / "new", recipe, toy_file, start=start, split=SplitConfig(seed=1))
    start.summary_path.unlink()
    start.write_status(replace(start.status(), state="cancelled"))
    with pytest.raises(RunError, match="'start' is not complete, its state is 'cancelled'"):
        queue.submit(tmp_path / "new", recipe, toy_file, start=start)
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("no_process")
def test_galaxies_that_the_start_has_seen_are_none_to_be_judged_on(start, toy_file, tmp_path):
    """Also where they stand in another data set than the start's."""
    dataset = load_dataset(toy_file)
    source_id = 10**12 + np.arange(len(dataset))
    write_seen(start, source_id, split_by_source(source_id, start.config.split))
    recipe = start.config.recipe
    part = tmp_path / "part.parquet"
    half = replace(dataset, source_id=source_id).take(np.arange(0, len(dataset), 2))
    save_dataset(half, part)
    with pytest.raises(ConfigError, match=r"'start' was trained with \d+ of the \d+ galaxies"):
        queue.submit(tmp_path / "new", recipe, part, start=start, split=SplitConfig(seed=1))
    assert not (tmp_path / "new").exists()
    assert queue.submit(tmp_path / "new", recipe, part, start=start).config.start is not None


@pytest.mark.parametrize("name", ["model.keras", "scaler.npz"])
@pytest.mark.usefixtures("no_process")
def test_a_start_without_its_files_is_refused(start, toy_file, tmp_path, name):
    (start.path / name).unlink()
    with pytest.raises(RunError, match=f"'start' has no {name} in "):
        queue.submit(tmp_path / "new", start.config.recipe, toy_file, start=start)
    assert not list_runs(tmp_path / "new")


@pytest.fixture
def tuned(make_run, trained):
    """Return what makes a run that starts from the trained one, or from a copy of it."""

    def make(run_id="tuned", start=trained, **training):
        reference = Start("start", str(start.path), start.network_hash())
        return make_run(run_id, start=reference, **training)

    return make


def weights_of(run):
    recipe = run.config.recipe
    network = build_network(recipe.network, recipe.scaling)
    network.load_weights(run.model_path)
    return network.get_weights()


def test_a_fine_tuned_run_starts_from_exactly_these_weights(tuned, trained):
    """With steps of next to nothing, it ends where its start ended."""
    run = tuned(epochs=1, batch_size=64, learning_rate=1e-30)
    assert work(run) == "done", run.status().message
    for ours, theirs in zip(weights_of(run), weights_of(trained), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert run.scaler_path.read_bytes() == trained.scaler_path.read_bytes()
    assert_frame_equal(run.predictions(), trained.predictions(), check_exact=True)


@pytest.mark.parametrize("name", ["model.keras", "scaler.npz"])
def test_a_start_that_changed_or_went_is_told_by_name(tuned, trained, tmp_path, name):
    copy = Run(shutil.copytree(trained.path, tmp_path / "runs" / "start"))
    run = tuned(start=copy)
    content = (copy.path / name).read_bytes()
    (copy.path / name).write_bytes(content + b"x")
    assert work(run) == "failed"
    assert "The network of 'Toy', which the training starts from, has changed" in (
        run.status().message
    )
    (copy.path / name).unlink()
    assert work(run) == "failed"
    assert f"Run 'Toy' has no {name} in" in run.status().message
    assert not run.checkpoint_path.exists()


def test_after_its_first_epoch_a_run_needs_its_start_no_more(tuned, trained, tmp_path):
    copy = Run(shutil.copytree(trained.path, tmp_path / "runs" / "start"))
    run = tuned(start=copy)
    weights, scaler = read_start(run)
    shutil.rmtree(copy.path)
    with pytest.raises(RunError, match="starts from is missing"):
        read_start(run)
    run.checkpoint_path.touch()
    again, same_scaler = read_start(run)
    for ours, theirs in zip(again, weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    flux = np.ones((2, N_SAMPLES))
    np.testing.assert_array_equal(same_scaler.transform(flux), scaler.transform(flux))


def test_a_damaged_network_to_start_from_is_told(tuned, trained, tmp_path):
    copy = Run(shutil.copytree(trained.path, tmp_path / "runs" / "start"))
    copy.model_path.write_bytes(b"no archive")
    run = tuned(start=copy)
    assert work(run) == "failed"
    assert "The network of 'Toy', which the training starts from, cannot be read" in (
        run.status().message
    )
