"""The process that runs trials: ``python -m core.tuning.tuner SEARCH_DIR DEVICE CLOCK``.

Started by `core.tuning.worker`, and gone with it. CLOCK is the reading of the monotonic
clock at which the search's time at work was 0 [s].
"""

import gc
import logging
import math
import os
import shutil
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from core.atomic import replacing
from core.clock import utc_now
from core.errors import RunError
from core.jobs.devices import Device, candidates
from core.jobs.turn import CancelledError, obey
from core.jobs.worker import sentence
from core.model.config import Recipe
from core.model.shapes import count_parameters
from core.training.job import device_in_use
from core.training.loop import Record, best_epoch, fit_spectra
from core.training.parts import Parts, read_parts
from core.tuning.oracle import Oracle
from core.tuning.search import Search, Trial, open_search
from core.tuning.watch import SearchWatch, TimeSpentError
from core.tuning.worker import FINISHED, MORE, STOPPED, check_failures, counted

# The process before us, whose leader was killed, is gone within a moment.
LOCK_SECONDS = 60.0

logger = logging.getLogger("core.tuning.tuner")  # run with -m, our name is __main__


class _EnoughError(Exception):
    """The trial has had its epochs."""


def run_trials(search: Search, device: Device, clock: float) -> int:
    """Run trials until the search ends or has had enough of this process: `FINISHED` or `MORE`.

    Raises a `CancelledError` if the search is asked to stop, a `DataError` if the data set is
    missing, changed or too small, and a `RunError` if the search cannot go on, or one trial after
    the other fails.
    """
    config = search.config
    label = device_in_use(config.device, device)
    logger.info("Search %s on %s, Keras on %s", search.search_id, label, keras.backend.backend())
    ended = search.ended_trials()
    watch = SearchWatch(search, counted(search.read_status(), ended), clock)
    watch.write(device=label, message="")
    parts = read_parts(search, needs_errors=True)
    oracle = Oracle(config, search.budget.trials, ended, search.open_trial())
    for _ in range(config.trials_per_process):
        obey(search)
        if search.budget.is_spent(len(ended), watch.seconds):
            watch.write(message=_spent(search) if watch.time_is_spent else "")
            return FINISHED
        proposed = oracle.propose()
        if proposed is None:
            watch.write(message="All combinations have been tried.")
            return FINISHED
        trial = _begin(search, proposed)
        watch.write(trial=trial.number, epoch=0, epochs=trial.stop_epoch)
        try:
            trial = run_trial(search, trial, parts, watch)
        except TimeSpentError:
            left = f"Trial {trial.number} was left after epoch {watch.status.epoch}."
            watch.write(message=f"{_spent(search)} {left}")
            return FINISHED
        logger.info("Trial %d %s: MAE %s %s", trial.number, trial.state, trial.mae, trial.message)
        oracle.learn(trial)
        search.write_ended(trial)
        ended.append(trial)
        if config.algorithm != "hyperband":
            search.remove_checkpoints([trial.number])
        watch.status = counted(watch.status, ended)
        watch.write()
        check_failures(ended)
        keras.utils.clear_session()
        gc.collect()
    return MORE


def run_trial(search: Search, trial: Trial, parts: Parts, watch: SearchWatch) -> Trial:
    """Train what a trial proposes, from its last epoch if it has one, and return how it ended.

    Whatever goes wrong fails the trial alone, but for a `CancelledError`: the search is to stop.
    """
    parameters = None
    history: list[Record] = []

    def on_epoch(records: list[Record]) -> None:
        history[:] = records
        search.write_curves(trial.number, records)
        watch.write(epoch=len(records))
        if len(records) >= trial.stop_epoch:
            raise _EnoughError

    try:
        recipe = search.recipe(trial)
        parameters = count_parameters(recipe.network, recipe.scaling)
        _train(search, trial, recipe, parts, watch, on_epoch)
        best = history[best_epoch(history) - 1]
        if not math.isfinite(best["val_mae"]):
            raise RunError(f"The validation MAE became {best['val_mae']}.")
        outcome: dict[str, Any] = {
            "state": "done",
            "mae": best["val_mae"],
            "val_loss": best["val_loss"],
            "best_epoch": int(best["epoch"]),
        }
    except (CancelledError, TimeSpentError):
        raise
    except Exception as error:  # of Keras, its backend or ours: the search goes on without it
        logger.warning("Trial %d failed", trial.number, exc_info=True)
        outcome = {"state": "failed", "message": sentence(error)}
    return replace(
        trial,
        **outcome,
        parameters=parameters,
        epochs=len(history),
        seconds=sum(record["seconds"] for record in history),
        cpu_seconds=sum(record["cpu_seconds"] for record in history),
        ended=utc_now(),
    )


def _train(
    search: Search,
    trial: Trial,
    recipe: Recipe,
    parts: Parts,
    watch: SearchWatch,
    on_epoch: Callable[[list[Record]], None],
) -> None:
    checkpoint = search.checkpoint_path(trial.number)
    if trial.after is not None and not checkpoint.is_file():
        with replacing(checkpoint) as temporary:
            shutil.copyfile(search.checkpoint_path(trial.after), temporary)
    with suppress(_EnoughError):
        fit_spectra(
            recipe,
            parts.spectra(recipe),
            parts.validation_spectra,
            callbacks=[watch],
            checkpoint_path=checkpoint,
            on_epoch=on_epoch,
        )


def _begin(search: Search, proposed: Trial) -> Trial:
    """Record that a trial begins, unless it began before this process."""
    before = search.open_trial()
    if before is not None and replace(before, started=None) == proposed:
        return before
    trial = replace(proposed, started=utc_now())
    search.write_begun(trial)
    return trial


def _spent(search: Search) -> str:
    return f"{search.budget.minutes:g} minutes are spent."


def _leave_with_the_leader() -> None:
    """End this process as soon as the one that started it is gone."""

    def wait() -> None:
        # Unbuffered: Python could not close a buffer that a thread still reads.
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main() -> int:
    """Run trials of the search that the command line names."""
    _leave_with_the_leader()
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stdout)
    logging.getLogger("core").setLevel(logging.INFO)
    path, device_id, clock = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    search = open_search(path.parent.parent, path.name)
    with search.trials_lock().acquire(timeout=LOCK_SECONDS):
        try:
            return run_trials(search, candidates(device_id)[0], clock)
        except CancelledError:
            return STOPPED
        except Exception as error:  # the leader passes it on
            logger.exception("The search cannot go on")
            search.update(message=sentence(error))
            return 1


if __name__ == "__main__":
    sys.exit(main())
