"""Workers, on a kind of job that does nothing but count."""

import errno
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from core import jobs
from core.errors import ConfigError, RunError
from core.file_errors import writing
from core.jobs import Worker, claim, list_workers, workers
from core.jobs.beat import new_beat
from core.jobs.locks import device_lock
from tests.support.counting import Counting, check_steps
from tests.support.processes import kill

ROOT = Path(__file__).parents[3]


@pytest.fixture
def leave(make_job):
    """Return what makes a counting job that waits for a worker."""
    return lambda *args, **settings: jobs.submit(make_job(*args, **settings), to_workers=True)


@pytest.fixture
def start_worker(tmp_path):
    """Return what starts a worker in a process of its own; those that live are ended."""
    begun = []

    def start(*words):
        (tmp_path / "runs").mkdir(exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "tests.support.count_worker",
            str(tmp_path / "runs"),
            *words,
        ]
        with (tmp_path / "log").open("ab") as log:
            begun.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait()


@pytest.fixture
def worker(tmp_path):
    """A worker in this process, and what it says."""

    def make(device="cpu"):
        said = []
        made = Worker([Counting], tmp_path / "runs", device, said.append)
        made.said = said
        return made

    return make


def test_what_is_left_to_workers_waits_without_a_process(leave, processes_of):
    job = leave(up_to=2)
    status = job.status()
    assert (status.state, status.where) == ("queued", "waits for a worker")
    assert jobs.active({"one": job}) == {"one": status}
    assert not processes_of(job)
    jobs.stop(job)
    assert job.status().state == "cancelled"
    assert not job.cancel_path.exists()


def test_a_worker_works_off_what_waits_in_order(leave, submit, worker):
    later, sooner, own = leave("later", up_to=2), leave("sooner", up_to=2), submit("own", up_to=2)
    sooner.update(submitted="2026-01-01T00:00:00.000+00:00")
    jobs.wait(own)
    ours = worker()
    assert ours.run(once=True) == 2
    for job in (later, sooner):
        status = job.status()
        assert (status.state, status.count, status.host) == ("done", 2, "")
        assert status.device.endswith("(cpu)")
        check_steps(job)
        assert {path.name for path in job.path.iterdir()} == {
            "config.json", "status.json", "worker.lock", "start.lock", "worker.log", "steps",
        }  # fmt: skip
    assert [text for text in ours.said if "taken" in text] == [
        "Count 'sooner' is taken.",
        "Count 'later' is taken.",
    ]
    assert "Count 'sooner' is done. Counted to 2." in ours.said
    assert worker().run(once=True) == 0


def test_a_job_that_waits_does_not_stand_in_the_way_of_others(leave, submit):
    leave("left").update(submitted="2026-01-01T00:00:00.000+00:00")
    assert jobs.wait(submit("own", up_to=1)).state == "done"


def test_what_waits_for_a_worker_can_be_started_here(leave):
    job = leave(up_to=2)
    jobs.resume(job)
    assert jobs.wait(job).state == "done"
    assert not job.read_status().for_workers


def test_what_stopped_can_be_left_to_workers(submit, wait_until):
    job = submit(up_to=10**6)
    wait_until(lambda: job.status().count > 2)
    jobs.stop(job)
    assert jobs.wait(job).state == "cancelled"
    jobs.resume(job, to_workers=True)
    assert job.status().waits_for_worker
    assert job.beat() is None


def test_a_worker_takes_on_what_another_lost(leave, start_worker, wait_until):
    job = leave(up_to=200)
    first = start_worker()
    wait_until(lambda: job.status().count > 3)
    shown = job.status().where
    assert shown.startswith("on ")
    assert f"(cpu), {new_beat().host}, since 20" in shown
    wait_until(lambda: [one.job for one in list_workers(job.root)] == ["one"])
    # Kills of the worker alone lose nothing: its job goes on by itself.
    first.kill()
    first.wait()
    assert job.status().state == "running"
    assert list_workers(job.root) == []
    kill(job)
    lost = job.status()
    assert lost.state == "lost"
    assert lost.message.endswith("The next free worker does so by itself.")
    start_worker("once").wait()
    assert job.status().state == "done"
    check_steps(job)


def test_who_must_leave_gives_its_job_back(leave, start_worker, wait_until):
    job = leave(up_to=200)
    first = start_worker()
    wait_until(lambda: job.status().count > 3)
    first.terminate()
    assert first.wait() == 0
    status = job.status()
    assert status.waits_for_worker
    assert 3 < status.count < 200
    assert not job.cancel_path.exists()
    start_worker("once").wait()
    assert job.status().state == "done"
    check_steps(job)
    assert job.status().losses == 0


def test_two_workers_killed_at_random_do_every_job_once(leave, start_worker, wait_until, tmp_path):
    left = [leave(f"job-{i}", up_to=25) for i in range(4)]
    at_work = [start_worker(), start_worker()]
    rng, killed = random.Random(), Counter()
    for _ in range(4):
        wait_until(lambda: any(job.is_alive() for job in left) or _all_done(left))
        # Within the start of a process, or its counting.
        time.sleep(rng.uniform(0, 1.2))
        if rng.random() < 0.5:
            victim = rng.randrange(2)
            at_work[victim].kill()
            at_work[victim].wait()
            at_work[victim] = start_worker()
        for job in rng.sample(left, len(left)):
            if killed[job.id] == workers.MAX_LOSSES - 1:
                continue  # once more, and workers would leave it to people
            try:
                kill(job)
            except AssertionError:
                continue  # nobody was at it
            killed[job.id] += 1
            break
    wait_until(lambda: _all_done(left))
    for job in left:
        check_steps(job)
    assert not list(tmp_path.rglob("*.claim"))


def test_the_claim_of_a_worker_that_was_killed_goes_with_what_it_started(leave):
    """It is killed when its job's process has begun, and nobody starts that one again."""
    job = leave(up_to=20)
    job.update(takes=1)
    for number in (1, 2):
        (job.path / f"{number}.claim").write_text("killed")
    jobs.queue.start_process(job)
    assert jobs.wait(job).state == "done"
    # Another machine's, which comes too late, is for that one to take back.
    assert [path.name for path in job.path.glob("*.claim")] == ["2.claim"]


def test_a_cancel_while_a_worker_makes_sure_that_it_may_begin_is_obeyed(leave, worker, monkeypatch):
    """It watches for seconds whether another machine still works on what was lost."""
    job = leave(up_to=10**6)

    @contextmanager
    def claimed(job, seen):
        with claim.claimed(job, seen) as number:
            jobs.stop(job)
            yield number

    monkeypatch.setattr(workers, "claimed", claimed)
    assert worker().run(once=True) == 1
    assert job.status().state == "cancelled"


def _all_done(left):
    return all(job.status().state == "done" for job in left)


def test_a_job_that_is_lost_again_and_again_is_left_to_people(leave, worker):
    job = leave()
    lost = {"state": "running", "host": "x", "count": 5}
    ours = worker()
    job.update(**lost, losses=workers.MAX_LOSSES - 2, reached=5.0)
    assert [found.id for found, _ in ours._waiting()] == ["one"]
    job.update(**lost, losses=workers.MAX_LOSSES - 1, reached=5.0)
    assert ours.run(once=True) == 0
    assert ours.said == [
        "Count 'one' is left: it was lost 3 times at the same place; resume it yourself."
    ]
    # It has come further since: that is no defect of the job.
    job.update(**lost | {"count": 6})
    assert [found.id for found, _ in ours._waiting()] == ["one"]
    assert ours._start(job, job.status())
    assert (job.read_status().losses, job.read_status().reached) == (1, 6.0)


def test_a_full_disk_is_said_and_the_job_waits_on(leave, worker, monkeypatch):
    job, ours = leave(), worker()

    def full(path, values):
        with writing(path):
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("core.jobs.folder.write_json", full)
        assert ours.run(once=True) == 0
    (said,) = ours.said
    assert said.startswith(f"Count 'one' is left: {job.status_path}: cannot be written: no space")
    assert job.status().waits_for_worker
    assert not list(job.path.glob("*.claim"))


@pytest.mark.parametrize(
    ("device", "why"), [("gpu:0", "it asks for gpu:0"), ("gpu:0,gpu:1", "it asks for gpu:0,gpu:1")]
)
def test_what_a_worker_cannot_do_it_leaves_and_says_so_once(leave, worker, device, why):
    leave(device=device)
    ours = worker()
    for _ in range(2):
        assert ours.run(once=True) == 0
    assert ours.said == [f"Count 'one' is left: {why}."]


def test_once_waits_for_a_device_in_use_and_says_so_once(leave, submit, worker, wait_until):
    """A job of a cluster would end well, with nothing done."""
    busy = submit("busy", up_to=300)
    wait_until(lambda: busy.status().count > 0)
    job, other = leave("one", up_to=2), leave("two", up_to=2)
    leave("else", device="gpu:0")  # which this worker never takes
    ours = worker()
    assert ours.run(once=True, seconds=0.05) == 2
    assert {each.status().state for each in (busy, job, other)} == {"done"}
    assert [text for text in ours.said if "device" in text] == [
        "2 jobs wait: the device is taken by job 'busy'."
    ]


def test_a_worker_whose_device_is_in_use_leaves_the_job_to_others(leave, worker):
    job, ours = leave(device="auto"), worker()
    with device_lock(job.root, "cpu"):
        assert [ours._take() for _ in range(2)] == [None, None]
    assert ours.said == ["1 job waits: the device is taken by another process."]
    assert job.status().waits_for_worker


def test_a_worker_that_waits_for_a_device_can_be_ended(leave, worker, monkeypatch):
    ours = worker()
    monkeypatch.setattr(ours, "_tell", lambda _: ours.leave())
    with device_lock(leave().root, "cpu"):
        assert ours.run(once=True) == 0


def test_a_disk_that_is_full_does_not_end_the_worker(leave, worker, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "/shared/1.claim")

    leave("one")
    leave("two")
    ours = worker()
    monkeypatch.setattr(workers, "claimed", full)
    for _ in range(2):
        assert ours.run(once=True) == 0
    assert ours.said == [
        f"Count '{name}' is left: /shared/1.claim: no space is left on the disk of /shared. "
        "Free some space there, or choose another folder."
        for name in ("one", "two")
    ]


def test_a_worker_without_such_a_device_does_not_begin(worker):
    with pytest.raises(ConfigError, match="gpu:7"):
        worker("gpu:7")


@pytest.mark.parametrize("asked", ["cancelled", "paused"])
def test_a_request_to_stop_outlives_the_process_that_was_asked(leave, worker, asked):
    job = leave()
    job.update(state="running", host="x", count=3)
    job.cancel_path.write_text(asked)
    assert worker().run(once=True) == 0
    status = job.status()
    assert (status.state, status.message) == (
        asked,
        f"{asked.capitalize()}. Resume goes on after 3.",
    )


def test_a_request_to_stop_is_not_overwritten(make_job):
    job = make_job()
    for state in ("cancelled", "queued"):
        workers.ask_once(job, state)
    assert job.cancel_path.read_text() == "cancelled"
    assert [path.name for path in job.path.glob(".*")] == []


def test_what_lies_about_is_no_job(leave, worker, tmp_path):
    job = leave(up_to=1)
    (job.path.parent / "UPPER").mkdir()
    (job.path.parent / "file").touch()
    (job.path.parent / "damaged").mkdir()
    for name in ("config.json", "status.json"):
        (job.path.parent / "damaged" / name).write_text("{")
    assert worker().run(once=True) == 1


def test_on_a_machine_whose_locks_are_not_seen_a_job_is_not_lost(leave, worker):
    """Another machine works on it, as its beat says; nothing here holds a lock."""
    job = leave()
    job.update(state="running", host="far-away", count=3)
    beat = replace(new_beat(), host="far-away", machine="other")
    jobs.folder.write_json(job.beat_path, vars(beat))
    assert job.status().state == "running"
    assert job.status().host == "far-away"
    with pytest.raises(RunError, match="is running; only"):
        jobs.resume(job)
    assert worker().run(once=True) == 0


def test_dead_workers_are_forgotten(worker, tmp_path):
    folder = tmp_path / "runs" / workers.FOLDER
    folder.mkdir(parents=True)
    jobs.folder.write_json(folder / "x-1.beat", vars(new_beat()))
    (folder / "x-1.lock").touch()
    worker().run(once=True)
    assert list(folder.iterdir()) == []
