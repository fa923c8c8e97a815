"""A run, read from its folder."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock

from core.atomic import write_json, write_lines
from core.config import to_dict
from core.errors import DamagedError, RunError, XpzError
from core.file_errors import writing
from core.jobs import File, Job
from core.jobs.roots import create, damaged, list_jobs, open_job
from core.runs.annotations import Annotations, as_name
from core.runs.config import RunConfig
from core.runs.status import Status
from core.runs.stored import check_predictions, check_result, check_summary
from core.stored import is_there
from core.versions import kept

METRICS = ("epoch", "loss", "mae", "val_loss", "val_mae", "learning_rate", "seconds", "cpu_seconds")


SHIPPED_RUNS = Path(__file__).resolve().parents[2] / "assets" / "runs"
"""The runs that come with xpz; nobody writes to them."""


def runs_folder() -> Path:
    """Return the folder of your runs: `runs` where you are, or what `XPZ_RUNS_DIR` names."""
    return Path(os.environ.get("XPZ_RUNS_DIR") or "runs")


@dataclass(frozen=True)
class Run(Job[RunConfig, Status]):
    """A run folder. Reading is for everyone, writing for `core.training`, notes for people.

    Examples
    --------
    >>> import core
    >>> run = core.open_run("compact-20k")
    >>> run.status().state, run.config.data.n_galaxies
    ('done', 20000)
    >>> list(run.predictions().columns[:3])
    ['source_id', 'z_spec', 'z_pred']
    """

    kind = "run"
    module = "core.training.worker"
    config_class = RunConfig
    status_class = Status
    afresh = MappingProxyType({"step": 0})
    temporaries = (
        *(".onnx-*", ".checkpoint.npz", ".scaler.npz", ".calibration.npz", ".densities.npz"),
        *(".seen.npz", ".*.keras", ".*.onnx", ".*.parquet", ".*.jsonl"),
        *(".status.json", ".summary.json"),
    )

    run_id = Job.id

    @property
    def is_shipped(self) -> bool:
        """Whether the run came with xpz: it stays as it is."""
        return self.root == SHIPPED_RUNS

    annotations_path = File("annotations.json")
    model_path = File("model.keras")
    onnx_path = File("model.onnx")
    scaler_path = File("scaler.npz")
    calibration_path = File("calibration.npz")
    metrics_path = File("metrics.jsonl")
    checkpoint_path = File("checkpoint.npz")
    predictions_path = File("predictions.parquet")
    densities_path = File("densities.npz")
    seen_path = File("seen.npz")
    wavelength_map_path = File("wavelength_map.npz")
    summary_path = File("summary.json")
    imported_path = File("imported.json")
    mirror_log_path = File("mlflow.log")

    @property
    def is_imported(self) -> bool:
        """Whether the run came as a bundle: its network is somebody else's program."""
        return is_there(self.imported_path)

    @property
    def start(self) -> "Run | None":
        """The run that this one started from; it may have changed or gone since."""
        start = self.config.start
        return None if start is None else Run(Path(os.path.normpath(self.path / start.path)))

    def network_hash(self) -> str:
        """Return the SHA-256 over the network for Keras and its scaling, hexadecimal.

        Raises a `RunError` if one of the files is not there.
        """
        try:
            content = self.model_path.read_bytes() + self.scaler_path.read_bytes()
        except FileNotFoundError as error:
            name = Path(error.filename).name
            raise RunError(f"Run '{self.title}' has no {name} in {self.path}.") from error
        return hashlib.sha256(content).hexdigest()

    def annotations(self) -> Annotations:
        """Return what people wrote on the run."""
        if not is_there(self.annotations_path):
            return Annotations()
        name = self.annotations_path.name
        return kept(self.annotations_path, lambda: self.read_as(Annotations, name), Annotations)

    @property
    def title(self) -> str:
        """What people called the run, else its id; also where what they wrote cannot be read."""
        with suppress(XpzError, OSError):
            return self.annotations().name or self.run_id
        return self.run_id

    def without_process(self, status: Status) -> Status:
        """Return 'done' of a run that has everything, else 'lost'."""
        return (
            replace(status, state="done") if self.is_complete else super().without_process(status)
        )

    def next_step(self, status: Status) -> str:
        """Return the sentence that says where a resume goes on."""
        if not status.epoch:
            return "No epoch was finished: Resume begins again."
        return f"Resume continues after epoch {status.epoch}."

    def reached(self, status: Status) -> float:
        """Return the number of finished epochs."""
        return status.epoch

    @property
    def is_complete(self) -> bool:
        """Whether the run has everything: a network, its predictions, its summary."""
        return is_there(self.summary_path)

    def metrics(self) -> pd.DataFrame:
        """Return one row per finished epoch, columns `METRICS` (seconds in s)."""
        return read_metrics(self, "metrics.jsonl")

    def summary(self) -> dict[str, Any] | None:
        """Return what there is of the result of a complete run, else None; never change it."""
        if not self.is_complete:
            return None
        return kept(self.summary_path, self._read_summary, "summary")

    def _read_summary(self) -> dict[str, Any]:
        name = self.summary_path.name
        with self.reading(name):
            return check_summary(self.read_json(name))

    def result(self) -> dict[str, Any] | None:
        """Return the result of a complete run with all that one has, else None."""
        summary = self.summary()
        if summary is None:
            return None
        with self.reading(self.summary_path.name):
            return check_result(summary)

    def read_listed(self) -> None:
        """Read what lists of runs are made of."""
        super().read_listed()
        _ = self.annotations(), self.summary()

    def predictions(self) -> pd.DataFrame:
        """Return the redshifts of the test part; see `core.prediction.dataset`."""
        if not is_there(self.predictions_path):
            raise RunError(f"Run '{self.title}' has no predictions yet: it is not complete.")
        with self.reading(self.predictions_path.name, "Copy its folder again, or train it again."):
            return check_predictions(pd.read_parquet(self.predictions_path))

    def annotate(self, **changes: Any) -> None:
        """Change what people wrote on the run: fields of `Annotations`; the others stay.

        Of two who write at the same time, neither takes back what the other wrote. Raises a
        `RunError` if the run came with xpz, or was deleted meanwhile.
        """
        if self.is_shipped:
            raise RunError(
                f"Run '{self.title}' came with xpz and cannot be changed: name, tags and notes "
                "are for your own runs."
            )
        if not is_there(self.path / "config.json"):  # the lock would make its folder again
            raise RunError(f"Run '{self.title}' is not there any more; nothing was written on it.")
        path = self.annotations_path
        with writing(path), FileLock(path.with_name(f".{path.name}.lock")):
            written = replace(self.annotations(), **changes)
            write_json(path, to_dict(written))

    def call(self, name: str) -> None:
        """Keep what people call the run; raise a `ConfigError` if it is longer than it may be."""
        self.annotate(name=as_name(name))

    def write_metrics(self, records: list[dict[str, float]]) -> None:
        """Replace metrics.jsonl by these epochs, a line each."""
        write_lines(self.metrics_path, records)

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write summary.json, and with it mark the run complete."""
        write_json(self.summary_path, summary)


def create_run(root: Path, config: RunConfig) -> Run:
    """Make the folder of a new run, in state 'queued'; see `core.jobs.roots.create`."""
    return create(Run, root, config.run_id, config, epochs=config.recipe.training.epochs)


def open_run(root: Path, run_id: str) -> Run:
    """Return the run `run_id` of `root`; see `core.jobs.roots.open_job`."""
    return open_job(Run, root, run_id)


def list_runs(*roots: Path, damaged_too: bool = False) -> list[Run]:
    """Return the runs in these folders, newest first; see `core.jobs.roots.list_jobs`."""
    return list_jobs(Run, roots, damaged_too=damaged_too)


def damaged_runs(*roots: Path) -> dict[Path, DamagedError]:
    """Return what is wrong with the runs in these folders that cannot be shown, by folder."""
    return damaged(Run, roots)


def read_metrics(job: Job[Any, Any], name: str) -> pd.DataFrame:
    """Return one row per finished epoch, columns `METRICS`, of a file of a job."""
    with job.reading(name):
        table = pd.DataFrame(job.read_lines(name), columns=list(METRICS))
        table = table.astype(dict.fromkeys(METRICS, float) | {"epoch": int})
        # An epoch whose loss is no number ends a training and is not kept.
        for column in ("loss", "mae", "val_loss", "val_mae", "seconds"):
            if not np.isfinite(table[column]).all():
                raise ValueError(f"expected a number for {column!r} in every line")
        return table
