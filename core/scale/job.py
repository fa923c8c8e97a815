"""A catalogue in the making, in a process of its own: ``python -m core.scale.job FOLDER``.

Safe in a process that must not import Keras: networks run in ONNX Runtime.
"""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from core.amounts import duration, n_of
from core.config import require
from core.jobs import File, Job, JobStatus, submit, worker
from core.jobs.roots import create, list_jobs, new_id, open_job
from core.jobs.turn import obey
from core.prediction.calibration.density_calibration import DEFAULT_ANSWER
from core.prediction.flags import LEVEL
from core.prediction.prior import DEFAULT_CAP, Prior
from core.runs import Run
from core.runs.finding import open_run
from core.scale.folder import CatalogueFolder
from core.scale.hats import require_hats_import
from core.scale.inputs import find_inputs
from core.scale.predict_folder import FolderPrediction, predict_folder
from core.scale.progress import Progress, counts

SECONDS_BETWEEN_UPDATES = 0.5


@dataclass(frozen=True)
class CatalogueConfig:
    """What a catalogue is made of; its `device` is None, as it needs no turn on one.

    Attributes
    ----------
    run : str
        Folder of the run.
    sources : tuple of str
        Files, folders, patterns, lists.
    recursive, with_densities, hats : bool
    level, answer, other_instrument, prior, prior_cap
        As of `Estimator`; the prior as of `Prior.named`.
    workers : int or None
        Processes; None: one a core.
    """

    run: str
    sources: tuple[str, ...]
    recursive: bool = False
    with_densities: bool = False
    hats: bool = False
    level: float = LEVEL
    answer: str = DEFAULT_ANSWER
    other_instrument: bool = False
    prior: str = "training"
    prior_cap: float = DEFAULT_CAP
    workers: int | None = None
    created: str | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        require(bool(self.sources), "Expected at least one file or folder of spectra.")
        Prior.named(self.prior, self.prior_cap)


@dataclass(frozen=True)
class CatalogueStatus(JobStatus):
    """How the making of a catalogue goes; see `JobStatus` for the rest.

    Attributes
    ----------
    files, files_done, failed, spectra, fraction
        As of `Progress`.
    rate : float
        Spectra per second.
    seconds_left : float or None
        [s]
    """

    files: int = 0
    files_done: int = 0
    failed: int = 0
    spectra: int = 0
    fraction: float = 0.0
    rate: float = 0.0
    seconds_left: float | None = None

    def words(self) -> str:
        """Return how far it is, in a line for people."""
        told = counts(self.files_done, self.files, self.failed, self.spectra, self.rate)
        if self.seconds_left is not None:
            told.append(f"about {duration(self.seconds_left)} left")
        return ", ".join(told)


@dataclass(frozen=True)
class CatalogueJob(Job[CatalogueConfig, CatalogueStatus]):
    """The making of a catalogue in parts, which lies in the job's folder."""

    kind = "catalogue"
    place = "catalogues"
    module = "core.scale.job"
    config_class = CatalogueConfig
    status_class = CatalogueStatus
    resumable = ("cancelled", "failed", "lost", "done")
    afresh: ClassVar[Mapping[str, Any]] = {"rate": 0.0, "seconds_left": None}

    catalogue = File("catalogue")
    densities = File("pz")
    hats = File("catalogue-hats")
    retry_path = File("retry-failed")  # asks the next start to read failed files again

    device = None

    def next_step(self, status: CatalogueStatus) -> str:
        """Return the sentence that says where a resume goes on."""
        return f"Resume goes on after {status.files_done:,} of {n_of(status.files, 'file')}."

    @property
    def failed_path(self) -> Path:
        """Table of the files that failed, in archives too, and why; none where none did."""
        return CatalogueFolder(self.catalogue).failed_path


def start(runs_dir: Path, run: Run, sources: list[str], **asked: Any) -> CatalogueJob:
    """Make a catalogue in a process of its own, which outlives this one.

    Parameters
    ----------
    runs_dir : Path
        Root of runs that gets the job, in `catalogues`.
    run : Run
        A complete run.
    sources : list of str
        Files, folders, patterns, lists; relative ones from here.
    **asked
        Other fields of `CatalogueConfig`.

    Raises
    ------
    ConfigError
        If a setting is impossible, or hats-import is missing for `hats`.
    DataError
        If there is no such file, or a folder holds none that could be a table.
    """
    given = tuple(_absolute(source) for source in sources)
    config = CatalogueConfig(str(run.path.resolve()), given, **asked)
    if config.hats:
        require_hats_import()
    find_inputs(given, recursive=config.recursive)
    return submit(create(CatalogueJob, runs_dir, new_id(run.run_id), config))


def _absolute(source: str) -> str:
    is_list = source.startswith("@") and not Path(source).exists()
    name = source.removeprefix("@") if is_list else source
    return "@" * is_list + str(Path(name).expanduser().absolute())


def open_catalogue(runs_dir: Path, job_id: str) -> CatalogueJob:
    """Return the catalogue of this id; a `RunError` if there is none."""
    return open_job(CatalogueJob, runs_dir, job_id)


def list_catalogues(*roots: Path) -> list[CatalogueJob]:
    """Return the catalogues in roots of runs, newest first."""
    return list_jobs(CatalogueJob, roots)


def _make(job: CatalogueJob) -> FolderPrediction:
    config, updated, before = job.config, 0.0, job.read_status().seconds

    def report(progress: Progress) -> None:
        nonlocal updated
        obey(job)
        if time.monotonic() - updated < SECONDS_BETWEEN_UPDATES:
            return
        updated = time.monotonic()
        job.update(
            message=progress.doing,
            files=progress.files,
            files_done=progress.files_done,
            failed=progress.failed,
            spectra=progress.spectra,
            fraction=progress.fraction,
            rate=progress.rate,
            seconds_left=progress.seconds_left,
            seconds=before + progress.seconds,
        )

    done = predict_folder(
        open_run(config.run),
        config.sources,
        job.catalogue,
        densities=job.densities if config.with_densities else None,
        level=config.level,
        prior=Prior.named(config.prior, config.prior_cap),
        answer=config.answer,
        other_instrument=config.other_instrument,
        recursive=config.recursive,
        workers=config.workers,
        retry_failed=job.retry_path.exists(),
        hats=config.hats,
        progress=report,
    )
    job.retry_path.unlink(missing_ok=True)
    job.update(
        files=done.files, files_done=done.files, failed=len(done.failed), fraction=1.0,
        seconds_left=None,
    )  # fmt: skip
    return done


def work(job: CatalogueJob) -> str:
    """Make the catalogue."""

    def make(job: CatalogueJob, device: object) -> str:
        done = _make(job)
        told = [n_of(done.rows, "spectrum"), n_of(done.redshifts, "redshift")]
        n = len(done.failed)
        if n:
            told.append(f"{n_of(n, 'file')} failed")
        if in_archives := len(done.account.refused) - n:
            told.append(f"{n_of(in_archives, 'file')} in archives failed")
        return f"{', '.join(told)}."

    return worker.work(job, make)


if __name__ == "__main__":
    sys.exit(worker.main(CatalogueJob, work))
