import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import load_dataset, save_dataset
from core.data.split import SplitConfig, split_by_source
from core.evaluation.metrics import HEADLINE
from core.runs import open_run
from core.spectra import N_SAMPLES

ROOT = Path(__file__).parents[3]
SHIPPED_DATA = ROOT / "data" / "simulated-20k.parquet"
SHIPPED_RUN = ROOT / "assets" / "runs" / "compact-20k"


def test_the_dissertations_network_is_shown_layer_by_layer(xpz):
    shown = json.loads(xpz("model", "show", "--preset", "dissertation", "--json").stdout)
    assert shown["parameters"] == 699_073
    assert sum(layer["parameters"] for layer in shown["layers"]) == 699_073
    table = xpz("model", "show", "--preset", "dissertation").stdout
    assert table.split()[-1] == "699,073"


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
    assert "every galaxy was used to train compact-20k" in result.stderr


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
    run_id = result.stdout.strip()
    run = open_run(runs_dir, run_id)
    assert run.config.recipe.training.seed == 3
    assert run.summary()["epochs_run"] == 1
    assert f"{run_id} " in xpz("runs", "--runs-dir", runs_dir).stdout
    again = xpz("resume", "--run", run.path)
    assert again.exit_code == 1
    assert "only a run that is cancelled, failed, lost can be resumed" in again.stderr
    stop = xpz("cancel", "--run", run.path)
    assert "there is nothing to cancel" in stop.stderr


def test_a_damaged_run_does_not_hide_the_others(xpz, tmp_path):
    shutil.copytree(SHIPPED_RUN, tmp_path / "good")
    shutil.copytree(SHIPPED_RUN, tmp_path / "bad")
    (tmp_path / "bad" / "status.json").write_text("{")
    lines = xpz("runs", "--runs-dir", tmp_path).stdout.splitlines()
    assert {line.split()[0]: line.split()[1] for line in lines} == {
        "good": "done",
        "bad": "damaged:",
    }


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
        (("model", "show", "--preset", "dissertatoin"), "Unknown preset 'dissertatoin'"),
        (("evaluate", "--run", "runs/none"), "There is no run 'none'"),
        (("evaluate", "--run", "runs/No Such"), "Expected a run id of lower-case letters"),
        (("train", "--data", "missing.parquet"), "there is no such file"),
        (("train", "--data", SHIPPED_DATA, "--epochs", 0), "epochs: expected at least 1"),
        (("train", "--data", SHIPPED_DATA, "--device", "tpu"), "Device: expected one of auto"),
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
