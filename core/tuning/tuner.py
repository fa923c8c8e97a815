"""A process that runs trials: ``python -m core.tuning.tuner SEARCH_DIR DEVICE CLOCK WORKER``.

Started by `core.tuning.worker`, and gone with it. CLOCK is the reading of the monotonic
clock at which the search's time at work was 0 [s]; WORKER tells the process, from 0, among
those whose trials run side by side.
"""

import gc
import logging
import math
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
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
from core.tuning.config import NONE_LEFT
from core.tuning.oracle import Oracle, WaitError
from core.tuning.search import Search, Trial, open_search
from core.tuning.watch import SearchWatch, TimeSpentError
from core.tuning.worker import FINISHED, MORE, STOPPED, check_failures

# The process before us, whose leader was killed, is gone within a moment.
LOCK_SECONDS = 60.0
# Between looks at whether a trial of another process has ended that ours must wait for.
SECONDS_BETWEEN_LOOKS = 0.2

logger = logging.getLogger("core.tuning.tuner")  # run with -m, our name is __main__


class _EnoughError(Exception):
    """The trial has had its epochs."""


def run_trials(search: Search, device: Device, clock: float, worker: int = 0) -> int:
    """Run trials until the search ends or has had enough of this process: `FINISHED` or `MORE`.

    Raises a `CancelledError` if the search is asked to stop, a `DataError` if the data set is
    missing, changed or too small, and a `RunError` if the search cannot go on, or one trial after
    the other fails.
    """
    config = search.config
    label = device_in_use(config.device, device)
    logger.info("Search %s on %s, Keras on %s", search.search_id, label, keras.backend.backend())
    watch = SearchWatch(search, search.read_status(), clock)
    watch.write(message="", **({"device": label} if config.workers == 1 else {}))
    parts = read_parts(search, needs_errors=True)
    oracle = Oracle(config, search.budget.trials)
    for _ in range(config.trials_per_process):
        with ExitStack() as stack:
            trial = _next_trial(search, oracle, watch, worker, stack)
            if trial is None:
                return FINISHED
            watch.write(trial=trial.number, epoch=0, epochs=trial.stop_epoch)
            try:
                trial = run_trial(search, trial, parts, watch)
            except TimeSpentError:
                epoch = watch.status.epoch
                place = f"after epoch {epoch}" if epoch else "in its first epoch"
                said = f"{_spent(search)} Trial {trial.number} was left {place}."
                watch.write(message=said)
                return FINISHED
            number, state = trial.number, trial.state
            logger.info("Trial %d %s: MAE %s %s", number, state, trial.mae, trial.message)
            ended = search.write_ended(trial)
        if config.algorithm != "hyperband":
            search.remove_checkpoints([trial.number])
        watch.write()
        check_failures(ended)
        keras.utils.clear_session()
        gc.collect()
    return MORE


def _next_trial(
    search: Search, oracle: Oracle, watch: SearchWatch, worker: int, stack: ExitStack
) -> Trial | None:
    """Return the trial that this process has begun or begins, None if there is none for it.

    Its lock is held until `stack` is closed.
    """
    said = ""
    while True:
        obey(search)
        with search.order_lock():
            ended = search.ended_trials()
            begun = search.open_trials(ended)
            if search.budget.is_spent(len(ended), watch.seconds):
                said = _spent(search) if watch.time_is_spent else ""
                break
            oracle.follow(ended, begun)
            trial = next((each for each in begun if each.worker == worker), None)
            if trial is None and search.budget.is_spent(len(ended) + len(begun), 0):
                break
            try:
                trial = trial or _begin(search, oracle, worker)
            except WaitError:  # for one of those under way
                pass
            else:
                if trial is not None:
                    stack.enter_context(search.trial_lock(trial.number))
                    return trial
                said = NONE_LEFT
                break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    watch.write(message=said)
    return None


def _begin(search: Search, oracle: Oracle, worker: int) -> Trial | None:
    """Begin the trial that the algorithm proposes, None if there is none; see `Oracle.propose`."""
    proposed = oracle.propose()
    if proposed is None:
        return None
    trial = replace(proposed, started=utc_now(), worker=worker)
    search.write_begun(trial)
    return trial


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
        earlier = search.checkpoint_path(trial.after)
        if earlier.is_file():
            with replacing(checkpoint) as temporary:
                shutil.copyfile(earlier, temporary)
        else:  # the search was done once; with one seed for all trials, it ends as if it went on
            logger.info(
                "Trial %d continues trial %d, whose network is not kept any more: it is trained "
                "from its beginning, to the same end",
                trial.number,
                trial.after,
            )
    with suppress(_EnoughError):
        fit_spectra(
            recipe,
            parts.spectra(recipe),
            parts.validation_spectra,
            callbacks=[watch],
            checkpoint_path=checkpoint,
            on_epoch=on_epoch,
        )


def _spent(search: Search) -> str:
    return f"{search.budget.minutes:g} min are spent."


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
    worker = int(sys.argv[4])
    search = open_search(path.parent.parent, path.name)
    with search.trials_lock(worker).acquire(timeout=LOCK_SECONDS):
        try:
            return run_trials(search, candidates(device_id)[0], clock, worker)
        except CancelledError:
            return STOPPED
        except Exception as error:  # the leader passes it on
            logger.exception("The search cannot go on")
            search.change_status(message=sentence(error))
            return 1


if __name__ == "__main__":
    sys.exit(main())
