"""Folders of runs: making, opening and listing what lies in them."""

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.atomic import write_json
from core.config import to_dict
from core.data.card import utc_now
from core.errors import DamagedError, RunError, XpzError
from core.runs.config import RUN_ID, RunConfig, check_run_id
from core.runs.run import Run
from core.runs.status import Status
from core.stored import is_there, reading

logger = logging.getLogger(__name__)


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
    if os.path.realpath(path) != str(path):
        raise RunError(f"Run '{run_id}' is a link; expected a folder. Open it where it lies.")
    if not is_there(path / "config.json"):
        raise RunError(f"There is no run '{run_id}'; see the list of runs for those that exist.")
    return Run(path)


def list_runs(*roots: Path) -> list[Run]:
    """Return the runs in these folders, newest first; a missing folder has none.

    A folder that is no readable run is left out and logged.
    """
    runs = []
    for root in map(Path, roots):
        for path in folders_in(root):
            try:
                run = open_run(root, path.name)
                runs.append((run.config.created, run.run_id, run))
            except XpzError as error:
                logger.warning("Left out of the list of runs: %s", error)
    return [run for _, _, run in sorted(runs, key=lambda item: item[:2], reverse=True)]


def damaged_runs(*roots: Path) -> dict[Path, DamagedError]:
    """Return what is wrong with the runs in these folders that cannot be shown, by folder."""
    return damaged_in(roots, Run)


def damaged_in(
    folders: Iterable[Path], kind: Callable[[Path], "Run | Any"]
) -> dict[Path, DamagedError]:
    """Return what is wrong with what lies in these folders, each of a `kind`, by its folder."""
    found: dict[Path, DamagedError] = {}
    for folder in map(Path, folders):
        try:
            for path in folders_in(folder, strict=True):
                damage = kind(path).damage()
                if damage is not None and os.path.realpath(path) == str(path):
                    found[path] = damage
        except DamagedError as error:
            found[folder] = error
    return found


def folders_in(root: Path, *, strict: bool = False) -> list[Path]:
    """Return the folders in `root` that runs or searches may lie in; none where it is missing.

    Raises
    ------
    DamagedError
        If `strict`, and the folder cannot be read.
    """
    root = Path(os.path.realpath(root))
    try:
        with reading(root, "Allow reading it, or choose another folder."):
            paths = sorted(root.iterdir()) if is_there(root) else []
    except DamagedError as error:
        if strict:
            raise
        logger.warning("Not listed: %s", error)
        return []
    return [
        path for path in paths if RUN_ID.fullmatch(path.name) and is_there(path / "config.json")
    ]
