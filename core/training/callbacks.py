"""What happens between the batches of a training."""

import time
from dataclasses import replace
from typing import Any, Generic

import keras

from core.jobs import Job
from core.jobs.folder import S
from core.jobs.turn import obey
from core.runs import Run, Status
from core.training.loop import check_finite

ENOUGH_SECONDS = 2.0
"""Of the first epoch, behind its first batch: from then on it tells what an epoch takes."""

SECONDS_BETWEEN_UPDATES = 0.5


class Watch(keras.callbacks.Callback, Generic[S]):
    """Keeps a job's status up to date and obeys requests to stop, batch by batch.

    A batch raises a `CancelledError` when the job's cancel file is there, and a `RunError` when the
    loss is not a finite number.
    """

    def __init__(self, job: Job[Any, S], status: S) -> None:
        super().__init__()
        self.job = job
        self.status = status
        self._updated = 0.0
        self._epoch = 1

    def write(self, **changes: Any) -> None:
        """Change the status and write it."""
        self.status = replace(self.status, **changes)
        self.job.write_status(self.status)
        self._updated = time.monotonic()

    def look(self) -> None:
        """Stop where that is wanted."""
        obey(self.job)

    def progress(self, batch: int) -> dict[str, Any]:
        """Return what the status tells of the epoch after a batch."""
        return {}

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Note which epoch it is, from 1."""
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop where that is wanted; tell about twice a second how far it is."""
        self.look()
        if time.monotonic() - self._updated >= SECONDS_BETWEEN_UPDATES:
            # A mean over the epoch's batches, in which a NaN stays.
            check_finite(float((logs or {})["loss"]), self._epoch)
            self.write(**self.progress(batch))

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop where that is wanted."""
        self.look()


class RunWatch(Watch[Status]):
    """Watches the training of a run."""

    def __init__(self, run: Run, status: Status) -> None:
        super().__init__(run, status)
        self._seconds = 0.0  # in all epochs done
        self._began = time.monotonic()
        # The first batches that were told of, and how long they took, compiling the network.
        self._first: tuple[int, float] | None = None

    def finished(self, history: list[dict[str, float]]) -> None:
        """Record that these epochs are done; also at the start, with those done before."""
        seconds = [record["seconds"] for record in history]
        self._seconds = sum(seconds)
        # The first epoch compiles: those behind it tell what one takes.
        _, compiled = self._first or (0, 0.0)
        later = seconds[1:] or [each - compiled for each in seconds] or [0.0]
        self.write(
            epoch=len(history),
            step=0,
            seconds=self._seconds,
            epoch_seconds=max(sum(later) / len(later), 0.0),
        )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the epoch's clock."""
        super().on_epoch_begin(epoch)
        self._began = time.monotonic()
        self.status = replace(self.status, steps=self.params["steps"] or 0)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Note how long the first batches took, and tell how far it is."""
        if self._first is None:
            self._first = batch, time.monotonic() - self._began
        super().on_train_batch_end(batch, logs)

    def progress(self, batch: int) -> dict[str, Any]:
        """Return the batches that are done, the time with theirs, and what an epoch takes."""
        now = time.monotonic() - self._began
        told: dict[str, Any] = {"step": batch + 1, "seconds": self._seconds + now}
        first, compiled = self._first or (0, 0.0)
        if not self.status.epoch and batch > first and now - compiled >= ENOUGH_SECONDS:
            told["epoch_seconds"] = (now - compiled) / (batch - first) * self.status.steps
        return told
