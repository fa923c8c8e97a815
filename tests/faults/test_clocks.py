"""Clocks that jump hours back or forth between two steps: order and age, not what is there."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from core import clock, versions
from core import trash as trashes
from core.jobs import list_deleted
from core.jobs.roots import list_jobs
from core.runs import Annotations, Run, list_runs
from core.runs.trash import delete, undelete

HOURS = (-48, -5, 5, 48)


@pytest.fixture
def jump(monkeypatch):
    """A function that sets the clock by hours from now on."""
    really = time.time

    def to(hours):
        shift = timedelta(hours=hours)

        class Shifted(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) + shift

        monkeypatch.setattr(time, "time", lambda: really() + 3600 * hours)
        for module in (clock, trashes):
            monkeypatch.setattr(module, "datetime", Shifted)

    return to


@pytest.mark.parametrize("hours", HOURS)
def test_what_a_file_holds_is_seen_whatever_the_clock(hours, make_run, jump):
    run = make_run()
    assert run.annotations() == Annotations()
    for number, shift in enumerate((0, hours, 0, hours)):
        jump(shift)
        run.annotate(name=f"name {number % 2}")
        assert Run(run.path).annotations().name == f"name {number % 2}"
        run.update(message=f"said {number % 2}", state="failed")
        assert Run(run.path).status().message == f"said {number % 2}"


@pytest.mark.parametrize("hours", HOURS)
def test_runs_stay_listed_and_statuses_true(hours, make_run, jump):
    first = make_run("first")
    first.end("failed", "no")
    jump(hours)
    second = make_run("second")
    second.end("cancelled", "yes")
    newest_first = ["second", "first"] if hours > 0 else ["first", "second"]
    assert [run.run_id for run in list_runs(first.root)] == newest_first
    assert {run.run_id: run.status().state for run in list_jobs(Run, [first.root])} == {
        "first": "failed",
        "second": "cancelled",
    }


@pytest.mark.parametrize("hours", HOURS)
def test_what_was_deleted_comes_back_after_a_jump(hours, make_run, jump):
    runs = [make_run(name) for name in ("first", "second")]
    for run in runs:
        run.end("failed", "no")
    deleted = delete(runs[0])
    jump(hours)
    delete(runs[1])
    assert {each.job.run_id for each in list_deleted(Run, runs[0].root)} == {"first", "second"}
    assert undelete(deleted).status().state == "failed"


def test_a_file_of_the_future_is_read_each_time(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("one")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert versions.kept(path, path.read_text) == "one"
    stamps = path.stat()
    path.write_text("two")
    os.utime(path, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))
    assert versions.kept(path, path.read_text) == "two"


def test_deleting_again_in_the_same_moment_is_no_error(make_run, monkeypatch):
    """A clock that is set back can show a moment twice."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment

    monkeypatch.setattr(trashes, "datetime", Stopped)
    runs = [make_run(name) for name in ("first", "second")]
    for run in runs:
        run.end("failed", "no")
        delete(run)
    assert {each.job.run_id for each in list_deleted(Run, runs[0].root)} == {"first", "second"}
