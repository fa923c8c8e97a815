"""The life of a job, on a kind that does nothing but count."""

import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from core import jobs
from core.errors import ConfigError, RunError
from core.jobs import queue, worker
from core.jobs.locks import device_lock, is_held
from core.jobs.roots import list_jobs, open_job
from core.jobs.turn import WITHOUT_DEVICE
from tests.support.counting import CountingStatus, work


def delete_locks(job):
    """Delete every lock file of a job and of its devices."""
    for path in [*job.path.glob("*.lock"), *job.root.glob(".*.lock")]:
        path.unlink()


def test_a_job_ends_by_itself_and_says_how_it_went(submit):
    job = submit(up_to=3)
    seen = []
    assert jobs.wait(job, seen.append).state == "done"
    status = job.status()
    assert seen[-1] == status
    assert (status.count, status.message) == (3, "Counted to 3.")
    assert status.created <= status.submitted <= status.started <= status.ended
    assert status.device.endswith("(cpu)")
    assert "done Counted to 3." in job.log()
    assert not job.is_alive()


def test_a_job_that_needs_no_device_does_not_wait_for_one(submit, tmp_path):
    (tmp_path / "runs").mkdir()
    with device_lock(tmp_path / "runs", "cpu"):
        assert jobs.wait(submit(up_to=1, device=None)).state == "done"


def test_of_jobs_that_need_no_device_a_few_work_at_once(submit, wait_until, tmp_path):
    (tmp_path / "runs").mkdir()
    with ExitStack() as stack:
        for number in range(1, WITHOUT_DEVICE):
            stack.enter_context(device_lock(tmp_path / "runs", f"counts:{number}"))
        first, second = (submit(name, device=None) for name in ("one", "two"))
        wait_until(lambda: first.status().count + second.status().count > 5)
        assert sorted(job.status().state for job in (first, second)) == ["queued", "running"]
    wait_until(lambda: all(job.status().count > 0 for job in (first, second)))


def test_killed_resumed_cancelled_paused_it_goes_on_where_it_was(submit, kill, wait_until):
    job = submit()
    wait_until(lambda: job.status().count > 3)
    kill(job)
    lost = job.status()
    assert lost.state == "lost"
    assert "ended unexpectedly" in lost.message
    assert f"Resume goes on after {lost.count}." in lost.message
    for state in ("cancelled", "paused"):
        before = job.status().count
        jobs.resume(job)
        assert job.status().is_active
        wait_until(lambda before=before: job.status().count > before)
        jobs.stop(job, state)
        stopped = jobs.wait(job)
        assert stopped.state == state
        assert stopped.count > before
        assert stopped.message == f"{state.capitalize()}. Resume goes on after {stopped.count}."
        assert stopped.ended
    with pytest.raises(RunError, match="is paused; there is nothing to cancel"):
        jobs.stop(job)


def test_what_is_at_work_is_not_resumed(submit, wait_until):
    job = submit()
    with pytest.raises(RunError, match=r"Count 'one' is (queued|running); only a count that is"):
        jobs.resume(job)


@pytest.mark.parametrize("which", ["worker.lock", "start.lock", "device", "all"])
def test_a_deleted_lock_file_lets_nobody_else_work_on_the_job(
    submit, wait_until, monkeypatch, processes_of, which
):
    job = submit()
    wait_until(lambda: job.status().count > 0)
    if which == "all":
        delete_locks(job)
    else:
        lock = device_lock(job.root, "cpu").lock_file
        path = Path(lock) if which == "device" else job.path / which
        path.unlink(missing_ok=True)
    assert job.status().state == "running"
    with pytest.raises(RunError, match="is running; only"):
        jobs.resume(job)
    # Whatever its state says.
    monkeypatch.setattr(type(job), "status", lambda job: replace(job.read_status(), state="lost"))
    monkeypatch.setattr(queue, "LOCK_SECONDS", 0.1)
    with pytest.raises(RunError, match="is active right now"):
        jobs.resume(job)
    monkeypatch.undo()
    monkeypatch.setattr(worker, "LOCK_SECONDS", 0.1)
    with pytest.raises(RunError, match="is active right now"), worker.at_work(job, 0.1):
        pytest.fail("two on one job")
    assert len(processes_of(job)) == 1
    count = job.status().count
    wait_until(lambda: job.status().count > count)


def test_a_deleted_lock_file_lets_no_other_job_on_the_device(make_job, submit, wait_until, kill):
    first = submit("first")
    wait_until(lambda: first.status().count > 0)
    delete_locks(first)
    second = make_job("second", up_to=1)
    second.update(submitted="2026-01-01T00:00:00.000+00:00")  # however early it was
    jobs.submit(second)
    count = first.status().count
    wait_until(lambda: first.status().count > count + 100)
    assert second.status().state == "queued"
    kill(first)
    assert jobs.wait(second).state == "done"


def test_jobs_wait_for_their_device_in_order(submit, kill, wait_until, tmp_path):
    """The device is in use and three wait: one is killed, one cancelled, the last comes on."""
    (tmp_path / "runs").mkdir()
    with device_lock(tmp_path / "runs", "cpu"):
        first, second, third = (submit(name, up_to=1) for name in ("one", "two", "three"))
        assert [job.status().state for job in (first, second, third)] == ["queued"] * 3
        assert list(jobs.active({job.id: job for job in (first, second)})) == ["one", "two"]
        kill(first)
        assert first.status().state == "lost"
        jobs.stop(second)
        assert jobs.wait(second).state == "cancelled"
        assert third.status().state == "queued"
    assert jobs.wait(third).state == "done"


def test_a_defect_fails_the_job_with_a_sentence(make_job):
    def breaks(job, device):
        raise ZeroDivisionError("by zero")

    job = make_job()
    assert worker.work(job, breaks) == "failed"
    assert (
        job.status().message
        == "The job failed with an unexpected ZeroDivisionError; its log has the details."
    )


def test_a_job_that_is_terminated_is_lost(submit, processes_of, wait_until):
    job = submit()
    # Before it counts it asks for GPUs, in processes of the same name for a moment.
    wait_until(lambda: job.status().count > 0)
    (process,) = processes_of(job)
    os.kill(process.pid, signal.SIGTERM)
    wait_until(lambda: job.status().state == "lost")


@pytest.mark.parametrize("lock", ["start.lock", "worker.lock"])
def test_a_look_at_a_lock_does_not_stop_a_resume(make_job, hold, no_process, lock):
    job = make_job()
    job.write_status(CountingStatus("failed", message="before"))
    hold(FileLock(job.path / lock), seconds=0.3)
    jobs.resume(job)
    assert "could not start" in job.status().message


@pytest.mark.parametrize(
    ("lock", "message"),
    [("start_lock", "is being started"), ("worker_lock", "is active")],
)
def test_a_job_is_not_resumed_twice(make_job, hold, no_process, monkeypatch, lock, message):
    monkeypatch.setattr(queue, "LOCK_SECONDS", 0.1)
    job = make_job()
    job.write_status(CountingStatus("failed"))
    hold(getattr(job, lock)(), seconds=1)
    with pytest.raises(RunError, match=f"'one' {message} right now"):
        jobs.resume(job)


def test_a_process_that_cannot_start_fails_the_job(submit, no_process):
    job = submit()
    assert job.status().state == "failed"
    assert "could not start" in job.status().message


def test_a_process_that_is_killed_as_it_starts_is_lost(submit, tmp_path, monkeypatch):
    program = tmp_path / "killed"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    job = submit()
    assert job.status().state == "lost"


def test_a_request_to_stop_is_obeyed_while_waiting(make_job):
    job = make_job()
    job.cancel_path.write_text("paused")
    assert work(job) == "paused"
    assert job.status().message == "Paused. Resume goes on after 0."


def test_the_job_is_held_by_more_than_its_lock_file(make_job):
    job = make_job()
    with job.worker_lock():
        (job.path / "worker.lock").unlink()
        assert job.has_worker()
        assert not is_held(FileLock(job.path / "worker.lock"))
        before = job.config
        assert open_job(type(job), job.root, "one").config == before
    assert not job.has_worker()


def test_looking_disturbs_nobody_and_makes_no_file(make_job):
    job = make_job()
    before = set(os.listdir(job.path))
    assert not job.has_worker()
    assert set(os.listdir(job.path)) == before


def test_jobs_of_a_kind_lie_in_their_own_folder(make_job, tmp_path):
    job = make_job()
    assert job.path == tmp_path / "runs" / "counts" / "one"
    assert job.root == tmp_path / "runs"
    assert list_jobs(type(job), [job.root]) == [job]


def test_unknown_states_are_refused():
    with pytest.raises(ConfigError, match=r"Expected one of .*, received the unknown state 'lots'"):
        CountingStatus("lots")


@pytest.mark.parametrize("content", ["", "{", "5", "null", "[" * 10**5, b"\xff", '{"state": 5}'])
def test_a_damaged_status_is_one_kind_of_error(make_job, content):
    job = make_job()
    data = content if isinstance(content, bytes) else content.encode()
    job.status_path.write_bytes(data)
    with pytest.raises((RunError, ConfigError), match=r"status\.json"):
        job.status()
    assert jobs.active({"one": job}) == {}
