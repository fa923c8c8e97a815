"""Folders of runs: making, opening and listing what lies in them."""

import logging
from dataclasses import replace
from pathlib import Path

from core.atomic import write_json
from core.config import to_dict
from core.data.card import utc_now
from core.errors import RunError, XpzError
from core.runs.config import RUN_ID, RunConfig, check_run_id
from core.runs.run import Run
from core.runs.status import Status

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
