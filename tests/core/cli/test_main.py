import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import load_dataset, save_dataset
from core.data.split import SplitConfig, split_by_source
from core.evaluation.metrics import HEADLINE
from core.model.config import ConvLayer
from core.model.presets import PRESETS
from core.runs import list_runs, open_run
from core.spectra import N_SAMPLES
from core.training.fine_tuning import fine_tuning

ROOT = Path(__file__).parents[3]
SHIPPED_DATA = ROOT / "data" / "simulated-20k.parquet"
SHIPPED_RUN = ROOT / "assets" / "runs" / "compact-20k"


def test_the_dissertations_network_is_shown_layer_by_layer(xpz):
    shown = json.loads(xpz("model", "show", "--preset", "dissertation", "--json").stdout)
    assert shown["parameters"] == 699_073
    assert sum(layer["parameters"] for layer in shown["layers"]) == 699_073
    table = xpz("model", "show", "--preset", "dissertation").stdout
    assert table.split()[-1] == "699,073"
    options = dict([*line.split(), ""][:2] for line in table.splitlines() if line[:2] == "--")
    assert (options["--epochs"], options["--early-stopping-patience"]) == ("20", "0")
    assert (options["--learning-rate"], options["--loss"]) == ("0.001", "huber")
    assert options["--restore-best-weights"] == ""  # a flag, as xpz train takes it


def test_simulated_spectra_land_in_a_data_set_that_says_so(xpz, tmp_path):
    out = tmp_path / "sim.parquet"
    result = xpz("simulate", "--n", 50, "--seed", 4, "--out", out)
    assert result.exit_code == 0, result.output
    dataset = load_dataset(out)
    assert dataset.flux.shape == (50, N_SAMPLES)
    assert dataset.card.origin == "simulated"
    assert dataset.card.config_hash in result.stdout


def test_a_run_is_judged_on_its_own_test_part(xpz):
    result = json.loads(xpz("evaluate", "--run", SHIPPED_RUN, "--json").stdout)
    table = open_run(SHIPPED_RUN.parent, SHIPPED_RUN.name).predictions()
    assert result["n"] == len(table) == sum(row["n"] for row in result["bins"])
    assert result["mae"] == pytest.approx(np.abs(table["z_pred"] - table["z_spec"]).mean())
    assert set(result["intervals"]) == set(HEADLINE)


def test_galaxies_that_a_run_was_trained_with_are_left_out_and_counted(xpz, tmp_path):
    dataset = load_dataset(SHIPPED_DATA)
    split = split_by_source(dataset.source_id, SplitConfig())
    mixed = tmp_path / "mixed.parquet"
    save_dataset(dataset.take(np.concatenate([split.train[:30], split.test[:70]])), mixed)
    result = xpz("evaluate", "--run", SHIPPED_RUN, "--data", mixed, "--json")
    assert json.loads(result.stdout)["n"] == 70
    assert "Left out: 30 of 100 galaxies" in result.stderr


def test_a_data_set_of_training_galaxies_alone_is_refused(xpz, tmp_path):
    dataset = load_dataset(SHIPPED_DATA)
    split = split_by_source(dataset.source_id, SplitConfig())
    seen = tmp_path / "seen.parquet"
    save_dataset(dataset.take(split.train[:30]), seen)
    result = xpz("evaluate", "--run", SHIPPED_RUN, "--data", seen)
    assert result.exit_code == 1
    assert "all galaxies were used to train or calibrate compact-20k" in result.stderr


def test_a_table_of_numbers_is_printed_for_people(xpz):
    lines = xpz("evaluate", "--run", SHIPPED_RUN).stdout.splitlines()
    assert lines[0].startswith("compact-20k: ")
    assert lines[1].split()[0] == "MAE"
    table = open_run(SHIPPED_RUN.parent, SHIPPED_RUN.name).predictions()
    first = table[table["z_spec"] < 0.05]
    row = next(line for line in lines if line.startswith("0.00 - 0.05")).split()[3:]
    error = first["z_pred"] - first["z_spec"]
    assert row == [
        f"{len(first)}",
        f"{100 * len(first) / len(table):.2f}",
        f"{error.mean():.4f}",
        f"{error.std(ddof=0):.4f}",
        f"{error.abs().mean():.4f}",
    ]


def test_training_waits_shows_itself_and_is_listed(xpz, tmp_path):
    small = tmp_path / "small.parquet"
    save_dataset(load_dataset(SHIPPED_DATA).take(np.arange(300)), small)
    runs_dir = tmp_path / "runs"
    result = xpz(
        *("train", "--data", small, "--preset", "compact", "--epochs", 1, "--batch-size", 64),
        *("--seed", 3, "--runs-dir", runs_dir, "--device", "cpu", "--wait"),
    )
    assert result.exit_code == 0, result.output
    said = "The warm-up of 2 epochs is longer than the training (1 epoch): "
    assert result.stderr.count(said) == 1
    run_id = result.stdout.strip()
    run = open_run(runs_dir, run_id)
    assert run.config.recipe.training.seed == 3
    assert run.summary()["epochs_run"] == 1
    assert f"{run_id} " in xpz("runs", "--runs-dir", runs_dir).stdout
    again = xpz("resume", "--run", run.path)
    assert again.exit_code == 1
    assert "only a run that is cancelled or failed or lost can be resumed" in again.stderr
    stop = xpz("cancel", "--run", run.path)
    assert "there is nothing to cancel" in stop.stderr


def submitted(monkeypatch, xpz, tmp_path, *words):
    """Return the run that `xpz train` makes, without its process."""
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    result = xpz("train", "--data", SHIPPED_DATA, "--runs-dir", tmp_path, *words)
    assert result.exit_code == 0, result.output
    return open_run(tmp_path, result.stdout.strip())


def test_every_preset_takes_every_head(xpz, tmp_path, monkeypatch):
    run = submitted(
        *(monkeypatch, xpz, tmp_path, "--preset", "dissertation", "--head", "mixture"),
        *("--components", 3, "--noise-augmentation", 0.25, "--scaling", "shape_noise"),
        *("--dense-units", "64,8"),
    )
    recipe = run.config.recipe
    assert (recipe.network.head, recipe.network.components) == ("mixture", 3)
    assert recipe.training.loss == "nll"
    assert recipe.training.noise_augmentation == 0.25
    assert recipe.scaling == "shape_noise"
    preset = PRESETS["dissertation"]
    assert recipe.network.conv_layers == preset.network.conv_layers
    assert recipe.network.dense_units == (64, 8)
    assert recipe.training.batch_size == preset.training.batch_size
    point = submitted(
        *(monkeypatch, xpz, tmp_path, "--head", "point", "--learning-rate", 0.01),
        *("--weighting", "balanced", "--weight-cap", 5),
        *("--conv-layers", '[{"filters": 4, "kernel_size": 3, "pool_size": 2}]'),
    )
    assert point.config.recipe.network.conv_layers == (ConvLayer(4, 3, pool_size=2),)
    assert point.config.preset is None
    training = point.config.recipe.training
    assert training.loss == "huber"
    assert (training.weighting, training.weight_cap) == ("balanced", 5.0)
    assert training.learning_rate == 0.01


def test_settings_without_effect_are_named(xpz, tmp_path, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    result = xpz(
        *("train", "--data", SHIPPED_DATA, "--runs-dir", tmp_path, "--huber-delta", 2),
        *("--padding", "same", "--dropout", 0.1),
    )
    assert result.exit_code == 0, result.output
    assert [line for line in result.stderr.splitlines() if "has no effect" in line] == [
        "--huber-delta has no effect: it counts only if --loss is huber; here it is nll.",
        "--padding has no effect: it counts only with convolution layers, of which there are none.",
    ]


def test_every_setting_of_the_recipe_can_be_asked_for(xpz, tmp_path, monkeypatch):
    tuned = submitted(
        *(monkeypatch, xpz, tmp_path, "--from", SHIPPED_RUN, "--early-stopping-patience", 0),
        *("--no-restore-best-weights", "--schedule", "constant", "--noise-augmentation", 0),
    )
    training = tuned.config.recipe.training
    assert training.early_stopping_patience is None
    assert not training.restore_best_weights
    assert (training.schedule, training.noise_augmentation) == ("constant", 0.0)


def test_fine_tuning_goes_on_from_a_run(xpz, tmp_path, monkeypatch):
    run = submitted(monkeypatch, xpz, tmp_path, "--from", SHIPPED_RUN, "--epochs", 7)
    start = open_run(SHIPPED_RUN.parent, SHIPPED_RUN.name)
    tuned = fine_tuning(start.config.recipe)
    assert run.config.recipe == replace(tuned, training=replace(tuned.training, epochs=7))
    assert run.config.name == "compact-20k-tuned"
    assert run.config.start.hash == start.network_hash()
    assert run.start == start


def test_a_network_starts_from_a_preset_or_from_a_run(xpz, tmp_path):
    result = xpz(
        *("train", "--data", SHIPPED_DATA, "--runs-dir", tmp_path),
        *("--from", SHIPPED_RUN, "--preset", "compact"),
    )
    assert result.exit_code == 2
    assert "Give --preset or --from" in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_damaged_run_does_not_hide_the_others(xpz, tmp_path):
    shutil.copytree(SHIPPED_RUN, tmp_path / "good")
    shutil.copytree(SHIPPED_RUN, tmp_path / "bad")
    (tmp_path / "bad" / "status.json").write_text("{")
    lines = xpz("runs", "--runs-dir", tmp_path).stdout.splitlines()
    states = {line.split()[0]: line.split()[1] for line in lines}
    assert (states["good"], states["bad"]) == ("done", "damaged:")
    assert {run.run_id for run in list_runs(SHIPPED_RUN.parent)} <= set(states)


def test_a_run_is_found_from_within_its_own_folder(xpz, monkeypatch):
    monkeypatch.chdir(SHIPPED_RUN)
    assert json.loads(xpz("evaluate", "--run", ".", "--json").stdout)["n"] > 0


def test_a_folder_that_cannot_be_made_is_named(xpz, tmp_path):
    (tmp_path / "file").write_text("")
    result = xpz("simulate", "--n", 5, "--out", tmp_path / "file" / "sim.parquet")
    assert result.exit_code == 1
    assert f"{tmp_path / 'file'}" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--dense-units", "8,x"), "expected the units of each layer, as 512,256,128; received"),
        (("--conv-layers", "[{"), "which is no JSON"),
        (("--conv-layers", "3"), "expected a list as"),
        (("--conv-layers", '[{"kernel": 3}]'), "kernel_size"),
        (("--conv", "3"), "--conv-layers"),
    ],
)
def test_layers_that_are_none_are_answered_with_their_form(xpz, words, message):
    result = xpz("train", "--data", SHIPPED_DATA, *words)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("model", "show", "--preset", "dissertatoin"), "Unknown preset 'dissertatoin'"),
        (("evaluate", "--run", "runs/none"), "There is no run 'none'"),
        (("evaluate", "--run", "runs/No Such"), "There is no run 'No Such' in"),
        (("train", "--data", "missing.parquet"), "there is no such file"),
        (
            ("train", "--data", SHIPPED_DATA, "--epochs", 0),
            "--epochs: expected a whole number from 1 to",
        ),
        (("train", "--data", SHIPPED_DATA, "--device", "tpu"), "Device: expected one of auto"),
        (
            ("train", "--data", SHIPPED_DATA, "--dense-units", "0"),
            "--dense-units: expected a whole",
        ),
        (("train", "--data", SHIPPED_DATA, "--loss", "crps", "--head", "point"), "point head"),
        (
            ("train", "--data", SHIPPED_DATA, "--from", SHIPPED_RUN, "--scaling", "robust"),
            "Expected the scaling of 'compact-20k'",
        ),
        (("train", "--data", SHIPPED_DATA, "--from", "runs/none"), "There is no run 'none'"),
        (("simulate", "--n", 5, "--out", "out.csv"), "must end in '.parquet'"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(xpz, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    result = xpz(*words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not list(tmp_path.rglob("*.parquet"))
    assert not list(tmp_path.rglob("config.json"))


@pytest.mark.parametrize("words", [("predict",), ("evaluate",)])
def test_an_option_that_is_missing_is_told_with_what_it_means(xpz, words):
    result = xpz(*words)
    assert result.exit_code == 2
    assert "Missing option '--run'. Id or given name of a run, as xpz runs lists" in result.stderr


def test_a_request_to_stop_is_confirmed(xpz, monkeypatch):
    asked = []
    monkeypatch.setattr("core.jobs.stop", lambda job, state="cancelled": asked.append(state))
    said = xpz("cancel", "--run", SHIPPED_RUN).stdout
    assert said == "compact-20k: asked to stop; it keeps its last epoch and can be resumed\n"
    assert asked == ["cancelled"]


def test_labels_that_are_all_equal_are_refused_and_few_galaxies_told(xpz, tmp_path, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    few = load_dataset(SHIPPED_DATA).take(np.arange(60))
    equal, small = tmp_path / "equal.parquet", tmp_path / "few.parquet"
    save_dataset(replace(few, z=np.full(60, 0.1)), equal)
    save_dataset(few, small)
    refused = xpz("train", "--data", equal, "--runs-dir", tmp_path / "runs")
    assert refused.exit_code == 1
    assert "a network cannot learn a constant" in refused.stderr
    assert not (tmp_path / "runs").exists()
    told = xpz("train", "--data", small, "--runs-dir", tmp_path / "runs")
    assert told.exit_code == 0
    assert "will end without a calibration" in told.stderr
    assert told.stdout.strip() == list_runs(tmp_path / "runs")[0].run_id
