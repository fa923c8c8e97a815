"""Waiting for a device: one job on each at a time, in order of submission.

Devices are those of this machine: what runs on others that share the root takes none of them.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from filelock import Timeout

from core.errors import XpzError
from core.jobs.devices import Device, candidates, check_device, list_devices
from core.jobs.folder import Job
from core.jobs.locks import device_lock
from core.jobs.status import JobStatus

SECONDS_BETWEEN_TRIES = 0.5
WITHOUT_DEVICE = max(2, min(4, (os.cpu_count() or 1) // 2))
"""Jobs of a kind that needs no device which work at once, of one root and machine."""

WORKER_DEVICE = "XPZ_WORKER_DEVICE"
"""Variable of the environment: what 'auto' stands for in the processes of a worker."""

logger = logging.getLogger(__name__)


class CancelledError(Exception):
    """Someone asked the job to stop."""


@contextmanager
def turn(job: Job[Any, Any]) -> Iterator[Device]:
    """Wait until the job may work, and keep its device, which no other of its root uses meanwhile.

    A job that needs no device gets one of `WITHOUT_DEVICE` slots, of kind 'none'. The process must
    hold the job's lock: a waiting process that dies loses its place at once and blocks nobody.
    Raises a `CancelledError` if the job's cancel file appears while it waits, and a `ConfigError`
    if the device asked for is not there.
    """
    asked = asked_of(job)
    if asked is not None:
        check_device(asked)
    while True:
        obey(job)
        for device in slots(job) if asked is None else candidates(asked):
            with ExitStack() as held:
                free = hold(job.root, device, held)
                # A slot is held by its lock alone, and not every such job has a status yet.
                if free and (asked is None or taken(job).keys().isdisjoint(device.parts)):
                    yield device
                    return
        time.sleep(SECONDS_BETWEEN_TRIES)


def asked_of(job: Job[Any, Any]) -> str | None:
    """Return the device that a job asks for here; see `Job.device`."""
    device = job.device
    return os.environ.get(WORKER_DEVICE, device) if device == "auto" else device


def hold(root: Path, device: Device, held: ExitStack) -> bool:
    """Take the locks of a device, until `held` is closed; return whether all were free."""
    for key in device.keys:
        lock = device_lock(root, key)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        held.callback(lock.release)
    return True


def obey(job: Job[Any, Any]) -> None:
    """Raise `CancelledError` if the job is asked to stop."""
    if job.cancel_path.exists():
        raise CancelledError


def slots(job: Job[Any, Any]) -> list[Device]:
    """Return what stands for devices where a kind of job needs none."""
    kind = job.place or job.kind.replace(" ", "-")
    return [Device(f"{kind}:{number}", "", "none") for number in range(WITHOUT_DEVICE)]


def taken(job: Job[Any, Any]) -> dict[str, str]:
    """Return the devices here that others use or, submitted earlier, wait for, and who does.

    Those in use are told by the jobs too, since the lock of a device can be deleted. A damaged job
    has none; one without a device holds its slot by the lock alone.
    """
    mine = (job.read_status().submitted or "", job.id)
    ids: dict[str, str] = {}
    for other in _jobs(job.root):
        try:
            status = other.status()
            if other.path == job.path or not status.is_active or status.waits_for_worker:
                continue
            beat = other.beat()
            if other.device is None or (beat is not None and not beat.is_here):
                continue
            wanted = candidates(other.device)
        except XpzError as error:
            logger.warning("Left out of the queue: %s", error)
            continue
        if status.state != "running" and (status.submitted or "", other.id) >= mine:
            continue
        if beat is not None and beat.device:  # its worker may have chosen what 'auto' stands for
            keys = set(beat.device.split(","))
            wanted = [one for one in list_devices() if keys.intersection(one.keys)]
        # Of several, the one at work, whoever waits for the device behind it.
        for part in (part for one in wanted for part in one.parts):
            if status.state == "running" or part not in ids:
                ids[part] = f"{other.kind} {other.id!r}"
    return ids


def _jobs(root: Path) -> list[Job[Any, JobStatus]]:
    """Return the jobs of a root, of every kind: those in itself, and in the folders of a kind."""
    found = [*root.glob("[a-z0-9]*/config.json"), *root.glob("[a-z0-9]*/[a-z0-9]*/config.json")]
    return [Job(path.parent) for path in found]
