"""A run is a folder: what was trained, how it goes, and everything needed to predict.

Nothing but this module knows the layout::

    runs/                       a root; shipped runs lie in another, read-only one
      .device-cpu.lock          held by the training that uses the device
      <run_id>/
        config.json             RunConfig; never changes
        status.json             Status; rewritten about twice a second while training
        metrics.jsonl           a line per finished epoch
        calibration.npz         intervals, training domain and limits of the flags; older runs
                                and those with too few galaxies have none
        predictions.parquet     test part: source_id, z_spec, z_pred, g_mag if known, and if the
                                run is calibrated z_lower, z_upper (68 %), flags; with p(z)
                                more, see core.prediction.dataset
        model.keras             the trained network; while a fine-tuning trains, its start
        model.onnx              the trained network for ONNX Runtime
        scaler.npz              scaling of its input
        seen.npz                ids of the galaxies that the network was trained or validated with;
                                older runs and those of data without ids have none
        wavelength_map.npz      which wavelengths carry the redshift; made on request
        summary.json            written last: it marks the run complete
        worker.log              output of the training process
        worker.lock             held by the training process for its life
        start.lock              held by whoever starts the training process
        cancel                  its presence asks the training process to stop
        checkpoint.npz          state after the last finished epoch; gone when done
        map.lock, map.json,     lock, progress, request to stop and output of the process that
        map.cancel, map.log     makes the wavelength map

All but the log is written beside its place and renamed, so that a reader sees the
old file or the new one, never a part. The folder may be moved, zipped and opened
elsewhere: only the training data are a reference (path and hash), and so is, until its
first epoch is done, the run that a fine-tuning starts from.
"""

import functools
import hashlib
import json
import logging
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from core.atomic import write_json, write_text
from core.config import from_dict, require, to_dict
from core.data.card import utc_now
from core.data.split import SplitConfig
from core.errors import RunError, XpzError
from core.model.config import Recipe

RUN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
STATES = ("queued", "running", "done", "cancelled", "failed", "lost")
METRICS = ("epoch", "loss", "mae", "val_loss", "val_mae", "learning_rate", "seconds", "cpu_seconds")
LOG_BYTES = 65_536

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DataReference:
    """The data set that a run was trained on.

    `path` is relative to the run's folder where that is possible, so that a
    project can be moved as a whole; `hash` tells whether the file is the same.
    """

    path: str
    name: str
    hash: str
    n_galaxies: int
    origin: str


@dataclass(frozen=True)
class Start:
    """The run whose network and scaling a training goes on from: fine-tuning.

    `path` is that run's folder, relative to this run's where that is possible;
    `hash` is its `Run.network_hash` when this run was made.
    """

    run_id: str
    path: str
    hash: str


@dataclass(frozen=True)
class RunConfig:
    """What a run trains: the recipe, the data, their split and the device asked for.

    Without a `start`, a network begins with freshly drawn weights.
    """

    run_id: str
    name: str
    preset: str | None
    recipe: Recipe
    data: DataReference
    split: SplitConfig
    device: str = "auto"
    created: str = ""
    start: Start | None = None

    def __post_init__(self) -> None:
        check_run_id(self.run_id)


@dataclass(frozen=True)
class Status:
    """How a run goes.

    Attributes
    ----------
    state : str
        One of `STATES`. 'lost' is never written: it is what a reader calls a
        queued or running training whose process has gone.
    epoch, epochs : int
        Finished epochs and those of the recipe.
    step, steps : int
        Batches done in the present epoch and those of one epoch.
    device : str
        Name of the device in use, for people.
    message : str
        One sentence for people; why a run failed.
    created, submitted, started, updated, ended : str or None
        UTC, ISO-8601. `submitted` orders the queue and is renewed by a resume.
    seconds : float
        Time spent in training so far, over all its processes [s].
    """

    state: str
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    device: str = ""
    message: str = ""
    created: str | None = None
    submitted: str | None = None
    started: str | None = None
    updated: str | None = None
    ended: str | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        require(self.state in STATES, f"Status.state: unknown state '{self.state}'.")

    @property
    def fraction(self) -> float:
        """Share of the training's batches that is done, 0 to 1."""
        within = self.step / self.steps if self.steps else 0.0
        return min((self.epoch + within) / self.epochs, 1.0) if self.epochs else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Expected rest of the training at its mean speed so far [s]; None if unknown."""
        if self.state != "running" or self.fraction == 0:
            return None
        return self.seconds * (1 / self.fraction - 1)


@dataclass(frozen=True)
class Run:
    """A run folder. Reading is for everyone, writing for `core.training` alone."""

    path: Path

    @property
    def run_id(self) -> str:
        """Name of the folder, unique in its root."""
        return self.path.name

    @property
    def root(self) -> Path:
        """The folder that this run lies in."""
        return self.path.parent

    @property
    def model_path(self) -> Path:
        """The trained network, for Keras."""
        return self.path / "model.keras"

    @property
    def onnx_path(self) -> Path:
        """The trained network, for ONNX Runtime."""
        return self.path / "model.onnx"

    @property
    def scaler_path(self) -> Path:
        """Scaling of the input."""
        return self.path / "scaler.npz"

    @property
    def calibration_path(self) -> Path:
        """Intervals, training domain and limits of the flags; may be missing."""
        return self.path / "calibration.npz"

    @property
    def checkpoint_path(self) -> Path:
        """State after the last finished epoch, from which a resume goes on."""
        return self.path / "checkpoint.npz"

    @property
    def predictions_path(self) -> Path:
        """Predictions for the test part."""
        return self.path / "predictions.parquet"

    @property
    def densities_path(self) -> Path:
        """p(z) of the test part; only networks that give it have one."""
        return self.path / "densities.npz"

    @property
    def seen_path(self) -> Path:
        """Ids of the galaxies that the network has seen; older runs have none."""
        return self.path / "seen.npz"

    @property
    def wavelength_map_path(self) -> Path:
        """Which wavelengths carry the redshift; may be missing."""
        return self.path / "wavelength_map.npz"

    @property
    def map_status_path(self) -> Path:
        """How the making of the wavelength map goes; missing while nobody makes one."""
        return self.path / "map.json"

    @property
    def map_cancel_path(self) -> Path:
        """A file that asks whoever makes the wavelength map to stop."""
        return self.path / "map.cancel"

    @property
    def map_log_path(self) -> Path:
        """Output of the process that makes the wavelength map."""
        return self.path / "map.log"

    @property
    def summary_path(self) -> Path:
        """The result; its presence marks the run complete."""
        return self.path / "summary.json"

    @property
    def cancel_path(self) -> Path:
        """A file that asks the training process to stop."""
        return self.path / "cancel"

    @property
    def log_path(self) -> Path:
        """Output of the training process."""
        return self.path / "worker.log"

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

    def worker_lock(self) -> FileLock:
        """Lock that the training process holds for its life."""
        return FileLock(self.path / "worker.lock")

    def map_lock(self) -> FileLock:
        """Lock of whoever makes the wavelength map."""
        return FileLock(self.path / "map.lock")

    def start_lock(self) -> FileLock:
        """Lock of whoever starts a training process, until that holds its own."""
        return FileLock(self.path / "start.lock")

    @functools.cached_property
    def config(self) -> RunConfig:
        """What the run trains."""
        return from_dict(RunConfig, self._read_json("config.json"), f"{self.run_id}/config.json")

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
        return self.summary_path.is_file()

    def metrics(self) -> pd.DataFrame:
        """Return one row per finished epoch, columns `METRICS` (seconds in s)."""
        path = self.path / "metrics.jsonl"
        text = path.read_text() if path.is_file() else ""
        # What stands behind the last line end is still being written.
        lines = text[: text.rfind("\n") + 1].splitlines()
        try:
            return pd.DataFrame([json.loads(line) for line in lines], columns=list(METRICS))
        except json.JSONDecodeError as error:
            raise RunError(f"Run '{self.run_id}': metrics.jsonl is damaged ({error}).") from error

    def summary(self) -> dict[str, Any] | None:
        """Return the result of a complete run, else None."""
        return self._read_json("summary.json") if self.is_complete else None

    def predictions(self) -> pd.DataFrame:
        """Return the redshifts of the test part; see `core.prediction.dataset`."""
        import pyarrow as pa

        if not self.predictions_path.is_file():
            raise RunError(f"Run '{self.run_id}' has no predictions yet: it is not complete.")
        try:
            return pd.read_parquet(self.predictions_path)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise RunError(
                f"Run '{self.run_id}': {self.predictions_path.name} is damaged ({error}); copy "
                "the run's folder again, or train it anew."
            ) from error

    def log(self, tail: int = 200) -> str:
        """Return the last `tail` lines of the training process' output."""
        if not self.log_path.is_file():
            return ""
        with self.log_path.open("rb") as file:
            file.seek(max(0, self.log_path.stat().st_size - LOG_BYTES))
            text = file.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-tail:])

    def write_status(self, status: Status) -> None:
        """Replace status.json; the time of the update is set here."""
        write_json(self.path / "status.json", to_dict(replace(status, updated=utc_now())))

    def write_metrics(self, records: list[dict[str, float]]) -> None:
        """Replace metrics.jsonl by these epochs, a line each."""
        text = "".join(json.dumps(record) + "\n" for record in records)
        write_text(self.path / "metrics.jsonl", text)

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write summary.json, and with it mark the run complete."""
        write_json(self.summary_path, summary)

    def _read_status(self) -> Status:
        return from_dict(Status, self._read_json("status.json"), f"{self.run_id}/status.json")

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            return json.loads((self.path / name).read_text())
        except FileNotFoundError as error:
            raise RunError(f"Run '{self.run_id}': {name} is missing; not a run folder.") from error
        except ValueError as error:
            raise RunError(f"Run '{self.run_id}': {name} is damaged ({error}).") from error


def check_run_id(run_id: str) -> None:
    """Raise a `RunError` unless `run_id` may name a run folder."""
    if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
        raise RunError(
            f"Expected a run id of lower-case letters, digits, '-' and '_' (at most 64, a letter "
            f"or digit first), received {run_id!r}."
        )


def new_run_id(name: str) -> str:
    """Return a run id that starts like `name` and was never given before."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{slug or 'run'}-{stamp}-{secrets.token_hex(2)}"


def create_run(root: Path, config: RunConfig) -> Run:
    """Make the folder of a new run, in state 'queued'.

    Raises
    ------
    RunError
        If a run of this id exists.
    """
    run = Run(Path(root).resolve() / config.run_id)
    try:
        run.path.mkdir(parents=True)
    except FileExistsError as error:
        raise RunError(f"A run '{run.run_id}' exists already; choose another id.") from error
    now = utc_now()
    epochs = config.recipe.training.epochs
    run.write_status(Status("queued", epochs=epochs, created=now, submitted=now))
    # The configuration comes last: without it the folder is not listed.
    write_json(run.path / "config.json", to_dict(replace(config, created=config.created or now)))
    return run


def open_run(root: Path, run_id: str) -> Run:
    """Return the run `run_id` of `root`.

    Raises
    ------
    RunError
        If the id is malformed, leads out of `root`, or no such run exists.
    """
    check_run_id(run_id)
    path = Path(root).resolve() / run_id
    if path.resolve() != path:
        raise RunError(f"Run '{run_id}' is a link; expected a folder. Open it where it lies.")
    if not (path / "config.json").is_file():
        raise RunError(f"There is no run '{run_id}'; see the list of runs for those that exist.")
    return Run(path)


def list_runs(*roots: Path) -> list[Run]:
    """Return the runs in these folders, newest first; a missing folder has none.

    A folder that is no readable run is left out and logged.
    """
    runs = []
    for root in map(Path, roots):
        for path in root.iterdir() if root.is_dir() else ():
            if RUN_ID.fullmatch(path.name) and (path / "config.json").is_file():
                try:
                    run = open_run(root, path.name)
                    runs.append((run.config.created, run.run_id, run))
                except XpzError as error:
                    logger.warning("Left out of the list of runs: %s", error)
    return [run for _, _, run in sorted(runs, key=lambda item: item[:2], reverse=True)]


def device_lock(root: Path, device_id: str) -> FileLock:
    """Lock of the one training in `root` that uses the device ('cpu', 'gpu:0', ...)."""
    return FileLock(Path(root) / f".device-{device_id.replace(':', '')}.lock")


def is_held(lock: FileLock, seconds: float = 0.02) -> bool:
    """Whether another process (or lock object) holds this lock, and goes on to for `seconds`."""
    if not os.path.exists(lock.lock_file):
        return False
    try:
        # Two who look at the same moment must not take each other for the holder.
        with lock.acquire(timeout=seconds, poll_interval=0.005):
            return False
    except Timeout:
        return True
    except OSError:
        # In a folder that we may not write to, nobody of ours works.
        return False
