"""Waiting for a device: one training on each at a time, the others in order of submission."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import Timeout

from core.errors import XpzError
from core.runs import Run, device_lock, list_runs
from core.training.devices import Device, candidates, check_device

SECONDS_BETWEEN_TRIES = 0.5

logger = logging.getLogger(__name__)


class CancelledError(Exception):
    """Someone asked the training to stop."""


@contextmanager
def turn(run: Run) -> Iterator[Device]:
    """Wait until the run may train, and keep its device for the time of the block.

    The process must hold the run's lock: a waiting process that dies loses its
    place at once and blocks nobody.

    Yields
    ------
    Device
        The device; no other run of the same root trains on it.

    Raises
    ------
    CancelledError
        If the run's cancel file appears while it waits.
    ConfigError
        If the device asked for is not there.
    """
    check_device(run.config.device)
    while True:
        obey(run)
        for device in candidates(run.config.device):
            lock = device_lock(run.root, device.id)
            with suppress(Timeout):
                lock.acquire(timeout=0)
            if not lock.is_locked:
                continue
            try:
                if device not in _wanted_before(run):
                    yield device
                    return
            finally:
                lock.release()
        time.sleep(SECONDS_BETWEEN_TRIES)


def obey(run: Run) -> None:
    """Raise `CancelledError` if the run is asked to stop."""
    if run.cancel_path.exists():
        raise CancelledError


def _wanted_before(run: Run) -> list[Device]:
    """Return the devices that runs submitted earlier wait for; a damaged run waits for none."""
    mine = (run.status().submitted or "", run.run_id)
    wanted = []
    for other in list_runs(run.root):
        try:
            status = other.status()
        except XpzError as error:
            logger.warning("Left out of the queue: %s", error)
            continue
        if status.state == "queued" and (status.submitted or "", other.run_id) < mine:
            wanted += candidates(other.config.device)
    return wanted
