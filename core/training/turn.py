"""Waiting for a device: one training or search on each at a time, in order of submission."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import Timeout

from core.errors import XpzError
from core.runs import Run, device_lock, list_runs
from core.training.devices import Device, candidates, check_device
from core.tuning.search import Search, list_searches

SECONDS_BETWEEN_TRIES = 0.5

logger = logging.getLogger(__name__)


Job = Run | Search
"""What wants a device."""


class CancelledError(Exception):
    """Someone asked the job to stop."""


@contextmanager
def turn(job: Job) -> Iterator[Device]:
    """Wait until the job may train, and keep its device for the time of the block.

    The process must hold the job's lock: a waiting process that dies loses its
    place at once and blocks nobody.

    Yields
    ------
    Device
        The device; no other job of the same root trains on it.

    Raises
    ------
    CancelledError
        If the job's cancel file appears while it waits.
    ConfigError
        If the device asked for is not there.
    """
    check_device(job.config.device)
    while True:
        obey(job)
        for device in candidates(job.config.device):
            lock = device_lock(job.root, device.id)
            with suppress(Timeout):
                lock.acquire(timeout=0)
            if not lock.is_locked:
                continue
            try:
                if device not in _wanted_before(job):
                    yield device
                    return
            finally:
                lock.release()
        time.sleep(SECONDS_BETWEEN_TRIES)


def obey(job: Job) -> None:
    """Raise `CancelledError` if the job is asked to stop."""
    if job.cancel_path.exists():
        raise CancelledError


def _wanted_before(job: Job) -> list[Device]:
    """Return the devices that jobs submitted earlier wait for; a damaged job waits for none."""
    mine = (job.status().submitted or "", job.path.name)
    others: list[Job] = [*list_runs(job.root), *list_searches(job.root)]
    wanted = []
    for other in others:
        try:
            status = other.status()
        except XpzError as error:
            logger.warning("Left out of the queue: %s", error)
            continue
        if status.state == "queued" and (status.submitted or "", other.path.name) < mine:
            wanted += candidates(other.config.device)
    return wanted
