"""Obeying at once, in the midst of whatever the work waits for."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.jobs.folder import Job
from core.jobs.turn import obey

SECONDS_BETWEEN_LOOKS = 0.3
SECONDS_TO_OBEY = 5.0


@contextmanager
def obeying_at_once(job: Job[Any, Any]) -> Iterator[None]:
    """Obey a request to stop within moments, wherever the block is; of the main thread alone.

    A signal interrupts whatever it waits for. The work must be such that it may be broken off
    anywhere.
    """
    done, before = threading.Event(), signal.signal(signal.SIGUSR1, lambda *_: obey(job))

    def watch() -> None:
        seconds = SECONDS_BETWEEN_LOOKS
        while not done.wait(seconds):
            if job.cancel_path.exists():
                os.kill(os.getpid(), signal.SIGUSR1)
                seconds = SECONDS_TO_OBEY

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        signal.signal(signal.SIGUSR1, before)
