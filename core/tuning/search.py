"""A search is a folder: what it looks for, how it goes, and every trial.

Nothing but this module knows the layout::

    runs/searches/              lies in a root of runs, whose device locks it shares
      .trash/<time>/<id>/     deleted searches, see core.jobs.trash
      <search_id>/
        config.json             SearchConfig; never changes
        budget.json             Budget, if a resume gave another one
        status.json             SearchStatus; rewritten about twice a second while at work
        trials.jsonl            a line per ended trial
        trials/<number>/        of each trial
          trial.json            Trial, as it began
          worker.lock           held by the process that trains it
          metrics.jsonl         a line per finished epoch
          checkpoint.npz        state after the last epoch; gone when nobody needs it
        worker.log              output of the processes at work
        worker.lock             held by the process that leads the search, for its life, and
                                config.json with it
        trials.lock             held by the process that trains, for its life; of several workers
                                the further ones hold trials-1.lock, ...
        order.lock              held for moments: trials begin and end, and the status changes,
                                one after the other
        start.lock              held by whoever starts the leading process
        cancel                  its presence asks both to stop; its text is the state to end in

All but the log is written beside its place and renamed. What is tried next follows
from config.json, trials.jsonl and the trials that have begun alone, so that a search may be killed
at any moment.
"""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from filelock import FileLock

from core.amounts import n_of
from core.atomic import write_json, write_lines
from core.config import from_dict, to_dict
from core.errors import DamagedError
from core.jobs import Job
from core.jobs.roots import create, damaged, list_jobs, open_job
from core.model.config import Recipe
from core.runs.run import read_metrics
from core.stored import is_there
from core.tuning.config import Budget, SearchConfig, SearchStatus, Trial, counted
from core.tuning.hyperparameters import HYPERPARAMETERS, split_name

# Columns of the table of trials in front of those of the hyperparameters.
COLUMNS = (
    "trial", "state", "mae", "val_loss", "best_epoch", "epochs", "seconds", "cpu_seconds",
    "parameters", "message", "started", "ended",
)  # fmt: skip


@dataclass(frozen=True)
class Search(Job[SearchConfig, SearchStatus]):
    """A search's folder. Reading is for everyone, writing for `core.tuning` alone."""

    kind = "search"
    place = "searches"
    module = "core.tuning.worker"
    config_class = SearchConfig
    status_class = SearchStatus
    resumable = ("paused", "done", "cancelled", "failed", "lost")
    afresh = MappingProxyType({"trial": None, "epoch": 0})
    temporaries = ("**/.*.npz", "**/.*.json", "**/.*.jsonl")

    search_id = Job.id

    def trials_lock(self, worker: int = 0) -> FileLock:
        """Lock that a process of trials holds for its life."""
        return FileLock(self.path / (f"trials-{worker}.lock" if worker else "trials.lock"))

    def trial_lock(self, number: int) -> FileLock:
        """Lock of the process that trains a trial."""
        return FileLock(self.trial_folder(number) / "worker.lock")

    def order_lock(self) -> FileLock:
        """Lock for the moments in which a trial begins or ends, or the status changes."""
        return FileLock(self.path / "order.lock")

    def trial_folder(self, number: int) -> Path:
        """Folder of a trial."""
        return self.path / "trials" / f"{number:04d}"

    def checkpoint_path(self, trial: int) -> Path:
        """State of a trial after its last epoch."""
        return self.trial_folder(trial) / "checkpoint.npz"

    @property
    def budget(self) -> Budget:
        """When the search ends: as the last resume said, else as it was made."""
        if not is_there(self.path / "budget.json"):
            return self.config.budget
        return self.read_as(Budget, "budget.json")

    def read_listed(self) -> None:
        """Read what lists of searches are made of."""
        super().read_listed()
        _ = self.budget, self.ended_trials()

    def next_step(self, status: SearchStatus) -> str:
        """Return the sentence that says where a resume goes on."""
        trials = self.open_trials()
        where = "with the next trial"
        if len(trials) > 1:
            where = f"with the trials {', '.join(str(trial.number) for trial in trials)}"
        for trial in trials if len(trials) == 1 else ():
            epochs = len(self.curves(trial.number))
            place = f"after epoch {epochs}" if epochs else "from its start"
            where = f"with trial {trial.number} {place}"
        return f"Resume continues {where}; it keeps {n_of(status.trials_ended, 'ended trial')}."

    def reached(self, status: SearchStatus) -> float:
        """Return the number of ended trials, with the finished share of the one under way."""
        return status.trials_ended + status.epoch / (status.epochs + 1)

    def ended_trials(self) -> list[Trial]:
        """Return the trials that ended, in that order."""
        name = "trials.jsonl"
        with self.reading(name):
            return [from_dict(Trial, line, name) for line in self.read_lines(name)]

    def open_trials(self, ended: Sequence[Trial] | None = None) -> list[Trial]:
        """Return the trials that have begun and not ended, by number.

        `ended` are those that did, where they are known.
        """
        known = {trial.number for trial in (self.ended_trials() if ended is None else ended)}
        # Numbers have no gaps, and as many as there are workers are under way at most.
        most = len(known) + self.config.workers
        found = []
        for number in sorted({*range(1, most + 1)} - known):
            path = self.trial_folder(number) / "trial.json"
            if is_there(path):
                found.append(self.read_as(Trial, str(path.relative_to(self.path))))
        return found

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
        begun = self.open_trials(trials)
        state = "running" if begun and self.is_active else "unfinished"
        for trial in begun:
            curve = self.curves(trial.number)
            trials.append(
                replace(
                    trial,
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
        # Whole numbers stay whole where a trial lacks one.
        whole = ["best_epoch", "parameters", *(name for name in names if _is_whole(name))]
        kinds = dict.fromkeys(("mae", "val_loss"), "float64") | dict.fromkeys(whole, "Int64")
        return table.astype(kinds).infer_objects()

    def curves(self, trial: int) -> pd.DataFrame:
        """Return one row per finished epoch of a trial, columns `core.runs.METRICS`."""
        folder = self.trial_folder(trial).relative_to(self.path)
        return read_metrics(self, f"{folder}/metrics.jsonl")

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

    def write_budget(self, budget: Budget) -> None:
        """Give the search another budget."""
        write_json(self.path / "budget.json", to_dict(budget))

    def change_status(self, **changes: Any) -> SearchStatus:
        """Change the status, which several processes do, and return it."""
        with self.order_lock():
            status = replace(self.read_status(), **changes)
            self.write_status(status)
        return status

    def write_begun(self, trial: Trial) -> None:
        """Record that a trial begins, with the first epoch."""
        folder = self.trial_folder(trial.number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_json(folder / "trial.json", to_dict(trial))

    def write_curves(self, trial: int, records: Sequence[dict[str, float]]) -> None:
        """Replace the curves of a trial by these epochs, a line each."""
        write_lines(self.trial_folder(trial) / "metrics.jsonl", records)

    def write_ended(self, trial: Trial) -> list[Trial]:
        """Record that a trial ended; return all that did."""
        with self.order_lock():
            ended = [*self.ended_trials(), trial]
            write_lines(self.path / "trials.jsonl", [to_dict(one) for one in ended])
            self.write_status(counted(self.read_status(), ended))
        return ended

    def remove_checkpoints(self, trials: Sequence[int]) -> None:
        """Free the disk of the state of trials that nobody will go on with."""
        for number in trials:
            self.checkpoint_path(number).unlink(missing_ok=True)


def _is_whole(name: str) -> bool:
    return HYPERPARAMETERS[split_name(name)[0]].kind == "int"


def create_search(root: Path, config: SearchConfig) -> Search:
    """Make the folder of a new search in a root of runs; see `core.jobs.roots.create`."""
    return create(Search, root, config.search_id, config)


def open_search(root: Path, search_id: str) -> Search:
    """Return a search of a root of runs; see `core.jobs.roots.open_job`."""
    return open_job(Search, root, search_id)


def list_searches(*roots: Path, damaged_too: bool = False) -> list[Search]:
    """Return the searches in these roots of runs, newest first; see `list_jobs`."""
    return list_jobs(Search, roots, damaged_too=damaged_too)


def damaged_searches(*roots: Path) -> dict[Path, DamagedError]:
    """Return what is wrong with the searches in these roots that cannot be shown, by folder."""
    return damaged(Search, roots)
