"""Folders of jobs: naming, making, opening and listing what lies in them."""

import logging
import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from core.atomic import write_json
from core.clock import utc_now
from core.config import to_dict
from core.errors import RunError, XpzError
from core.jobs.folder import Job

JOB_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = ("searches", "inspections")
"""Folders beside the runs that hold something else."""

J = TypeVar("J", bound=Job[Any, Any])

logger = logging.getLogger(__name__)


def check_id(job_id: str) -> None:
    """Raise a `RunError` unless `job_id` may name a folder of a run or another job."""
    if not isinstance(job_id, str) or not JOB_ID.fullmatch(job_id):
        raise RunError(
            f"Expected a run id of lower-case letters, digits, '-' and '_' (at most 64, a letter "
            f"or digit first), received {job_id!r}."
        )
    if job_id in RESERVED:
        raise RunError(f"A run cannot be called '{job_id}': the folder of that name is taken.")


def new_id(name: str) -> str:
    """Return an id that starts like `name` and was never given before."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{slug or 'run'}-{stamp}-{secrets.token_hex(2)}"


def create(kind: type[J], root: Path, job_id: str, config: Any, **status: Any) -> J:
    """Make the folder of a new job in a root of runs, in state 'queued'.

    Raises
    ------
    RunError
        If a job of this kind and id exists.
    """
    job = kind(Path(root).resolve() / kind.place / job_id)
    try:
        job.path.mkdir(parents=True)
    except FileExistsError as error:
        raise RunError(f"A {kind.kind} '{job_id}' exists already; choose another id.") from error
    now = utc_now()
    job.write_status(kind.status_class("queued", created=now, submitted=now, **status))
    # The configuration comes last: without it the folder is not listed.
    write_json(job.path / "config.json", to_dict(replace(config, created=config.created or now)))
    return job


def open_job(kind: type[J], root: Path, job_id: str) -> J:
    """Return a job of a root of runs.

    Raises
    ------
    RunError
        If the id is malformed, leads out of `root`, or no such job exists.
    """
    check_id(job_id)
    folder = Path(root).resolve() / kind.place
    path = folder / job_id
    if path.resolve() != path:
        raise RunError(
            f"{kind.kind.capitalize()} '{job_id}' is a link; expected a folder. Open it where it "
            "lies."
        )
    if not (path / "config.json").is_file():
        raise RunError(f"There is no {kind.kind} '{job_id}' in {folder}.")
    return kind(path)


def list_jobs(kind: type[J], roots: Iterable[Path]) -> list[J]:
    """Return the jobs in roots of runs, newest first; a missing folder has none.

    A folder that is no readable job is left out and logged.
    """
    jobs = []
    for root in map(Path, roots):
        folder = root / kind.place
        for path in folder.iterdir() if folder.is_dir() else ():
            if JOB_ID.fullmatch(path.name) and (path / "config.json").is_file():
                try:
                    job = open_job(kind, root, path.name)
                    jobs.append((job.config.created, job.id, job))
                except XpzError as error:
                    logger.warning("Left out of the list: %s", error)
    return [job for _, _, job in sorted(jobs, key=lambda item: item[:2], reverse=True)]


def active(jobs: Mapping[str, Job[Any, Any]]) -> dict[str, Any]:
    """Return the status of the jobs that wait or work, by id; an unreadable one does neither."""
    found = {}
    for job_id, job in jobs.items():
        with suppress(XpzError, OSError):
            status = job.status()
            if status.is_active:
                found[job_id] = status
    return found
