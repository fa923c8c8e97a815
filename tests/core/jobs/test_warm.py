"""A process that waits for a job, and works on it as a new one would."""

import subprocess
import sys
import time

import psutil
import pytest

from core.jobs import finish, submit, warm
from core.jobs.roots import create
from tests.support.counting import Counting, CountingConfig, check_steps

MODULE = Counting.module


@pytest.fixture
def waiting():
    """Return what has a process wait and returns it; none waits before and after."""
    started = []

    def prepare():
        warm.prepare(MODULE, ["core.jobs.worker"])
        started.append(warm._waiting[MODULE].process)
        return started[-1]

    yield prepare
    left = warm._waiting.pop(MODULE, None)
    if left is not None:
        left.leave()
    for process in started:
        process.wait(20)


def one_job(root, name):
    return create(Counting, root, name, CountingConfig(3, None))


def pid_of(job):
    check_steps(job)
    return int((job.path / "steps").read_text().split()[0])


def test_the_process_that_waits_does_the_job_and_no_other(waiting, tmp_path):
    process = waiting()
    assert waiting() is process, "one is enough"
    first = finish(submit(one_job(tmp_path, "one")))
    assert pid_of(first) == process.pid
    assert process.wait(20) == 0
    assert "done" in first.log()
    # Nobody waits now: a new process is started, as ever.
    second = finish(submit(one_job(tmp_path, "two")))
    assert pid_of(second) != process.pid


def test_one_of_another_environment_or_that_has_gone_is_not_taken(waiting, monkeypatch, tmp_path):
    killed = waiting()
    killed.kill()
    killed.wait(20)
    other = waiting()
    assert other is not killed
    monkeypatch.setenv("XPZ_CACHE_DIR", str(tmp_path))
    job = finish(submit(one_job(tmp_path, "one")))
    assert pid_of(job) not in (killed.pid, other.pid)
    assert other.wait(20) == 0, "it ends once nobody can need it"


def test_it_ends_with_whoever_started_it(tmp_path):
    start = f"from core.jobs import warm; warm.prepare({MODULE!r}, ['json'])"
    tell = f"print(warm._waiting[{MODULE!r}].process.pid)"
    told = subprocess.run(
        [sys.executable, "-c", f"{start}; {tell}"], stdout=subprocess.PIPE, check=True, text=True
    )
    pid = int(told.stdout)
    end = time.monotonic() + 20
    while time.monotonic() < end and _lives(pid):
        time.sleep(0.05)
    assert not _lives(pid)


def _lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
