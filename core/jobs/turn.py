"""Waiting for a device: one job on each at a time, in order of submission."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import Timeout

from core.errors import XpzError
from core.jobs.devices import Device, candidates, check_device
from core.jobs.folder import Job
from core.jobs.locks import device_lock
from core.jobs.status import JobStatus

SECONDS_BETWEEN_TRIES = 0.5

logger = logging.getLogger(__name__)


class CancelledError(Exception):
    """Someone asked the job to stop."""


@contextmanager
def turn(job: Job[Any, Any]) -> Iterator[Device]:
    """Wait until the job may work, and keep its device, which no other of its root uses meanwhile.

    The process must hold the job's lock: a waiting process that dies loses its place at once and
    blocks nobody. Raises a `CancelledError` if the job's cancel file appears while it waits, and a
    `ConfigError` if the device asked for is not there.
    """
    asked = job.device or "auto"
    check_device(asked)
    while True:
        obey(job)
        for device in candidates(asked):
            lock = device_lock(job.root, device.id)
            with suppress(Timeout):
                lock.acquire(timeout=0)
            if not lock.is_locked:
                continue
            try:
                if device not in _taken(job):
                    yield device
                    return
            finally:
                lock.release()
        time.sleep(SECONDS_BETWEEN_TRIES)


def obey(job: Job[Any, Any]) -> None:
    """Raise `CancelledError` if the job is asked to stop."""
    if job.cancel_path.exists():
        raise CancelledError


def _taken(job: Job[Any, Any]) -> list[Device]:
    """Return the devices that others use or, submitted earlier, wait for; a damaged job has none.

    Those in use are told by the jobs too, since the lock of a device can be deleted.
    """
    mine = (job.read_status().submitted or "", job.id)
    taken = []
    for other in _jobs(job.root):
        try:
            status = other.status()
            if other.path == job.path or not status.is_active or other.device is None:
                continue
            wanted = candidates(other.device)
        except XpzError as error:
            logger.warning("Left out of the queue: %s", error)
            continue
        if status.state == "running":
            taken += [one for one in wanted if one.label == status.device] or wanted
        elif (status.submitted or "", other.id) < mine:
            taken += wanted
    return taken


def _jobs(root: Path) -> list[Job[Any, JobStatus]]:
    """Return the jobs of a root, of every kind: those in itself, and in the folders of a kind."""
    found = [*root.glob("[a-z0-9]*/config.json"), *root.glob("[a-z0-9]*/[a-z0-9]*/config.json")]
    return [Job(path.parent) for path in found]
