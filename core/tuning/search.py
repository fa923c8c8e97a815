"""A search is a folder: what it looks for, how it goes, and every trial.

Nothing but this module knows the layout::

    runs/searches/              lies in a root of runs, whose device locks it shares
      <search_id>/
        config.json             SearchConfig; never changes
        budget.json             Budget, if a resume gave another one
        status.json             SearchStatus; rewritten about twice a second while at work
        trials.jsonl            a line per ended trial
        trials/<number>/        of each trial
          trial.json            Trial, as it began
          metrics.jsonl         a line per finished epoch
          checkpoint.npz        state after the last epoch; gone when nobody needs it
        worker.log              output of the processes at work
        worker.lock             held by the process that leads the search, for its life
        trials.lock             held by the process that trains, for its life
        start.lock              held by whoever starts the leading process
        cancel                  its presence asks both to stop; its text is the state to end in

All but the log is written beside its place and renamed. What is tried next follows
from config.json and trials.jsonl alone, so that a search may be killed at any moment.
"""

import json
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from core.atomic import write_json, write_text
from core.config import from_dict, to_dict
from core.data.card import utc_now
from core.detached import read_log
from core.errors import DamagedError, RunError, XpzError
from core.model.config import Recipe
from core.runs import check_run_id, is_held
from core.runs.roots import damaged_in, folders_in
from core.runs.run import as_metrics
from core.stored import is_there, read_json, read_lines, reading
from core.tuning.config import ALGORITHMS, STATES, Budget, SearchConfig, SearchStatus, Trial
from core.tuning.files import FOLDER, SearchFiles

__all__ = [
    "ALGORITHMS",
    "STATES",
    "Budget",
    "Search",
    "SearchConfig",
    "SearchStatus",
    "Trial",
    "create_search",
    "list_searches",
    "open_search",
]

T = TypeVar("T")

ACTIVE = ("queued", "running")
# Columns of the table of trials in front of those of the hyperparameters.
COLUMNS = (
    "trial", "state", "mae", "val_loss", "best_epoch", "epochs", "seconds", "cpu_seconds",
    "parameters", "message", "started", "ended",
)  # fmt: skip

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Search(SearchFiles):
    """A search's folder. Reading is for everyone, writing for `core.tuning` alone."""

    @property
    def data_path(self) -> Path:
        """Where the data set was; the file may have gone since."""
        return Path(os.path.normpath(self.path / self.config.data.path))

    @cached_property
    def config(self) -> SearchConfig:
        """What the search looks for."""
        return self._read_as(SearchConfig, "config.json")

    @property
    def budget(self) -> Budget:
        """When the search ends: as the last resume said, else as it was made."""
        if not is_there(self.path / "budget.json"):
            return self.config.budget
        return self._read_as(Budget, "budget.json")

    def status(self) -> SearchStatus:
        """Return how the search goes, 'lost' if its process has gone without a word."""
        before = self._read_status()
        if before.state not in ACTIVE or self.is_alive():
            return before
        # The process may have ended properly between the two looks.
        status = self._read_status()
        if status.state not in ACTIVE:
            return status
        message = (
            "The search's process ended without a word (killed, out of memory, or the machine "
            f"stopped). Resume goes on; {status.trials_ended} ended trials are kept."
        )
        return replace(status, state="lost", message=message)

    def is_alive(self) -> bool:
        """Whether a process leads this search or is being started: its lock is held."""
        # This order: the starter lets go only when the leading process holds its own lock.
        return is_held(self.start_lock()) or is_held(self.worker_lock())

    @property
    def is_active(self) -> bool:
        """Whether the search waits or works."""
        return self.status().state in ACTIVE

    def ended_trials(self) -> list[Trial]:
        """Return the trials that ended, in that order."""
        name = "trials.jsonl"
        with reading(self._called(name)):
            return [from_dict(Trial, line, name) for line in self._read_lines(name)]

    def open_trial(self) -> Trial | None:
        """Return the trial that has begun and not ended, None if there is none."""
        number = len(self.ended_trials()) + 1
        path = self.trial_folder(number) / "trial.json"
        if not is_there(path):
            return None
        return self._read_as(Trial, str(path.relative_to(self.path)))

    def trials(self) -> pd.DataFrame:
        """Return a row per trial.

        Returns
        -------
        pd.DataFrame
            `COLUMNS` (see `Trial`), then one per dimension of the space; missing
            where it did not count. A trial under way has state 'running', or
            'unfinished' while the search is not active, and neither MAE nor
            val_loss.
        """
        trials = self.ended_trials()
        unfinished = self.open_trial()
        # It may have ended since the first look.
        if unfinished is not None and unfinished.number == len(trials) + 1:
            curve = self.curves(unfinished.number)
            state = "running" if self.is_active else "unfinished"
            trials.append(
                replace(
                    unfinished,
                    state=state,
                    epochs=len(curve),
                    seconds=float(curve["seconds"].sum()),
                    cpu_seconds=float(curve["cpu_seconds"].sum()),
                )
            )
        names = [dimension.name for dimension in self.config.space.dimensions]
        rows = [asdict(trial) for trial in trials]
        rows = [{**row, "trial": row["number"], **row["values"]} for row in rows]
        table = pd.DataFrame(rows, columns=[*COLUMNS, *names])
        numbers = ("mae", "val_loss", "best_epoch", "parameters")
        return table.astype(dict.fromkeys(numbers, float)).infer_objects()

    def curves(self, trial: int) -> pd.DataFrame:
        """Return one row per finished epoch of a trial, columns `core.runs.METRICS`."""
        name = str((self.trial_folder(trial) / "metrics.jsonl").relative_to(self.path))
        with reading(self._called(name)):
            return as_metrics(self._read_lines(name))

    def recipe(self, trial: Trial) -> Recipe:
        """Return what a trial trains.

        Raises
        ------
        ConfigError
            If it is impossible.
        """
        config = self.config
        recipe = config.space.recipe(trial.values)
        training = replace(
            recipe.training,
            epochs=config.epochs,
            early_stopping_patience=config.patience,
            seed=config.seed,
        )
        return replace(recipe, training=training)

    def log(self, tail: int = 200) -> str:
        """Return the last `tail` lines of the processes' output."""
        return read_log(self.log_path, tail)

    def write_status(self, status: SearchStatus) -> None:
        """Replace status.json; the time of the update is set here."""
        write_json(self.path / "status.json", to_dict(replace(status, updated=utc_now())))

    def write_budget(self, budget: Budget) -> None:
        """Give the search another budget."""
        write_json(self.path / "budget.json", to_dict(budget))

    def write_begun(self, trial: Trial) -> None:
        """Record that a trial begins, with the first epoch."""
        folder = self.trial_folder(trial.number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_json(folder / "trial.json", to_dict(trial))

    def write_curves(self, trial: int, records: Sequence[dict[str, float]]) -> None:
        """Replace the curves of a trial by these epochs, a line each."""
        _write_lines(self.trial_folder(trial) / "metrics.jsonl", records)

    def write_ended(self, trial: Trial) -> None:
        """Record that a trial ended."""
        ended = [*self.ended_trials(), trial]
        _write_lines(self.path / "trials.jsonl", [to_dict(one) for one in ended])

    def remove_checkpoints(self, trials: Sequence[int]) -> None:
        """Free the disk of the state of trials that nobody will go on with."""
        for number in trials:
            self.checkpoint_path(number).unlink(missing_ok=True)

    def _read_status(self) -> SearchStatus:
        return self._read_as(SearchStatus, "status.json")

    def damage(self) -> DamagedError | None:
        """Return what is wrong with the files that lists of searches are made of; None: nothing."""
        try:
            _ = self.config, self._read_status(), self.budget
        except DamagedError as error:
            return error
        return None

    def _read_as(self, cls: type[T], name: str) -> T:
        with reading(self._called(name)):
            return from_dict(cls, read_json(self.path / name, self._called(name)), name)

    def _read_lines(self, name: str) -> list[dict[str, Any]]:
        return read_lines(self.path / name, self._called(name))

    def _called(self, name: str) -> str:
        return f"Search '{self.search_id}': {name}"


def _write_lines(path: Path, records: Sequence[dict[str, Any]]) -> None:
    write_text(path, "".join(json.dumps(record, allow_nan=False) + "\n" for record in records))


def create_search(root: Path, config: SearchConfig) -> Search:
    """Make the folder of a new search in a root of runs, in state 'queued'.

    Raises
    ------
    RunError
        If a search of this id exists.
    """
    search = Search(Path(root).resolve() / FOLDER / config.search_id)
    try:
        search.path.mkdir(parents=True)
    except FileExistsError as error:
        raise RunError(
            f"A search '{search.search_id}' exists already; choose another id."
        ) from error
    now = utc_now()
    search.write_status(SearchStatus("queued", created=now, submitted=now))
    # The configuration comes last: without it the folder is not listed.
    created = config.created or now
    write_json(search.path / "config.json", to_dict(replace(config, created=created)))
    return search


def open_search(root: Path, search_id: str) -> Search:
    """Return the search `search_id` of a root of runs.

    Raises
    ------
    RunError
        If the id is malformed, leads out of `root`, or no such search exists.
    """
    check_run_id(search_id)
    path = Path(root).resolve() / FOLDER / search_id
    if os.path.realpath(path) != str(path):
        raise RunError(f"Search '{search_id}' is a link; expected a folder.")
    if not is_there(path / "config.json"):
        raise RunError(f"There is no search '{search_id}' in {Path(root) / FOLDER}.")
    return Search(path)


def list_searches(*roots: Path) -> list[Search]:
    """Return the searches in these roots of runs, newest first; a missing folder has none.

    A folder that is no readable search is left out and logged.
    """
    searches = []
    for root in map(Path, roots):
        for path in folders_in(root / FOLDER):
            try:
                search = open_search(root, path.name)
                searches.append((search.config.created, search.search_id, search))
            except XpzError as error:
                logger.warning("Left out of the list of searches: %s", error)
    return [search for _, _, search in sorted(searches, key=lambda item: item[:2], reverse=True)]


def damaged_searches(*roots: Path) -> dict[Path, DamagedError]:
    """Return what is wrong with the searches in these roots that cannot be shown, by folder."""
    return damaged_in([Path(root) / FOLDER for root in roots], Search)
