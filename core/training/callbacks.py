"""What happens between the batches of a training."""

import time
from dataclasses import replace
from typing import Any

import keras

from core.jobs.turn import obey
from core.runs import Run, Status
from core.training.loop import check_finite

SECONDS_BETWEEN_UPDATES = 0.5


class Watch(keras.callbacks.Callback):
    """Keeps status.json up to date and obeys the request to stop, batch by batch.

    Parameters
    ----------
    run : Run
        The run that is trained.
    status : Status
        Its status at the start; `seconds` holds the time spent in earlier processes.

    Raises
    ------
    CancelledError
        From a batch, when the run's cancel file is there.
    RunError
        From a batch, when the loss is not a finite number.
    """

    def __init__(self, run: Run, status: Status) -> None:
        super().__init__()
        self.run = run
        self.status = status
        self._updated = time.monotonic()

    def finished(self, history: list[dict[str, float]]) -> None:
        """Record that these epochs are done; also at the start, with those done before."""
        seconds = sum(record["seconds"] for record in history)
        self.status = replace(self.status, epoch=len(history), step=0, seconds=seconds)
        self._write(self.status)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the epoch's clock."""
        self._began = time.monotonic()
        self.status = replace(self.status, steps=self.params["steps"] or 0)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Obey a request to stop; tell about twice a second how far the epoch is."""
        obey(self.run)
        if time.monotonic() - self._updated < SECONDS_BETWEEN_UPDATES:
            return
        # A mean over the epoch's batches, in which a NaN stays.
        check_finite(float((logs or {})["loss"]), self.status.epoch + 1)
        seconds = self.status.seconds + time.monotonic() - self._began
        self._write(replace(self.status, step=batch + 1, seconds=seconds))

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Obey a request to stop."""
        obey(self.run)

    def _write(self, status: Status) -> None:
        self.run.write_status(status)
        self._updated = time.monotonic()
