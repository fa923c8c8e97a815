"""The Train screen: the form, what it says about a recipe, and the monitor."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from core import training
from core.atomic import write_json
from core.data.dataset import save_dataset
from core.errors import ConfigError, RunError
from core.jobs.beat import new_beat, write_beat
from core.jobs.devices import Device
from core.model.config import ConvLayer, NetworkConfig, Recipe, TrainingConfig
from core.model.presets import PRESETS
from core.model.setting_words import LABELS
from core.questions import question
from core.runs import list_runs
from core.training.fine_tuning import fine_tuning
from dashboard.screens.train import recipe_form
from dashboard.screens.train.basis import A_RUN, BASIS_KEY
from dashboard.shared import job_form, run_curves, run_monitor
from dashboard.shared.layer_editor import dense_units
from tests.support.apps import metric, texts, unmarked


def button(app, label):
    (found,) = [each for each in app.button if each.label == label]
    return found


@pytest.fixture
def app(open_screen, dataset):
    """The screen, with the dissertation's network in its form."""
    screen = open_screen("train")
    return screen.segmented_control(key=BASIS_KEY).set_value("dissertation").run()


def key(name, preset="dissertation"):
    return f"recipe.{preset}.0.{name}"


def edit(app, name, **edits):
    """Do in a table of layers what a browser reports."""
    none = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}
    app.session_state[key(name)] = none | edits
    app.run()


@pytest.mark.parametrize(
    ("units", "message"),
    [
        (None, "Dense layer 2: 'Units' is empty"),
        ("0", "Dense layer 2: 'Units': expected a whole number from 1 to 4,096, received 0"),
        ("1e15", "Dense layer 2: 'Units': expected a whole number from 1 to 4,096, received 1e.15"),
        ("2.7", "Dense layer 2: 'Units': expected a whole number from 1 to 4,096, received 2.7"),
        ("3,5", "Dense layer 2: 'Units': expected a whole number from 1 to 4,096, received '3,5'"),
        ("inf", "Dense layer 2: 'Units': expected a whole number from 1 to 4,096, received 'inf'"),
    ],
)
def test_dense_layers_that_cannot_be_are_named(units, message):
    table = pd.DataFrame({"units": pd.array(["8", units], dtype="string")})
    with pytest.raises(ConfigError, match=message):
        dense_units(table)


def test_dense_layers_are_read_first_to_last():
    table = pd.DataFrame({"units": pd.array(["8", " 1e3"], dtype="string")})
    assert dense_units(table) == (8, 1000)
    assert dense_units(table[:0]) == ()


def test_every_setting_has_a_label():
    for config in (ConvLayer, NetworkConfig, TrainingConfig, Recipe):
        for field in fields(config):
            assert field.name in ("network", "training") or LABELS[field.name]


def test_changes_names_exactly_what_differs():
    preset = PRESETS["compact"]
    changed = replace(
        preset,
        scaling="minmax",
        training=replace(preset.training, epochs=3, seed=9),
        network=replace(preset.network, conv_layers=(ConvLayer(1, 1),)),
    )
    assert recipe_form.changes(preset, preset) == []
    differing = recipe_form.changes(changed, preset)
    assert set(differing) == {"Scaling", "Epochs", "Seed", "Convolution layers"}


def test_the_dissertation_network_has_its_published_size(app):
    assert not app.exception
    assert not app.error
    assert metric(app, "Parameters") == "699,073"
    assert "unchanged" in texts(app.caption)
    assert not button(app, "Start training").disabled


def test_a_changed_setting_is_named_and_reset_takes_it_back(app):
    edit(app, "dense_units", edited_rows={0: {"units": "32"}}, deleted_rows=[1, 2, 3])
    assert "Differs from *dissertation* in: Dense layers." in texts(app.caption)
    # 699,073 with dense 256-256-128-64-1 on 576 inputs becomes one layer of 32 and the output.
    assert metric(app, "Parameters") == f"{699_073 - 254_721 + 577 * 32 + 33:,}"
    button(app, "Reset").click().run()
    assert metric(app, "Parameters") == "699,073"


def test_a_wrong_recipe_is_explained_and_cannot_be_started(app):
    app.text_input(key=key("learning_rate")).set_value("0").run()
    asked = "- Learning rate: expected a number above 0 and at most 1; received"
    assert texts(app.error) == f"{asked} 0."
    app.text_input(key=key("learning_rate")).set_value("50").run()
    assert texts(app.error).startswith(f"{asked} 50. Above 1 the weights run away")
    assert button(app, "Start training").disabled
    assert button(app, "Start training").disabled
    app.text_input(key=key("learning_rate")).set_value("").run()
    assert "the field is empty" in texts(app.error)
    assert button(app, "Start training").disabled
    app.text_input(key=key("learning_rate")).set_value("0.01").run()
    assert not app.error
    assert not button(app, "Start training").disabled
    app.text_input(key="split_test").set_value("99").run()
    assert button(app, "Start training").disabled
    app.text_input(key="split_seed").set_value("1e19").run()
    assert not app.exception
    assert "Split seed: expected a whole number from 0 to 2,147,483,647" in texts(app.error)
    button(app, "Reset").click().run()
    assert app.text_input(key="split_test").value == "10"
    assert not button(app, "Start training").disabled


def test_a_click_that_came_with_a_wrong_value_starts_nothing_later(app, folders):
    app.text_input(key=key("learning_rate")).set_value("-1.0")
    button(app, "Start training").click().run()
    assert "received -1" in texts(app.error)
    app.text_input(key=key("learning_rate")).set_value("0.01").run()
    assert not app.error
    assert not [*folders.glob("runs/*/config.json")]


def test_a_head_brings_its_own_losses_and_settings(app):
    assert app.selectbox(key=key("loss.point")).value == "huber"
    app.selectbox(key=key("weighting")).set_value("balanced").run()
    app.text_input(key=key("weight_cap")).set_value("4.0").run()
    differing = texts(app.caption)
    assert "Differs from *dissertation* in: Rare redshifts, Largest weight." in differing
    app.selectbox(key=key("head")).set_value("mixture").run()
    assert not app.error
    loss = app.selectbox(key=key("loss.mixture"))
    assert loss.value == "nll"
    assert set(loss.options) == {"Likelihood", "CRPS"}
    assert not [each for each in app.selectbox if each.label == LABELS["weighting"]]
    app.text_input(key=key("components")).set_value("3")
    app.text_input(key=key("noise_augmentation")).set_value("0.5").run()
    # 64 units and a bias for each of 3 x 3 outputs instead of 1.
    assert metric(app, "Parameters") == f"{699_073 + 8 * 65:,}"
    app.selectbox(key=key("head")).set_value("point").run()
    assert app.selectbox(key=key("weighting")).value == "balanced"


def test_layers_and_what_is_seldom_changed_stand_in_a_fold(app):
    (fold,) = [each for each in app.expander if each.label.startswith("Advanced")]
    inside = {each.label for each in (*fold.selectbox, *fold.text_input, *fold.slider)}
    assert {"Split seed", "Optimiser", "Schedule", "Dropout", "Padding"} <= inside
    assert not inside & {"Epochs", "Learning rate", "Batch size", "Loss", "Head", "Scaling"}
    assert fold.dataframe
    assert "convolutions 256, 256, 128, 64; dense 256, 256, 128, 64" in texts(app.caption)


def test_the_file_of_layers_has_bare_numbers(app, files):
    assert not app.run().exception
    header, first, *_ = files("dissertation-layers.csv").splitlines()
    assert header == "name,kind,output_shape,parameters"
    assert not set("×") & set(first)


def test_the_expected_time_is_measured_here_by_one_click_and_kept(app, folders, monkeypatch):
    def measure(job):
        assert job.config.recipe.training.batch_size == 16
        measured = {"start_seconds": 10.0, "seconds": 2.0, "n": job.config.n}
        write_json(job.measured_path, measured)
        job.update(state="done")
        return job

    monkeypatch.setattr(question, "submit", measure)
    button(app, "Measure it here").click().run()
    assert not app.exception
    # Of 20 epochs; the small data set is measured as a whole.
    assert metric(app, "Expected training time") == "≈ 50 s"
    assert "Expected training time: measured on this machine by a few steps" in texts(app.caption)
    assert not [each for each in app.button if each.label == "Measure it here"]
    # Other epochs and rates have the same pace; another batch has not.
    app.text_input(key=key("learning_rate")).set_value("0.01")
    app.text_input(key=key("epochs")).set_value("100").run()
    assert metric(app, "Expected training time") == "≈ 3 min 30 s"
    app.text_input(key=key("batch_size")).set_value("32").run()
    assert "measured" not in texts(app.caption)
    assert button(app, "Measure it here")
    leave_it(app)
    assert not [each for each in app.button if each.label == "Measure it here"]


def test_the_expected_time_is_told_unasked_by_what_trainings_here_took(open_screen, mixture_run):
    app = open_screen("train").segmented_control(key=BASIS_KEY).set_value("dissertation").run()
    assert not app.exception
    assert " to " in metric(app, "Expected training time")
    told = texts(app.caption)
    assert f"scaled from the epochs of {mixture_run.run_id} on this machine, A processor" in told
    assert button(app, "Measure it here")


@pytest.mark.usefixtures("dataset")
def test_without_a_trained_run_there_is_none_to_start_from(open_screen, waiting):
    app = open_screen("train")
    assert app.segmented_control(key=BASIS_KEY).options == list(PRESETS)


@pytest.fixture
def trained(finished):
    """The finished run, with what stands for its network in Keras."""
    finished.model_path.write_bytes(b"weights")
    return finished


def test_a_trained_run_can_be_started_from(open_screen, trained, other_dataset, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    app = open_screen("train", data="other")
    app.segmented_control(key=BASIS_KEY).set_value(A_RUN).run()
    assert not app.exception
    assert "Network of first-run" in texts(app.markdown)
    assert "fine-tuning of first-run" in texts(app.caption)
    assert not [each for each in app.selectbox if each.label in ("Head", "Scaling", "Activation")]
    app.text_input(key="recipe.first-run-tuned.0.epochs").set_value("7")
    app.text_input(key="recipe.first-run-tuned.0.early_stopping_patience").set_value("0").run()
    changed = "Epochs, Early stop [epochs]."
    assert f"Differs from *fine-tuning of first-run* in: {changed}" in texts(app.caption)
    button(app, "Start training").click().run()
    assert not app.exception
    (run,) = [each for each in list_runs(trained.root) if each != trained]
    assert run.run_id.startswith("first-run-tuned-other-")
    assert run.start == trained
    assert run.config.start.hash == trained.network_hash()
    tuned = fine_tuning(trained.config.recipe)
    training = replace(tuned.training, epochs=7, early_stopping_patience=None)
    assert run.config.recipe == replace(tuned, training=training)
    assert run.config.preset is None
    assert "from the network of first-run" in texts(app.markdown)
    trained.annotate(name="Deep field")
    assert "from the network of Deep field" in texts(app.run().markdown)
    assert ":gray-badge[fine-tuned]" in texts(app.markdown)


def test_a_start_that_has_gone_is_left_for_our_own_preset(open_screen, trained, dataset):
    app = open_screen("train")
    app.segmented_control(key=BASIS_KEY).set_value(A_RUN).run()
    trained.model_path.unlink()
    app.run()
    assert not app.exception
    assert app.segmented_control(key=BASIS_KEY).value == "compact"


def test_the_seed_ends_where_keras_takes_no_larger_one(app):
    app.text_input(key=key("seed")).set_value(str(2**32)).run()
    assert "expected a whole number from 0 to 4,294,967,295" in texts(app.error)
    assert button(app, "Start training").disabled


def test_a_batch_larger_than_the_training_part_cannot_be_started(app):
    app.text_input(key=key("batch_size")).set_value("999999").run()
    assert "expected at most the training part" in texts(app.error)
    assert button(app, "Start training").disabled
    app.text_input(key=key("batch_size")).set_value("1024").run()  # presets suit larger sets
    assert not app.error


def test_convolutions_that_leave_nothing_are_explained(app):
    edit(app, "conv_layers", edited_rows={1: {"pool_size": "100"}})
    assert "pool" in texts(app.error)
    assert button(app, "Start training").disabled


def test_an_empty_cell_is_named(app):
    row = {"filters": None, "kernel_size": "3", "strides": "1", "pool_size": "1"}
    edit(app, "conv_layers", added_rows=[row])
    assert "Convolution layer 5" in texts(app.error)
    assert "empty" in texts(app.error)


def test_a_warm_up_longer_than_the_training_is_told(app):
    app.text_input(key=key("epochs")).set_value("2")
    app.text_input(key=key("warmup_epochs")).set_value("3.0").run()
    assert not app.exception
    assert "The warm-up of 3 epochs is longer than the training (2 epochs)" in unmarked(
        texts(app.warning)
    )
    assert "it is cut short" in texts(app.markdown)
    assert not button(app, "Start training").disabled


def test_settings_outlive_a_change_of_page(app):
    app.text_input(key=key("epochs")).set_value("3")
    edit(app, "conv_layers", edited_rows={0: {"filters": "17"}})
    edit(app, "dense_units", edited_rows={0: {"units": "99"}})
    size = metric(app, "Parameters")
    app.switch_page("views/home.py").run()
    app.switch_page("views/train.py").run()
    assert app.text_input(key=key("epochs")).value == "3"
    assert metric(app, "Parameters") == size


def test_only_a_preset_as_it_is_gives_the_run_its_name(app, folders, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    preset = app.text_input(key="run_name").placeholder
    assert preset.startswith("dissertation-")
    app.text_input(key=key("epochs")).set_value("2").run()
    assert app.text_input(key="run_name").placeholder == preset.replace(
        "dissertation", "own-recipe"
    )
    button(app, "Start training").click().run()
    assert not app.exception
    (run,) = list_runs(folders / "runs")
    assert run.run_id.startswith(preset.replace("dissertation", "own-recipe"))


def test_start_submits_what_the_form_says_and_shows_the_run(app, folders, dataset, monkeypatch):
    started = []
    monkeypatch.setattr("core.jobs.queue.start_process", started.append)
    app.text_input(key=key("epochs")).set_value("2")
    app.text_input(key="split_seed").set_value("5")
    app.text_input(key="run_name").set_value("My Try")
    app.run()
    button(app, "Start training").click().run()
    assert not app.exception
    (run,) = list_runs(folders / "runs")
    assert len(started) == 1
    assert run.run_id.startswith("my-try-")
    assert run.title == "My Try"
    assert run.config.recipe == replace(
        PRESETS["dissertation"], training=replace(PRESETS["dissertation"].training, epochs=2)
    )
    assert run.config.preset is None
    assert run.config.split.seed == 5
    assert run.config.data.hash == dataset.card.hash
    assert app.selectbox(key="run").value == run.run_id


def test_the_next_run_has_no_name_and_one_that_is_taken_is_told(app, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    app.text_input(key="run_name").set_value("first try").run()
    assert "is called" not in texts(app.markdown)
    button(app, "Start training").click().run()
    app.session_state["train_view"] = "New training"
    app.run()
    assert app.text_input(key="run_name").value == ""
    app.text_input(key="run_name").set_value(" first  try").run()
    assert not app.exception
    assert "Another run is called 'first try' already." in texts(app.markdown)
    assert not button(app, "Start training").disabled


@pytest.fixture
def at_hand(folders):
    """A worker of the folder of runs, whose process is ours."""
    root = folders / "runs"
    (root / ".workers").mkdir(parents=True)
    beat = new_beat(device="NVIDIA H200 (gpu:0)", job="hunt")
    write_beat(root / ".workers" / "gpu.beat", replace(beat, host="gpu-host"))
    with FileLock(root / ".workers" / "gpu.lock"):
        yield


def leave_it(app):
    app.toggle(key="to_workers").set_value(True).run()
    assert not app.exception
    return app


def test_a_training_is_left_to_a_worker_and_waits_for_it(app, folders, monkeypatch):
    leave_it(app)
    assert "No worker is there yet" in texts(app.caption)
    assert app.selectbox(key="worker_device").options == ["What the worker has", "A worker's CPU"]
    button(app, "Start training").click().run()
    assert not app.exception
    (run,) = list_runs(folders / "runs")
    assert run.status().waits_for_worker
    assert (run.config.device, run.has_worker()) == ("auto", False)
    assert app.progress[0].text == "Waits for a worker"
    started = []
    monkeypatch.setattr("core.jobs.queue.start_process", started.append)
    button(app, "Start here").click().run()
    assert started == [run]
    assert not run.read_status().for_workers


def test_the_form_says_which_workers_there_are(app, at_hand):
    leave_it(app)
    captions = texts(app.caption)
    assert "**gpu-host**, NVIDIA H200 (gpu:0), works on hunt, there since 20" in captions
    assert "No worker" not in captions


def test_what_stopped_is_left_to_a_worker_where_there_is_one(open_screen, waiting, at_hand):
    waiting.write_status(replace(waiting.status(), state="cancelled"))
    app = open_screen("train", run=waiting.run_id)
    button(app, "Resume on a worker").click().run()
    assert not app.exception
    assert waiting.status().waits_for_worker
    button(app, "Cancel").click().run()
    assert waiting.status().state == "cancelled"


def test_what_a_worker_lost_says_who_had_it_and_can_be_called_off(open_screen, waiting):
    lost = {"state": "running", "for_workers": True, "host": "gpu-host", "device": "H200 (gpu:0)"}
    waiting.write_status(replace(waiting.read_status(), **lost))
    app = open_screen("train", run=waiting.run_id)
    assert "ended unexpectedly on gpu-host" in texts(app.error)
    assert "The next free worker does so by itself." in texts(app.error)
    assert "Was on H200 (gpu:0), gpu-host" in texts(app.caption)
    button(app, "Cancel").click().run()
    assert waiting.status().state == "cancelled"


def test_several_gpus_can_share_every_batch(open_screen, dataset, monkeypatch):
    gpus = [Device(f"gpu:{number}", "NVIDIA A100", "gpu") for number in range(2)]
    cpu = Device("cpu", "CPU", "cpu")
    monkeypatch.setattr(job_form, "list_devices", lambda: [*gpus, cpu])
    options = open_screen("train").selectbox(key="device").options
    assert options[-1] == "All 2 GPUs"
    monkeypatch.setattr(job_form, "list_devices", lambda: [gpus[0], cpu])
    options = open_screen("train").selectbox(key="device").options
    assert [each for each in options if "GPUs" in each] == []


def test_a_start_that_is_refused_is_explained_and_can_be_tried_again(
    open_screen, dataset, folders, monkeypatch
):
    def refuse(*_, **__):
        raise RunError("The disk is full.")

    app = open_screen("train")
    monkeypatch.setattr(training, "submit", refuse)
    button(app, "Start training").click().run()
    assert not app.exception
    assert texts(app.error) == "The disk is full."
    assert not button(app, "Start training").disabled
    app.run()
    assert not app.error


def test_a_start_is_called_off_by_a_change_of_page(open_screen, dataset, folders):
    app = open_screen("home")
    app.session_state["starting"] = True
    app.switch_page("views/train.py").run()
    assert not app.exception
    assert not list_runs(folders / "runs")


def test_the_live_view_outlives_a_change_of_page(open_screen, finished, waiting):
    app = open_screen("train", run=finished.run_id)
    app.switch_page("views/home.py")
    app.query_params.clear()
    app.run()
    app.switch_page("views/train.py").run()
    assert app.session_state["train_view"] == "Runs"
    assert app.selectbox(key="run").value == finished.run_id


def test_beside_the_test_error_stands_that_of_the_finished_run(open_screen, finished):
    app = open_screen("train", run=finished.run_id)
    assert metric(app, "Validation MAE") == "0.0200"  # in training: the summary is an older one
    write_json(finished.summary_path, {**finished.summary(), "validation_mae": 0.0123})
    app = open_screen("train", run=finished.run_id)
    assert metric(app, "Validation MAE") == "0.0123"


def test_it_says_that_a_reload_forgets_the_form(app):
    assert "A reload of the page forgets the form." in texts(app.caption)


def test_a_damaged_run_does_not_take_the_others_down(open_screen, finished, waiting):
    (waiting.path / "status.json").write_text("{half a line")
    app = open_screen("train", run=finished.run_id)
    assert not app.exception
    assert not app.error
    assert metric(app, "Test MAE")
    app.selectbox(key="run").set_value(waiting.run_id).run()
    assert not app.exception
    assert "status.json is damaged" in texts(app.error)
    app.selectbox(key="run").set_value(finished.run_id).run()
    assert not app.error


def test_the_timer_ends_though_the_shown_run_is_damaged(
    open_screen, finished, waiting, monkeypatch
):
    with waiting.worker_lock():
        app = open_screen("train", run=finished.run_id)
        (finished.path / "metrics.jsonl").write_text("{half a line\n")
        app.run()
        assert "metrics.jsonl is damaged" in texts(app.error)
        assert any("submitted" in each.value for each in app.dataframe)

    # The page sees the other one at work, its live part sees it end, the page is drawn anew.
    seen = [{waiting.run_id: replace(waiting.status(), state="queued")}, {}, {}]
    monkeypatch.setattr(run_monitor, "active", lambda runs: seen.pop(0))
    app.run()
    assert not seen
    assert "metrics.jsonl is damaged" in texts(app.error)


def test_a_running_training_shows_progress_and_can_be_cancelled(open_screen, waiting):
    records = [
        dict.fromkeys(pd.Index(["loss", "mae", "val_loss", "val_mae"]), 0.1 / n)
        | {"epoch": n, "learning_rate": 0.001, "seconds": 30.0, "cpu_seconds": 30.0}
        for n in (1, 2)
    ]
    waiting.write_metrics(records)
    with waiting.worker_lock():
        waiting.write_status(
            replace(
                waiting.status(),
                state="running",
                epoch=2,
                epochs=10,
                step=50,
                steps=100,
                seconds=75.0,
                epoch_seconds=30.0,
                device="A processor",
                host="gpu-host",
                started="2026-01-02T03:04:05.678+00:00",
            )
        )
        app = open_screen("train", run=waiting.run_id)
        assert not app.exception
        assert app.progress[0].value == 25
        assert app.progress[0].text == "Epoch 3 of 10, step 50 of 100, about 3 min 45 s left"
        where = "On A processor, gpu-host, since 2026-01-02 03:04 UTC"
        assert where in texts(app.caption)
        assert metric(app, "Validation MAE at that epoch") == "0.0500"
        assert len(app.get("vega_lite_chart")) == 4
        button(app, "Cancel").click().run()
        assert waiting.cancel_path.exists()
        assert app.progress[0].text == "Stopping after the current batch"
        assert button(app, "Cancel").disabled


def test_a_second_run_is_laid_over_unless_its_loss_is_another(
    open_screen, finished, mixture_run, monkeypatch
):
    saved = []
    monkeypatch.setattr(run_curves, "download_table", lambda _, table, name: saved.append(table))
    app = open_screen("train", run=finished.run_id)
    choice = app.selectbox(key="curves_beside")
    assert choice.value is None
    assert choice.options == [mixture_run.run_id]
    choice.set_value(mixture_run.run_id).run()
    assert not app.exception
    assert "Dashed: **mixture-run**. It was trained with another loss" in texts(app.caption)
    dashed = ["mixture-run" in each.proto.spec for each in app.get("vega_lite_chart")]
    assert dashed == [False, True, True, True]
    # The file holds what is drawn, but for the smoothing.
    assert "The CSV file has the curves without it." in app.select_slider[0].help
    assert saved[-1]["run"].unique().tolist() == [finished.run_id, mixture_run.run_id]
    app.toggle(key="curves_whole").set_value(True).run()
    assert not app.exception
    # The other one cannot lie over itself.
    app.selectbox(key="run").set_value(mixture_run.run_id).run()
    assert not app.exception
    assert app.selectbox(key="curves_beside").value is None


def test_other_runs_at_work_are_listed(open_screen, waiting, finished):
    with waiting.worker_lock():
        app = open_screen("train", run=finished.run_id)
        (queue,) = [each.value for each in app.dataframe if "submitted" in each.value]
    assert queue["run"].tolist() == [waiting.run_id]
    assert queue["state"].tolist() == ["queued"]


def test_a_shipped_run_cannot_be_changed(open_screen, waiting, folders):
    shipped = folders / "shipped" / "runs"
    shipped.mkdir(parents=True)
    waiting.path.rename(shipped / waiting.run_id)
    app = open_screen("train", run=waiting.run_id)
    assert "ended unexpectedly" in texts(app.error)
    assert not [each for each in app.button if each.label in ("Cancel", "Resume")]


def test_a_lost_training_says_so_and_can_be_resumed(open_screen, waiting):
    app = open_screen("train", run=waiting.run_id)
    assert "ended unexpectedly" in texts(app.error)
    assert button(app, "Resume")
    waiting.end("failed", "The loss became nan in epoch 1.", for_good=True)
    app.run()
    assert "The loss became nan" in texts(app.error)
    assert not [each for each in app.button if each.label == "Resume"]


def test_a_finished_run_leads_to_its_evaluation(open_screen, finished):
    app = open_screen("train", run=finished.run_id)
    assert not app.exception
    assert metric(app, "Lowest validation loss") == "0.0100"
    assert [link.value for link in app.page_link] == ["Evaluate"]
    assert [each.label for each in app.get("download_button")] == ["Curves (CSV)"]
    assert not [each for each in app.button if each.label in ("Cancel", "Resume")]


@pytest.mark.parametrize("run_id", ["../../etc/passwd", "no-such-run", "<b>x</b>", "a" * 5000])
def test_an_address_with_a_foreign_run_falls_back_with_a_notice(open_screen, finished, run_id):
    app = open_screen("train", run=run_id)
    assert not app.exception
    assert "another one is shown" in texts(app.warning)
    assert app.selectbox(key="run").value == finished.run_id


def test_without_data_and_runs_the_screen_says_what_to_do(open_screen):
    app = open_screen("train")
    assert not app.exception
    assert "There is no data set to train on yet" in texts(app.info)
    assert [each.label for each in app.get("page_link")] == ["Add data"]
    app.session_state["train_view"] = "Runs"
    app.run()
    assert "There is no run yet" in texts(app.info)


def test_labels_that_are_all_equal_cannot_be_started(open_screen, folders, dataset):
    equal = replace(dataset, z=np.full(len(dataset), 0.1))
    save_dataset(equal, folders / "data" / "equal.parquet")
    app = open_screen("train", data="equal")
    assert not app.exception
    assert "a network cannot learn a constant" in texts(app.error)
    assert button(app, "Start training").disabled


def test_a_validation_part_too_small_to_calibrate_is_told_before_and_after(
    open_screen, folders, dataset, finished
):
    save_dataset(dataset.take(np.arange(80)), folders / "data" / "few.parquet")
    app = open_screen("train", data="few")
    assert "will end without a calibration" in texts(app.warning)
    assert not button(app, "Start training").disabled
    assert not open_screen("train", data="small").warning

    finished.calibration_path.unlink(missing_ok=True)
    assert "cannot be calibrated" not in texts(open_screen("train", run=finished.run_id).info)
    finished.write_summary(finished.summary() | {"n_validation": 20})
    for screen, section in {"train": "", "evaluate": "Intervals"}.items():
        app = open_screen(screen, run=finished.run_id, show=section)
        shown = texts(app.info)
        assert not app.code or "xpz calibrate" not in texts(app.code)
        assert "cannot be calibrated: expected at least 39 galaxies in the validation part" in shown


def test_what_works_with_a_data_set_keeps_it(open_screen, waiting):
    with waiting.worker_lock():
        waiting.write_status(replace(waiting.status(), state="running"))
        app = open_screen("data")
        assert not app.exception
        assert app.button(key="delete_dataset").disabled
    assert not app.run().button(key="delete_dataset").disabled


def test_train_and_tune_share_the_split_and_keep_it(app):
    app.text_input(key="split_test").set_value("12").run()
    for screen in ("tune", "train", "tune"):
        app.switch_page(f"views/{screen}.py").run()
        keys = ("split_test", "split_validation", "split_seed")
        assert [app.text_input(key=key).value for key in keys] == ["12", "30", "0"]


def test_the_preset_for_data_of_this_size_is_a_click_away(open_screen, dataset):
    screen = open_screen("train")
    assert screen.segmented_control(key=BASIS_KEY).value == "compact"
    assert "**compact-few** is made for data sets of this size" in texts(screen.caption)
    screen.button(key="use_suited").click().run()
    assert screen.segmented_control(key=BASIS_KEY).value == "compact-few"
    assert "is made for" not in texts(screen.caption)
    screen.segmented_control(key=BASIS_KEY).set_value("dissertation").run()
    assert "is made for" not in texts(screen.caption)
