"""A kind of job that counts, in a process of its own and without Keras; and what ends it."""

import shutil
import sys
import threading
import time

import pytest

from core import jobs
from core.jobs.roots import create
from tests.support.counting import Counting, CountingConfig
from tests.support.processes import kill, processes_of, wait_until


@pytest.fixture
def make_job(tmp_path):
    """Return what makes the folder of a counting job, without a process; what works is ended."""
    made = []

    def make(job_id="one", up_to=10**6, device="cpu", **status):
        config = CountingConfig(up_to, device)
        made.append(create(Counting, tmp_path / "runs", job_id, config, **status))
        return made[-1]

    yield make
    for job in made:
        for process in processes_of(job):
            process.kill()


@pytest.fixture
def submit(make_job):
    """Return what makes a counting job and starts its process."""
    return lambda *args, **settings: jobs.submit(make_job(*args, **settings))


@pytest.fixture
def no_process(monkeypatch):
    """Let a program that fails at once stand for the process."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))


@pytest.fixture
def hold():
    """Return what holds a lock for some seconds, in a thread, as another process would."""
    threads = []

    def hold(lock, seconds):
        def work():
            with lock:
                held.set()
                time.sleep(seconds)

        held = threading.Event()
        threads.append(threading.Thread(target=work))
        threads[-1].start()
        held.wait(10)

    yield hold
    for thread in threads:
        thread.join()


@pytest.fixture(scope="session", name="kill")
def kill_fixture():
    return kill


@pytest.fixture(scope="session", name="wait_until")
def wait_until_fixture():
    return wait_until


@pytest.fixture(scope="session", name="processes_of")
def processes_of_fixture():
    return processes_of
