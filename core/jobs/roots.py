"""Folders of jobs: naming, making, opening and listing what lies in them."""

import logging
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from core.atomic import write_json
from core.clock import utc_now
from core.config import to_dict
from core.did_you_mean import alike_beside
from core.errors import DamagedError, RunError, XpzError
from core.file_errors import writing
from core.jobs.folder import Job
from core.stored import is_there, reading

JOB_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = ("searches", "inspections", "answers", "catalogues", "fetches")
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
        raise RunError(f"A run cannot be named '{job_id}': a folder of that name is in use.")


HEAD, TAIL = 22, 18
"""Characters of the beginning and the end of a long name that an id has."""


def new_id(name: str) -> str:
    """Return an id that says `name` and was never given before.

    Of a long name it has the beginning and the end, with '--' for what is left out.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()  # ü is u
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if len(slug) > HEAD + 2 + TAIL:
        slug = f"{slug[:HEAD].strip('-')}--{slug[-TAIL:].strip('-')}"
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{slug or 'run'}-{stamp}-{secrets.token_hex(2)}"


def create(kind: type[J], root: Path, job_id: str, config: Any, **status: Any) -> J:
    """Make the folder of a new job in a root of runs, in state 'queued'.

    Raises a `RunError` if a job of this kind and id exists.
    """
    job = kind(Path(root).resolve() / kind.place / job_id)
    with writing(job.path):
        try:
            job.path.mkdir(parents=True)
        except FileExistsError as error:
            message = f"A {kind.kind} '{job_id}' exists already; choose another id."
            raise RunError(message) from error
    now = utc_now()
    try:
        job.write_status(kind.status_class("queued", created=now, submitted=now, **status))
        # The configuration comes last: without it the folder is not listed.
        made = replace(config, created=config.created or now)
        write_json(job.path / "config.json", to_dict(made))
    except OSError:  # a full disk; the id is free again
        shutil.rmtree(job.path, ignore_errors=True)
        raise
    return job


def open_job(kind: type[J], root: Path, job_id: str) -> J:
    """Return a job of a root of runs.

    Raises a `RunError` if the id is malformed, leads out of `root`, or no such job exists.
    """
    check_id(job_id)
    folder = Path(os.path.realpath(root)) / kind.place
    path = folder / job_id
    if os.path.realpath(path) != str(path):
        raise RunError(
            f"{kind.kind.capitalize()} '{job_id}' is a link; expected a folder. Open it at its "
            "real place."
        )
    if not is_there(path / "config.json"):
        raise RunError(f"There is no {kind.kind} '{job_id}' in {folder}.{alike_beside(path)}")
    return kind(path)


def list_jobs(kind: type[J], roots: Iterable[Path], *, damaged_too: bool = False) -> list[J]:
    """Return the jobs in roots of runs, newest first; a missing folder has none.

    A folder that is no readable job is left out and logged, or comes last with `damaged_too`.
    """
    roots = list(roots)
    folders = [Path(os.path.realpath(root)) / kind.place for root in roots]
    jobs = []
    for path, found in _look(kind, roots):
        if isinstance(found, Job):
            jobs.append((found.config.created, found.id, found))
        elif damaged_too and isinstance(found, DamagedError) and path not in folders:
            jobs.append(("", path.name, kind(path)))
        else:
            logger.info("Not listed: %s", found)
    return [job for _, _, job in sorted(jobs, key=lambda item: item[:2], reverse=True)]


def damaged(kind: type[Job[Any, Any]], roots: Iterable[Path]) -> dict[Path, DamagedError]:
    """Return what is wrong with the jobs in roots of runs that cannot be shown, by folder."""
    errors = {
        path: found.damage() if isinstance(found, Job) else found
        for path, found in _look(kind, roots)
    }
    return {path: error for path, error in errors.items() if isinstance(error, DamagedError)}


def _look(kind: type[J], roots: Iterable[Path]) -> Iterator[tuple[Path, J | XpzError]]:
    """Yield the folders in roots of runs with their jobs, or with why they cannot be listed."""
    for root in roots:
        folder = Path(os.path.realpath(root)) / kind.place
        try:
            with reading(folder, "Allow reading it, or choose another folder."):
                paths = sorted(folder.iterdir()) if is_there(folder) else []
        except DamagedError as error:
            yield folder, error
            continue
        is_real = os.path.realpath(folder) == str(folder)
        for path in paths:
            if JOB_ID.fullmatch(path.name) and is_there(path / "config.json"):
                try:
                    # What `open_job` would find, without a look at each folder above, each time.
                    plain = is_real and path.name not in RESERVED and not path.is_symlink()
                    job = kind(path) if plain else open_job(kind, root, path.name)
                    _ = job.config
                except XpzError as error:
                    yield path, error
                else:
                    yield path, job


def active(jobs: Mapping[str, Job[Any, Any]]) -> dict[str, Any]:
    """Return the status of the jobs that wait or work, by id; an unreadable one does neither."""
    found = {}
    for job_id, job in jobs.items():
        with suppress(XpzError, OSError):
            status = job.status()
            if status.is_active:
                found[job_id] = status
    return found
