"""The leading process; little programs stand for the process of the trials."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.jobs.turn import turn
from core.runs.run import METRICS
from core.tuning import worker
from core.tuning.search import Budget, Trial
from core.tuning.worker import FINISHED, MAX_FAILURES, MORE, STOPPED, work


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Nobody kills these leaders: they need not wait for it."""
    monkeypatch.setattr(worker, "SECONDS_TO_DIE_TOGETHER", 0)


@pytest.fixture
def trials_are(monkeypatch, tmp_path):
    """Let a shell program stand for the process of the trials; it knows the search's folder."""

    def stand_in(program):
        path = tmp_path / "trials"
        path.write_text(f'#!/bin/sh\ncd "$3"\n{program}\n')
        path.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(path))

    return stand_in


def test_one_process_after_another_until_the_end(make_search, trials_are):
    search = make_search()
    trials_are(f"echo x >> times; [ $(wc -l < times) = 3 ] && exit {FINISHED}; exit {MORE}")
    assert work(search) == "done"
    assert (search.path / "times").read_text() == "x\n" * 3
    status = search.status()
    assert status.state == "done"
    assert status.ended
    assert "(cpu)" in status.device


def test_a_killed_process_fails_its_trial_alone(make_search, trials_are):
    search = make_search()
    search.write_begun(Trial(1, {"units_1": 9}, 2))
    trials_are(f"[ -e second ] && exit {FINISHED}; touch second; kill -9 $$")
    assert work(search) == "done"
    (trial,) = search.ended_trials()
    assert trial.state == "failed"
    assert "was killed (SIGKILL): the machine may have run out of memory." in trial.message
    assert search.status().trials_failed == 1


def test_processes_that_are_killed_again_and_again_fail_the_search(make_search, trials_are):
    search = make_search()
    for number in range(1, MAX_FAILURES):
        search.write_ended(Trial(number, {}, 2, state="failed", message="before"))
    search.write_begun(Trial(MAX_FAILURES, {"units_1": 9}, 2))
    trials_are("kill -9 $$")
    assert work(search) == "failed"
    assert " trials in a row failed" in search.status().message


def test_a_process_killed_before_a_trial_fails_the_search(make_search, trials_are):
    search = make_search()
    trials_are("kill -9 $$")
    assert work(search) == "failed"
    assert "was killed (SIGKILL)" in search.status().message


def test_what_ended_the_trials_is_passed_on(make_search, trials_are):
    search = make_search()
    trials_are("sed -i 's/Starting/The data set has changed./' status.json; exit 1")
    assert work(search) == "failed"
    assert search.status().message == "The data set has changed."


def test_a_process_that_cannot_begin_fails_the_search(make_search, trials_are):
    search = make_search()
    trials_are("exit 3")
    assert work(search) == "failed"
    assert "of the trials failed; see the log" in search.status().message


@pytest.mark.parametrize(
    ("state", "epochs", "where"),
    [("paused", 1, "after epoch 1"), ("cancelled", 0, "from its start")],
)
def test_a_request_to_stop_says_how_to_end(make_search, trials_are, state, epochs, where):
    search = make_search()
    search.write_begun(Trial(1, {"units_1": 9}, 2))
    values = dict.fromkeys(METRICS, 0.5)
    search.write_curves(1, [values | {"epoch": epoch} for epoch in range(1, epochs + 1)])
    trials_are(f"printf {state} > cancel; exit {STOPPED}")
    assert work(search) == state
    status = search.status()
    assert status.state == state
    assert status.message.startswith(
        f"{state.capitalize()}. Resume continues with trial 1 {where};"
    )


def test_who_is_asked_to_stop_while_waiting_stops(make_search):
    search = make_search()
    search.cancel_path.write_text("paused")
    assert work(search) == "paused"
    assert search.status().message.startswith("Paused. Resume continues with the next trial;")


def test_a_device_that_is_not_there_fails_the_search(make_search):
    assert work(make_search(device="gpu:77")) == "failed"


class TestQueue:
    """Searches and trainings wait for one another."""

    @pytest.fixture
    def one_try(self, monkeypatch):
        """Let waiting be an error."""

        class WaitedError(Exception):
            pass

        def wait(seconds):
            raise WaitedError

        monkeypatch.setattr("core.jobs.turn.time", SimpleNamespace(sleep=wait))
        return WaitedError

    @pytest.fixture
    def waiting(self, make_search, make_run):
        """Return a search and a run of one root that wait, alive, in order of submission."""
        search = make_search(budget=Budget(trials=1))
        run = make_run(search.root)
        for second, job in enumerate([search, run]):
            waits = replace(job.status(), state="queued", submitted=f"2026-01-01T00:00:0{second}")
            job.write_status(waits)
        with search.worker_lock(), run.worker_lock():
            yield search, run

    def test_in_order_of_submission(self, waiting, one_try):
        search, run = waiting
        with pytest.raises(one_try), turn(run):
            pytest.fail("the search was first")
        with turn(search) as device:
            assert device.id == "cpu"
        run.write_status(replace(run.status(), submitted="2026-01-01"))
        with pytest.raises(one_try), turn(search):
            pytest.fail("the run was first")
        with turn(run):
            pass

    def test_one_at_a_time(self, waiting, one_try):
        search, run = waiting
        search.write_status(replace(search.status(), state="running"))
        with turn(search), pytest.raises(one_try), turn(run):
            pytest.fail("two on one device")

    def test_a_damaged_search_waits_for_nothing(self, waiting):
        search, run = waiting
        (search.path / "status.json").write_text("{")
        with turn(run):
            pass
