"""Questions are asked once, their answers kept, and what goes wrong is a sentence."""

import fcntl
import os
from contextlib import ExitStack
from dataclasses import replace

import psutil
import pytest

from core.data.dataset import load_dataset, save_dataset
from core.errors import RunError
from core.file_errors import FileError
from core.jobs import device_lock, stop, turn, wait
from core.jobs.turn import obey
from core.questions import (
    AboutData,
    Evaluation,
    Question,
    about_data,
    ask,
    ask_again,
    evaluation,
    find,
    question,
)
from core.runs import open_run


@pytest.fixture
def about(house):
    return about_data([open_run(house / "runs", "mixture-run")], house / "other.parquet")


def test_a_process_answers_and_whoever_asks_again_finds_the_answer(root, about):
    first = ask(Evaluation, root, about)
    second = ask(Evaluation, root, about)
    assert first == second
    assert wait(first).state == "done"
    found = find(Evaluation, root, about)
    assert found is not None
    _, numbers = found.read()
    assert numbers["n"] == 300
    assert [path.name for path in first.path.glob(".*")] == []


def test_a_killed_process_leaves_a_question_that_is_asked_again(root, about):
    job = ask(Evaluation, root, about)
    for process in psutil.process_iter(["cmdline"]):
        if str(job.path) in (process.info["cmdline"] or []):
            process.kill()
            process.wait(10)
    status = job.status()
    assert status.state == "lost"
    assert status.message.startswith("The evaluation ended unexpectedly")
    assert status.message.endswith("Start it again.")
    assert ask(Evaluation, root, about).status().state == "lost"
    ask_again(job)
    assert wait(job).state == "done"
    # It is done: nothing is started by those who press the button a moment later.
    ask_again(job)
    assert job.status().state == "done"


def test_another_content_is_another_question(house, root, about, tmp_path, here):
    run = open_run(house / "runs", "mixture-run")
    assert about_data([run], house / "other.parquet") == about
    job = ask(Evaluation, root, about)
    assert find(Evaluation, root, replace(about, with_seen=True)) is None
    other = tmp_path / "other.parquet"
    data = load_dataset(house / "other.parquet")
    save_dataset(data, other)
    before = about_data([run], other)
    # The card's hash knows ids, redshifts and flux alone.
    save_dataset(replace(data, g_mag=None), other)
    after = about_data([run], other)
    assert after.data_version != before.data_version
    assert Evaluation.id_of(after) != Evaluation.id_of(before)
    assert [each.id for each in here] == [job.id]


def test_what_has_changed_since_is_not_answered(house, root, tmp_path, here):
    run, path = open_run(house / "runs", "mixture-run"), tmp_path / "mine.parquet"
    save_dataset(load_dataset(house / "other.parquet"), path)
    about = about_data([run], path)
    save_dataset(load_dataset(house / "small.parquet"), path)
    status = ask(Evaluation, root, about).status()
    assert status.state == "failed"
    assert status.message == f"{path}: has changed since this was asked: ask again."


def test_a_defeat_is_a_sentence_and_leaves_no_answer(house, root, about, here, monkeypatch):
    def fails(*_, **__):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(evaluation, "predict_unseen", fails)
    job = ask(Evaluation, root, about)
    assert job.status().state == "failed"
    assert "unexpected ZeroDivisionError" in job.status().message
    assert job.status().state != "done"


def test_it_stops_when_it_is_asked_to(root, about, here, monkeypatch):
    def predict(*_, progress, **__):
        stop(here[0])
        progress(10, 300)
        pytest.fail("went on")

    monkeypatch.setattr(evaluation, "predict_unseen", predict)
    job = ask(Evaluation, root, about)
    assert job.status().state == "cancelled"
    assert job.status().message == "Cancelled. Start it again."


def test_they_wait_for_one_another_and_not_for_trainings_or_catalogues(
    root, about, here, monkeypatch
):
    monkeypatch.setattr(turn, "SECONDS_BETWEEN_TRIES", 0)
    seen = []

    def meanwhile(job):
        seen.append(job.read_status().state)
        if len(seen) == 3:
            job.cancel_path.write_text("cancelled")
        obey(job)

    def hold(*names):
        """Hold devices as other processes at work do."""
        for name in names:
            file = os.open(device_lock(root, name).lock_file, os.O_RDWR | os.O_CREAT)
            stack.callback(os.close, file)
            fcntl.flock(file, fcntl.LOCK_EX)

    root.mkdir(parents=True)
    with ExitStack() as stack:
        mine = [slot.id for slot in turn.slots(Evaluation(root / "answers" / "one"))]
        hold("cpu", "searches:0", "catalogues:0", *mine[1:])
        assert ask(Evaluation, root, about).status().state == "done"
        hold(mine[0])
        monkeypatch.setattr(turn, "obey", meanwhile)
        job = ask(Evaluation, root, replace(about, with_seen=True))
    assert seen == ["queued"] * 3
    assert job.status().state == "cancelled"


def test_the_oldest_answers_go_and_those_at_work_stay(root, about, here, monkeypatch):
    monkeypatch.setattr(Evaluation, "answer", lambda job, report: None)
    jobs = [ask(Evaluation, root, replace(about, data_version=str(number))) for number in range(5)]
    for number, job in enumerate(jobs):
        os.utime(job.config_path, ns=(number, number))
    jobs[0].used()
    folder = root.resolve() / "answers"
    with jobs[1].worker_lock():
        question.keep_few(folder, 2)
    assert [job.path.is_dir() for job in jobs] == [True, True, False, False, False]
    question.keep_few(folder, n_bytes=0)
    assert list(folder.glob("evaluate-*")) == []


def test_a_folder_that_cannot_be_written_is_named(root, about, here):
    root.parent.mkdir(exist_ok=True)
    root.write_text("a file")
    with pytest.raises(FileError, match=r"runs/answers: cannot be written: .*not a folder"):
        ask(Evaluation, root, about)


def test_what_a_killed_asker_left_is_no_obstacle(root, about, here):
    left = root.resolve() / "answers" / Evaluation.id_of(about)
    left.mkdir(parents=True)
    (left / "status.json").write_text("{")
    assert ask(Evaluation, root, about).status().state == "done"


def test_a_damaged_answer_says_what_to_do(root, about, here):
    job = ask(Evaluation, root, about)
    job.predictions_path.write_bytes(b"no table")
    with pytest.raises(RunError, match=r"predictions.parquet is damaged .* Delete its folder"):
        job.read()


def test_no_question_takes_a_device_from_a_training(root, about, here):
    job = ask(Evaluation, root, about)
    assert job.device is None
    assert job.read_json("config.json")["device"] is None
    assert isinstance(job, Question)
    assert isinstance(job.config, AboutData)
