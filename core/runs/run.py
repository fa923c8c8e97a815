"""A run, read from its folder."""

import functools
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from core.atomic import write_json, write_text
from core.config import from_dict, to_dict
from core.data.card import utc_now
from core.detached import read_log
from core.errors import DamagedError, RunError
from core.runs.annotations import Annotations
from core.runs.config import RunConfig
from core.runs.files import RunFiles
from core.runs.locks import is_held
from core.runs.status import Status
from core.runs.stored import check_predictions, check_result, check_summary
from core.stored import (
    COPY_AGAIN,
    is_there,
    parse_table,
    read_json,
    read_lines,
    read_parquet,
    reading,
)

T = TypeVar("T")

METRICS = ("epoch", "loss", "mae", "val_loss", "val_mae", "learning_rate", "seconds", "cpu_seconds")


@dataclass(frozen=True)
class Run(RunFiles):
    """A run folder. Reading is for everyone, writing for `core.training`, notes for people."""

    @property
    def data_path(self) -> Path:
        """Where the training data were; the file may have gone since."""
        return Path(os.path.normpath(self.path / self.config.data.path))

    @property
    def start(self) -> "Run | None":
        """The run that this one started from; it may have changed or gone since."""
        start = self.config.start
        return None if start is None else Run(Path(os.path.normpath(self.path / start.path)))

    def network_hash(self) -> str:
        """Return the SHA-256 over the network for Keras and its scaling, hexadecimal.

        Raises
        ------
        RunError
            If one of the files is not there.
        """
        try:
            content = self.model_path.read_bytes() + self.scaler_path.read_bytes()
        except FileNotFoundError as error:
            name = Path(error.filename).name
            raise RunError(f"Run '{self.run_id}' has no {name} in {self.path}.") from error
        return hashlib.sha256(content).hexdigest()

    @functools.cached_property
    def config(self) -> RunConfig:
        """What the run trains."""
        with self._reading("config.json"):
            return _parse_config((self.path / "config.json").read_text(encoding="utf-8"))

    def annotations(self) -> Annotations:
        """Return what people wrote on the run."""
        if not is_there(self.annotations_path):
            return Annotations()
        return self._read_as(Annotations, self.annotations_path.name)

    @property
    def title(self) -> str:
        """What people call the run."""
        return self.annotations().name or self.config.name

    def status(self) -> Status:
        """Return how the run goes, 'lost' if its process has gone without a word."""
        before = self._read_status()
        if before.state not in ("queued", "running") or self.is_alive():
            return before
        # The process may have ended properly between the two looks.
        status = self._read_status()
        if status.state not in ("queued", "running"):
            return status
        if self.is_complete:
            return replace(status, state="done")
        message = (
            "The training process ended without a word (killed, out of memory, or the "
            f"machine stopped). Resume goes on after epoch {status.epoch}."
        )
        return replace(status, state="lost", message=message)

    def is_alive(self) -> bool:
        """Whether a process works on this run or is being started: its lock is held.

        A process id would lie: it is reused, and stays while a dead child waits
        for its parent.
        """
        # This order: the starter lets go only when the worker holds its own lock.
        return is_held(self.start_lock()) or is_held(self.worker_lock())

    @property
    def is_active(self) -> bool:
        """Whether the run waits or trains."""
        return self.status().state in ("queued", "running")

    @property
    def is_complete(self) -> bool:
        """Whether the run has everything: a network, its predictions, its summary."""
        return is_there(self.summary_path)

    def metrics(self) -> pd.DataFrame:
        """Return one row per finished epoch, columns `METRICS` (seconds in s)."""
        name = "metrics.jsonl"
        with self._reading(name):
            return as_metrics(read_lines(self.path / name, self._called(name)))

    def summary(self) -> dict[str, Any] | None:
        """Return the result of a complete run, else None."""
        if not self.is_complete:
            return None
        name = self.summary_path.name
        with self._reading(name):
            return check_summary(read_json(self.summary_path, self._called(name)))

    def result(self) -> dict[str, Any] | None:
        """Return the result of a complete run with all that one has, else None."""
        summary = self.summary()
        if summary is None:
            return None
        with self._reading(self.summary_path.name):
            return check_result(summary)

    def predictions(self) -> pd.DataFrame:
        """Return the redshifts of the test part; see `core.prediction.dataset`."""
        if not is_there(self.predictions_path):
            raise RunError(f"Run '{self.run_id}' has no predictions yet: it is not complete.")
        name = self.predictions_path.name
        with self._reading(name, "Copy the run's folder again, or train it anew."):
            return check_predictions(read_parquet(self.predictions_path, self._called(name)))

    def log(self, tail: int = 200) -> str:
        """Return the last `tail` lines of the training process' output."""
        return read_log(self.log_path, tail)

    def write_status(self, status: Status) -> None:
        """Replace status.json; the time of the update is set here."""
        write_json(self.path / "status.json", to_dict(replace(status, updated=utc_now())))

    def annotate(self, annotations: Annotations) -> None:
        """Replace what people wrote on the run.

        Raises
        ------
        RunError
            If the run came with xpz.
        """
        if self.is_shipped:
            raise RunError(
                f"Run '{self.run_id}' came with xpz and stays as it is: name, tags and notes are "
                "for runs of your own."
            )
        write_json(self.annotations_path, to_dict(annotations))

    def write_metrics(self, records: list[dict[str, float]]) -> None:
        """Replace metrics.jsonl by these epochs, a line each."""
        text = "".join(json.dumps(record) + "\n" for record in records)
        write_text(self.path / "metrics.jsonl", text)

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write summary.json, and with it mark the run complete."""
        write_json(self.summary_path, summary)

    def _read_status(self) -> Status:
        return self._read_as(Status, "status.json")

    def damage(self) -> DamagedError | None:
        """Return what is wrong with the files that lists of runs are made of; None: nothing."""
        try:
            _ = self.config, self._read_status(), self.annotations(), self.summary()
        except DamagedError as error:
            return error
        return None

    def _read_as(self, cls: type[T], name: str) -> T:
        with self._reading(name):
            return from_dict(cls, read_json(self.path / name, self._called(name)), name)

    def _reading(self, name: str, todo: str = COPY_AGAIN) -> AbstractContextManager[None]:
        return reading(self._called(name), todo)

    def _called(self, name: str) -> str:
        return f"Run '{self.run_id}': {name}"


# Pages list hundreds of runs again and again, and what a run trains never changes.
@functools.lru_cache(maxsize=4096)
def _parse_config(text: str) -> RunConfig:
    return from_dict(RunConfig, parse_table(text), "config.json")


def as_metrics(lines: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return one row per finished epoch, columns `METRICS`, of the lines that tell of them.

    Raises
    ------
    TypeError, ValueError
        If one is no number.
    """
    table = pd.DataFrame(lines, columns=list(METRICS))
    return table.astype(dict.fromkeys(METRICS[1:], float)).astype({"epoch": int})
