"""What a start says on the error stream; standard output has the id alone."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from core.atomic import write_json
from core.cli.exit_codes import ExitCode
from core.cli.started import called
from core.config import to_dict
from core.model import PRESETS
from core.model.presets import COMPACT
from core.questions import TrainingTime, about_time, ask, question
from core.runs import list_runs
from core.tuning.dimension import Dimension
from core.tuning.space import Space
from tests.support.commands import check_parses

DATA = Path(__file__).parents[3] / "data" / "simulated-20k.parquet"


@pytest.fixture
def started(xpz, tmp_path, monkeypatch):
    """Return what a command that starts something says, without its process."""
    monkeypatch.setattr("core.jobs.queue.start_process", lambda job: None)
    monkeypatch.delenv("XPZ_RUNS_DIR", raising=False)
    monkeypatch.chdir(tmp_path)

    def start(*words):
        result = xpz(*words, "--data", DATA)
        assert result.exit_code == 0, result.output
        assert re.fullmatch(r"\S+\n", result.stdout)
        return result.stdout.strip(), result.stderr

    return start


def test_a_training_says_what_how_long_and_what_to_do(started, monkeypatch):
    run_id, said = started("train", "--preset", "dissertation", "--epochs", 10)
    assert (
        "Started: a training of an own recipe, begun from dissertation, with about 12,600 " in said
    )
    assert "10 epochs at most." in said
    told = r"^Expected training time: about \d+ min, by the epochs of dissertation-\d+k on another "
    assert re.search(told + r"machine, AMD EPYC", said, re.M)
    assert f"Wait:   xpz wait --run {run_id}\n" in said
    assert f"Cancel: xpz cancel --run {run_id}\n" in said
    for line in said.splitlines():
        if re.match("(Wait|Cancel): ", line):
            check_parses(line, monkeypatch)
            assert list_runs(Path("runs"))[0].run_id in line


def test_only_a_preset_as_it_is_is_called_like_it(started):
    run_id, said = started("train", "--preset", "compact")
    assert run_id.startswith("compact-2")
    assert "Started: a training of compact with about" in said
    run_id, said = started("train", "--dense-units", 256)
    assert run_id.startswith("own-recipe-2")
    assert "Started: a training of an own recipe, begun from compact, with about" in said
    said = started("train", "--dense-units", 256, "--name", "wide")[1]
    assert "Started: a training of wide, an own recipe, begun from compact, with about" in said


def test_a_name_that_another_run_has_is_told(started):
    words = ("train", "--epochs", 10, "--name", "first try")
    assert "Another run" not in started(*words)[1]
    told = "Another run is called 'first try' already. Both can be; commands then take their ids,"
    assert told in started(*words)[1]


def test_the_time_of_a_network_that_was_never_trained_is_called_a_guess(started):
    _, said = started("train", "--dropout", 0.4)
    told = (
        r"Expected training time: [\d \w]+ to \d+ \w+, a rough guess, by the size of the network "
        "scaled from "
    )
    assert re.search(told + r"the epochs of compact-\w+ on another machine", said)
    assert "xpz train --how-long measures it" in said


def test_what_was_measured_here_is_told_before_what_others_took(started):
    _, said = started("train", "--preset", "dissertation", "--epochs", 10)
    assert "by the epochs of dissertation-" in said
    about = about_time(PRESETS["dissertation"], 12_600, 5_400, "auto")
    job = ask(TrainingTime, Path("runs"), about)
    write_json(job.measured_path, {"start_seconds": 20.0, "seconds": 10.0, "n": 1260})
    job.update(state="done")
    _, said = started("train", "--preset", "dissertation", "--epochs", 10)
    assert "Expected training time: 17 min 0 s, measured on this machine by a few steps." in said


def test_how_long_measures_once_says_it_and_starts_nothing(xpz, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    measured = []

    def answer(job):
        measured.append(job)
        write_json(job.measured_path, {"start_seconds": 20.0, "seconds": 10.0, "n": 2520})
        job.update(state="done")
        return job

    monkeypatch.setattr(question, "submit", answer)
    words = ("train", "--data", DATA, "--epochs", 10, "--how-long", "--runs-dir", tmp_path / "runs")
    said = xpz(*words)
    assert said.exit_code == 0, said.output
    assert said.stdout == (
        "Expected training time: 8 min 40 s for 10 epochs of about 12,600 spectra, 50 s each and "
        "20 s more for the first, which compiles the network.\n"
    )
    assert "the calibration and the evaluation come on top" in said.stderr
    told = json.loads(xpz(*words, "--json").stdout)
    assert told == {
        "seconds": 520.0, "start_seconds": 20.0, "epochs": 10, "seconds_per_epoch": 50.0,
    }  # fmt: skip
    assert len(measured) == 1
    assert list_runs(tmp_path / "runs") == []


def test_a_measurement_that_fails_is_called_what_it_is(xpz, tmp_path, monkeypatch):
    def fail(job):
        job.update(state="failed", message="Out of memory.", for_good=True)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(question, "submit", fail)
    result = xpz("train", "--data", DATA, "--how-long")
    assert result.exit_code == 1
    assert "Error: The measurement of the time failed: Out of memory." in result.stderr


def test_a_name_is_kept_whole_or_refused_before_anything_starts(started, xpz):
    long = "Compact on the cross-match of SDSS, with a slow schedule, seed "
    ids = [started("train", "--name", long + seed)[0] for seed in "12"]
    assert [run.title for run in list_runs(Path("runs"))] == [long + "2", long + "1"]
    assert [name[:42] for name in ids] == [
        f"compact-on-the-cross-m--ow-schedule-seed-{seed}" for seed in "12"
    ]
    result = xpz("train", "--data", DATA, "--name", "a" * 81)
    assert result.exit_code == 1
    assert "Name of a run: expected at most 80 characters" in result.stderr
    assert len(list_runs(Path("runs"))) == 2


def test_a_run_that_lies_elsewhere_is_called_by_its_folder(started, tmp_path):
    run_id, said = started("train", "--runs-dir", "other runs")
    (run,) = list_runs(tmp_path / "other runs")
    assert called(run) == shlex.quote(str(tmp_path / "other runs" / run_id))
    assert f"xpz wait --run {called(run)}\n" in said


def test_a_search_says_when_it_ends_and_what_to_do(started, tmp_path):
    search_id, said = started("tune", "--trials", 12, "--minutes", 90)
    assert "which ends after 12 trials or 90 minutes of work." in said
    for what in ("wait", "pause", "cancel"):
        assert f"xpz tune {what} --search {search_id}\n" in said
    elsewhere, said = started("tune", "--trials", 12, "--runs-dir", "other runs")
    folder = shlex.quote(str(tmp_path / "other runs" / "searches" / elsewhere))
    assert f"xpz tune wait --search {folder}\n" in said


def test_a_grid_says_how_many_trials_it_has(started, tmp_path):
    values = (Dimension("units_1", "choice", values=(8, 16)),)
    space = tmp_path / "space.json"
    space.write_text(json.dumps(to_dict(Space("two", COMPACT, values))))
    _, said = started("tune", "--algorithm", "grid", "--space", space, "--trials", 30)
    assert "which ends after 2 trials, all combinations of its grid." in said


def test_a_warm_up_that_a_search_varies_is_told_where_it_may_be_too_long(started, tmp_path):
    values = (Dimension("warmup_epochs", "float", 1, 50),)
    space = tmp_path / "space.json"
    space.write_text(json.dumps(to_dict(Space("warm", COMPACT, values))))
    _, said = started("tune", "--space", space, "--trials", 2, "--epochs", 3)
    assert "The warm-up of 50 epochs is longer than the training (3 epochs)" in said


def test_ctrl_c_ends_the_waiting_alone(started, xpz, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    run_id, _ = started("train")
    search_id, _ = started("tune", "--trials", 2)
    monkeypatch.setattr("core.jobs.finish", interrupt)
    for words, cancel in (
        (("wait", "--run", run_id), f"xpz cancel --run {run_id}"),
        (("tune", "wait", "--search", search_id), f"xpz tune cancel --search {search_id}"),
    ):
        result = xpz(*words)
        assert result.exit_code == ExitCode.STOPPED
        assert f"stopped waiting; the work goes on. To end it: {cancel}\n" in result.stderr


def test_a_resume_says_what_to_do(started, xpz):
    run_id, _ = started("train")
    (run,) = list_runs(Path("runs"))
    run.write_status(replace(run.status(), state="cancelled"))
    result = xpz("resume", "--run", run_id)
    assert result.stdout == f"{run_id}\n"
    assert f"Wait:   xpz wait --run {run_id}\n" in result.stderr


def test_what_is_left_to_workers_says_so_alone(started):
    _, said = started("train", "--queue")
    assert "Left to a worker." in said
    assert "Started" not in said
