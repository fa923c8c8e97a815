"""Processes of jobs: finding them, killing them, waiting for what they do."""

import time
from contextlib import suppress

import psutil


def processes_of(job):
    """Return the processes that work on this job, the one that leads first."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(job.path) in (process.info["cmdline"] or [])
    ]


def kill(job, leader_last_after=None):
    """End the processes of a job as an out-of-memory killer would."""
    found = processes_of(job)
    assert found, "nobody works on the job"
    for process in found if leader_last_after is None else reversed(found):
        with suppress(psutil.NoSuchProcess):  # it ended by itself, or with its leader
            process.kill()
        time.sleep(leader_last_after or 0)
    psutil.wait_procs(found, 30)
    wait_until(lambda: not processes_of(job))


def wait_until(condition, seconds=200):
    """Wait until `condition()` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)
