"""What `--json` prints: one value, with the fields that docs/command-line.md names."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from core.cli.shared import echo_json
from core.data.card import DatasetCard
from core.data.dataset import load_dataset, save_dataset
from core.runs import SHIPPED_RUNS
from tests.support.commands import DOCUMENTED, check_documented, registered

ROOT = Path(__file__).parents[3]
RUN, POINTS = SHIPPED_RUNS / "compact-20k", SHIPPED_RUNS / "dissertation-20k"
SAMPLE = ROOT / "data" / "samples" / "simulated-galaxies.csv"
A_RUN, A_SEARCH = DOCUMENTED["xpz train"], DOCUMENTED["xpz tune"]


def test_every_command_with_json_is_documented_and_no_other():
    having = {
        name
        for name, command in registered()
        if any("--json" in option.opts for option in command.params)
    }
    assert having == {name.partition(" --")[0] for name in DOCUMENTED}


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A folder with a run of one's own, a small data set and no processes."""
    shutil.copytree(RUN, tmp_path / "runs" / "mine")
    shutil.copytree(RUN, tmp_path / "runs" / "old")
    save_dataset(load_dataset(ROOT / "data" / "simulated-20k.parquet").take(range(300)),
                 tmp_path / "small.parquet")  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    return tmp_path


def told(xpz, *words):
    """Return what a command prints as JSON."""
    result = xpz(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_runs_are_described_as_documented(xpz, house):
    run = told(xpz, "runs", "note", "--run", "mine", "--name", "Best", "--tags", "a,b")
    assert list(run) == A_RUN
    assert (run["run_id"], run["name"], run["tags"]) == ("mine", "Best", ["a", "b"])
    assert run["mae"] == pytest.approx(0.0208, abs=1e-4)
    listed = told(xpz, "runs")
    assert all(list(each) == A_RUN for each in listed)
    assert listed[[each["run_id"] for each in listed].index("mine")] == run
    xpz("runs", "delete", "--run", "old")
    (deleted,) = told(xpz, "runs", "trash")
    assert list(deleted) == DOCUMENTED["xpz runs trash"]
    (house / "runs" / "mine" / "status.json").write_text("{")
    damaged = told(xpz, "runs")[-1]
    assert damaged["state"] == "damaged"
    assert set(damaged) <= set(DOCUMENTED["xpz runs"])


def test_what_was_started_is_described_as_documented(xpz, house):
    run = told(xpz, "train", "--data", "small.parquet", "--epochs", 3)
    assert list(run) == A_RUN
    assert (run["epochs"], run["preset"], run["mae"]) == (3, None, None)
    words = ("--data", "small.parquet", "--trials", 2)
    search = told(xpz, "tune", *words)
    assert list(search) == A_SEARCH
    assert (search["trials"], search["minutes"], search["best_mae"]) == (2, None, None)
    assert [each["search_id"] for each in told(xpz, "tune", "list")] == [search["search_id"]]
    assert told(xpz, "worker", "--list") == []
    assert xpz("worker", "--json").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("evaluate", "--run", RUN),
        ("evaluate", "--run", POINTS),
        ("compare", POINTS, RUN),
        ("model", "show", "--preset", "compact"),
        ("bundle", "export", "--run", "mine", "--out", "run.zip"),
        ("predict", "--run", POINTS, "--in", SAMPLE, "--out", "z.csv"),
    ],
)
def test_what_is_printed_has_the_fields_that_are_documented(xpz, house, words):
    name = " ".join(("xpz", *(word for word in words[:2] if word in ("show", "export", words[0]))))
    content = told(xpz, *words)
    check_documented(name, content["spectra"] if words[0] == "predict" else content)


def test_only_a_judged_run_may_lack_what_depends_on_its_network():
    judged, compared = (
        dict.fromkeys(set(DOCUMENTED[command]) - {"own_interval"})
        for command in ("xpz evaluate", "xpz compare")
    )
    check_documented("xpz evaluate", judged)
    with pytest.raises(AssertionError, match="xpz compare: see command-line"):
        check_documented("xpz compare", compared)


def test_a_simulated_set_is_described_by_its_card(xpz, house, monkeypatch):
    card = DatasetCard("Simulated", "simulated", 2)
    monkeypatch.setattr("core.simulation.simulate_to_parquet", lambda *_, **__: card)
    content = told(xpz, "simulate", "--n", 2, "--out", "sim.parquet")
    check_documented("xpz simulate", content)
    assert (content["file"], content["n_galaxies"]) == ("sim.parquet", 2)


def test_galaxies_that_runs_have_learnt_from_are_named_before_they_are_simulated(
    xpz, house, monkeypatch
):
    monkeypatch.setattr(
        "core.simulation.simulate_to_parquet", lambda *_, **__: DatasetCard("Simulated")
    )
    same = "the same galaxies as the data that the shipped runs learnt from"
    shipped = xpz("simulate", "--n", 2, "--seed", 0, "--out", "sim.parquet")
    assert same in shipped.stderr
    assert "--seed 1 gives other galaxies" in shipped.stderr
    pd.DataFrame({"a": [1]}).to_parquet("other.parquet")
    assert not xpz("simulate", "--n", 2, "--out", "sim.parquet").stderr


def test_a_number_that_there_is_not_is_null(capsys):
    echo_json({"mae": float("nan"), "rows": [{"std": float("inf")}, (1.5, None)]})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {
        "mae": None,
        "rows": [{"std": None}, [1.5, None]],
    }
