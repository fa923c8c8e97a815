"""Making a run's wavelength map: ``python -m core.inspection.map_job RUN_DIR [DATA]``.

The process outlives whoever starts it and holds the run's map lock for its
life. Safe in a process that must not import Keras: networks run in ONNX Runtime.
"""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import Timeout

from core import detached
from core.atomic import write_json
from core.config import require, to_dict
from core.data.dataset import Dataset, load_dataset
from core.errors import MISSING, DamagedError, DataError, RunError, XpzError
from core.inspection.wavelength_map import MapOrigin, WavelengthMap, make_map
from core.prediction.calibration.calibration import hash_network
from core.prediction.dataset import used_in_training
from core.runs import Run, is_held, open_run
from core.stored import is_there, read_as

STATES = ("running", "failed", "lost")
# Whoever only looks whether the lock is held holds it for an instant.
LOCK_SECONDS = 1.0
SECONDS_BETWEEN_UPDATES = 0.5

logger = logging.getLogger("core.inspection.map_job")  # run with -m, our name is __main__


@dataclass(frozen=True)
class MapStatus:
    """How the making of a map goes.

    Attributes
    ----------
    state : str
        One of `STATES`. 'lost' is never written: the process has gone without a word.
    done, total : int
        Stretches of the spectrum hidden so far, and all.
    message : str
        Why it failed, one sentence for people.
    """

    state: str
    done: int = 0
    total: int = 0
    message: str = ""

    def __post_init__(self) -> None:
        require(self.state in STATES, f"MapStatus.state: unknown state '{self.state}'.")


class _CancelledError(RunError):
    pass


def start(run: Run, data: Path | None = None) -> None:
    """Start a process that makes the run's map; return when it works.

    Parameters
    ----------
    run : Run
        A complete run.
    data : Path, optional
        Data set whose galaxies are looked at; that of the run by default.

    Raises
    ------
    RunError
        If the run is not complete, its map is being made, or the process cannot start.
    """
    _check_complete(run)
    if is_held(run.map_lock(), LOCK_SECONDS):
        raise _busy(run)
    words = [str(run.path), *([] if data is None else [str(data.resolve())])]
    status = detached.start(
        "core.inspection.map_job", words, run.map_log_path, lambda: is_held(run.map_lock())
    )
    if status and read_status(run) is None:
        raise RunError(f"The process could not start; {run.map_log_path} says why.")


def read_status(run: Run) -> MapStatus | None:
    """Return how the making of the map goes; None where nobody makes one and none failed.

    Raises
    ------
    RunError
        If the file is damaged.
    """
    held = is_held(run.map_lock())
    path = run.map_status_path
    if not is_there(path):
        return MapStatus("running") if held else None
    try:
        status = read_as(MapStatus, path, todo="To go on, remove it; make the map anew.")
    except DamagedError as error:
        if error.what == MISSING:  # it has gone since
            return MapStatus("running") if held else None
        raise
    if status.state == "running" and not held and not is_held(run.map_lock()):
        if not run.map_status_path.exists():  # it ended properly between the looks
            return None
        return replace(
            status,
            state="lost",
            message="The process ended without a word (killed, out of memory, or the machine "
            "stopped). Start it again.",
        )
    return status


def cancel(run: Run) -> None:
    """Ask whoever makes the run's map to stop; what was there before stays."""
    if is_held(run.map_lock()):
        run.map_cancel_path.touch()


def explain(
    run: Run, data: Path | None = None, progress: Callable[[int, int], None] | None = None
) -> WavelengthMap:
    """Make the run's map in this process, and keep it in the run.

    Parameters
    ----------
    run : Run
        A complete run.
    data : Path, optional
        Data set whose galaxies are looked at, those that the run was trained
        with left out; by default that of the run, so the test part.
    progress : callable, optional
        Called with the number of stretches done and their total.

    Raises
    ------
    DataError
        If the data set is missing or changed, or no galaxy is left.
    RunError
        If the run is not complete or damaged, its map is being made elsewhere,
        or someone asked to stop.
    """
    _check_complete(run)
    with _alone(run):
        updated = 0.0

        def report(done: int, total: int) -> None:
            nonlocal updated
            if run.map_cancel_path.exists():
                raise _CancelledError("The making of the wavelength map was cancelled.")
            if progress is not None:
                progress(done, total)
            if time.monotonic() - updated >= SECONDS_BETWEEN_UPDATES:
                updated = time.monotonic()
                write_json(run.map_status_path, to_dict(MapStatus("running", done, total)))

        report(0, 0)
        galaxies, origin = _unseen(run, data)
        found = make_map(run, galaxies, origin, report)
        found.save(run.wavelength_map_path)
    return found


def _check_complete(run: Run) -> None:
    if not run.is_complete:
        raise RunError(f"Run '{run.run_id}' is not complete; wait until its training is done.")


def _busy(run: Run) -> RunError:
    return RunError(f"The wavelength map of run '{run.run_id}' is being made just now.")


@contextmanager
def _alone(run: Run) -> Iterator[None]:
    """Hold the run's map lock; leave neither status nor request behind."""
    try:
        lock = run.map_lock().acquire(timeout=LOCK_SECONDS)
    except Timeout as error:
        raise _busy(run) from error
    with lock:
        run.map_cancel_path.unlink(missing_ok=True)
        try:
            yield
        finally:
            run.map_status_path.unlink(missing_ok=True)
            run.map_cancel_path.unlink(missing_ok=True)


def _unseen(run: Run, data: Path | None) -> tuple[Dataset, MapOrigin]:
    """Return the galaxies of a data set that the run was not trained with, and what they are."""
    reference = run.config.data
    path = run.data_path if data is None else data
    if not path.is_file():
        raise DataError(
            f"The data set '{reference.name}' that '{run.run_id}' was trained on is not at {path}; "
            "say where it or another one lies: --data FILE"
        )
    dataset = load_dataset(path)
    card = dataset.card
    if data is None and card.hash != reference.hash:
        raise DataError(
            f"{path}: expected '{reference.name}', hash {reference.hash[:12]}, which "
            f"'{run.run_id}' was trained on; received '{card.name}', hash {card.hash[:12]}. "
            f"To look at its galaxies all the same: --data {path}"
        )
    used = used_in_training(run, dataset)
    unseen = dataset if used is None else dataset.take(~used)
    if not len(unseen):
        raise DataError(
            f"Every galaxy of '{card.name}' was used to train '{run.run_id}'; choose another data "
            "set."
        )
    name = f"the test part of {card.name}" if card.hash == reference.hash else card.name
    return unseen, MapOrigin(hash_network(run), card.hash, name, card.origin)


def main() -> int:
    """Make the map of the run that the command line names."""
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stdout)
    path = Path(sys.argv[1])
    data = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    run = open_run(path.parent, path.name)
    try:
        explain(run, data)
    except _CancelledError:
        return 0
    except XpzError as error:
        logger.warning("%s", error)
        message = str(error)
    except Exception as error:  # nobody stands above; the status tells people
        logger.exception("The map could not be made")
        message = f"It met an unexpected {type(error).__name__}; {run.map_log_path} says more."
    else:
        return 0
    write_json(run.map_status_path, to_dict(MapStatus("failed", message=message)))
    return 1


if __name__ == "__main__":
    sys.exit(main())
