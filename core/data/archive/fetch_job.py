"""A fetch in a process of its own: ``python -m core.data.archive.fetch_job FOLDER``."""

import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core.amounts import n_of
from core.atomic import write_text
from core.data.account import Account
from core.data.archive.config import ArchiveConfig
from core.data.archive.question import ask
from core.data.archive.report import REPORT, FetchReport
from core.data.archive.state import SOURCES, SPECTRA
from core.errors import ConfigError
from core.jobs import CountedStatus, File, Job, submit, warm, worker
from core.jobs.interrupting import obeying_at_once
from core.jobs.roots import create, list_jobs, new_id, open_job
from core.jobs.turn import obey

RELEASES = ("Gaia DR3", "Gaia DR4")

BYTES_PER_SPECTRUM = 13_000
"""Of coefficients, errors and correlations in FITS, as DR3 delivers them."""

SPECTRA_PER_MINUTE = (100, 1000)
"""What the archive serves on request, on a bad day and on a good one."""


@dataclass(frozen=True)
class FetchConfig:
    """What is fetched; one of `n_ids`, `cone`, `galaxies` and `adql` is given.

    Attributes
    ----------
    title : str
        What lists call it.
    release : str
    archive : ArchiveConfig
    n_ids : int or None
        Sources that are asked for by their ids, which lie in a file of the job's.
    cone, galaxies, adql
        As of `core.data.archive.download.fetch`.
    """

    title: str
    release: str = RELEASES[0]
    archive: ArchiveConfig = field(default_factory=ArchiveConfig)
    n_ids: int | None = None
    cone: tuple[float, ...] | None = None
    galaxies: int | None = None
    adql: str | None = None
    created: str | None = None
    device: str | None = None


@dataclass(frozen=True)
class FetchStatus(CountedStatus):
    """How a fetch goes; see `JobStatus` for the rest.

    Attributes
    ----------
    done, total : int
        Sources that have been asked for, and all that were found; 0 of 0 until they are.
    seconds_left : float or None
        At the pace so far [s].
    """

    seconds_left: float | None = None

    def words(self) -> str:
        """Return how far it is, in a line for people."""
        if not self.total:
            return "Asking the archive for the sources"
        told = [f"{self.done:,} of {n_of(self.total, 'source')}"]
        if self.seconds_left is not None:
            told.append(f"about {max(1, round(self.seconds_left / 60)):,} min left")
        return ", ".join(told)


@dataclass(frozen=True)
class FetchJob(Job[FetchConfig, FetchStatus]):
    """A fetch, whose result lies in the job's folder.

    ::

        fetches/JOB/ids.csv           the ids that are asked for, if it is by ids
        fetches/JOB/fetched/          what `core.data.archive.download.fetch` makes
        fetches/JOB/match/            its sources given redshifts, if someone did (`Match`)
        fetches/JOB/build/            the making of a data set of both (`Build`)
    """

    kind = "fetch"
    place = "fetches"
    module = "core.data.archive.fetch_job"
    config_class = FetchConfig
    status_class = FetchStatus
    afresh: ClassVar[Mapping[str, Any]] = {"seconds_left": None}

    ids_path = File("ids.csv")
    fetched = File("fetched")
    sources = File(f"fetched/{SOURCES}")
    spectra = File(f"fetched/{SPECTRA}")

    device = None

    def next_step(self, status: FetchStatus) -> str:
        """Return the sentence that says where a resume goes on."""
        if not status.total:
            return "Resume asks the archive again."
        return f"Resume goes on after {status.done:,} of {n_of(status.total, 'source')}."

    def can_resume(self, status: FetchStatus) -> bool:
        """Whether it can go on; where sources were found, the archive may grant the rest later."""
        return super().can_resume(replace(status, for_good=status.for_good and not status.total))

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked for, as `core.data.archive.download.fetch` takes it."""
        config = self.config
        ways = {"cone": config.cone, "galaxies": config.galaxies, "adql": config.adql}
        given = {way: value for way, value in ways.items() if value is not None}
        return given or {"ids": self.ids_path}

    def report(self) -> FetchReport:
        """Return the numbers of a fetch that is done."""
        told = self.read_json(f"{self.fetched.name}/{REPORT}")
        with self.reading(REPORT):
            return FetchReport(**{one.name: told[one.name] for one in fields(FetchReport)})

    def account(self) -> Account:
        """Return what became of the sources of a fetch that is done."""
        return self.report().account(self.config.release)


def start_fetch(
    runs_dir: Path,
    title: str,
    config: ArchiveConfig | None = None,
    *,
    release: str = RELEASES[0],
    ids: np.ndarray | None = None,
    cone: tuple[float, float, float] | None = None,
    galaxies: int | None = None,
    adql: str | None = None,
) -> FetchJob:
    """Fetch in a process of its own, which outlives this one.

    Parameters
    ----------
    runs_dir : Path
        Root of runs that gets the job, in `fetches`.
    title : str
        What lists call it.
    config : ArchiveConfig, optional
    release : str
    ids : array of int64, optional
    cone, galaxies, adql : optional
        As of `core.data.archive.download.fetch`; `adql` names no file here.

    Raises
    ------
    ConfigError
        If it is not asked in exactly one way, or a value is impossible.
    """
    check_query(adql)
    ask(ids=ids, cone=cone, galaxies=galaxies, adql=adql, release=release)
    made = FetchConfig(
        title,
        release,
        config or ArchiveConfig(),
        n_ids=None if ids is None else len(ids),
        cone=cone,
        galaxies=galaxies,
        adql=adql,
    )
    job = create(FetchJob, runs_dir, new_id("fetch"), made)
    if ids is not None:
        write_text(job.ids_path, "\n".join(["source_id", *map(str, ids.tolist())]) + "\n")
    return submit(job)


def expect_fetch() -> None:
    """Have a process ready for a fetch that someone is about to start and to wait for."""
    warm.prepare(FetchJob.module, ["core.jobs.worker", "core.data.archive.download"])


def check_query(adql: str | None) -> None:
    """Raise a `ConfigError` unless a query begins as one does.

    Where the name of a file may stand in its place, whoever asks from elsewhere would have that
    file read, and sent to the archive.
    """
    if adql is not None and not re.match(r"\s*(--[^\n]*\n\s*)*(SELECT|WITH)\s", adql, re.I):
        raise ConfigError(
            "ADQL: expected a query that begins with SELECT, received "
            f"'{' '.join(adql.split())[:60]}'."
        )


def open_fetch(runs_dir: Path, job_id: str) -> FetchJob:
    """Return the fetch of this id; a `RunError` if there is none."""
    return open_job(FetchJob, runs_dir, job_id)


def list_fetches(*roots: Path) -> list[FetchJob]:
    """Return the fetches in roots of runs, newest first."""
    return list_jobs(FetchJob, roots)


def work(job: FetchJob) -> str:
    """Fetch."""
    return worker.work(job, lambda job, device: _fetch(job))


def _fetch(job: FetchJob) -> str:
    # The client's libraries take most of a second to import: screens do without them.
    from core.data.archive.download import fetch

    config, began, before = job.config, time.monotonic(), job.read_status().seconds
    first: int | None = None

    def report(done: int, total: int) -> None:
        nonlocal first
        obey(job)
        first = done if first is None else first
        at_work = time.monotonic() - began
        left = at_work / (done - first) * (total - done) if done > first else None
        job.update(message="", done=done, total=total, seconds_left=left, seconds=before + at_work)

    def say(sentence: str) -> None:
        obey(job)
        job.update(message=sentence)

    job.update(message=f"Waiting for an answer from {config.archive.service.address}")
    with obeying_at_once(job):
        came = fetch(
            job.fetched, config.archive, release=config.release, progress=report, say=say,
            **job.asked,
        )  # fmt: skip
    job.update(seconds_left=None)
    return f"{n_of(came.n_spectra, 'spectrum')} of {n_of(came.n_asked, 'source')}."


if __name__ == "__main__":
    sys.exit(worker.main(FetchJob, work))
