"""Fine-tuning: a run that starts from the network of another one."""

from dataclasses import replace

import pytest

from core.data.split import SplitConfig
from core.errors import ConfigError, RunError
from core.model.presets import PRESETS, with_head
from core.runs import Run, list_runs, open_run
from core.training import queue
from core.training.fine_tuning import fine_tuning


@pytest.fixture
def no_process(monkeypatch):
    monkeypatch.setattr(queue, "_start", lambda run: None)


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
    recipe = with_head(PRESETS[name], head)
    tuned = fine_tuning(recipe)
    assert (tuned.network, tuned.scaling) == (recipe.network, recipe.scaling)
    for kept in ("loss", "huber_delta", "noise_augmentation", "weighting", "seed"):
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


@pytest.mark.parametrize("name", ["model.keras", "scaler.npz"])
@pytest.mark.usefixtures("no_process")
def test_a_start_without_its_files_is_refused(start, toy_file, tmp_path, name):
    (start.path / name).unlink()
    with pytest.raises(RunError, match=f"'start' has no {name} in "):
        queue.submit(tmp_path / "new", start.config.recipe, toy_file, start=start)
    assert not list_runs(tmp_path / "new")
