"""Making a run's wavelength map: ``python -m core.inspection.map_job RUN_DIR [DATA]``.

Safe in a process that must not import Keras: networks run in ONNX Runtime.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from core.errors import MISSING, DamagedError, DataError, RunError
from core.jobs import CountedStatus, File, Job, worker
from core.jobs.queue import LOCK_SECONDS, start_process, starting
from core.jobs.turn import CancelledError, obey
from core.runs import Run, open_run
from core.shell import command

if TYPE_CHECKING:
    from core.data.dataset_file import DatasetFile
    from core.inspection.wavelength_map import MapOrigin, WavelengthMap

SECONDS_BETWEEN_UPDATES = 0.5


@dataclass(frozen=True)
class MapStatus(CountedStatus):
    """How the making of a map goes; see `JobStatus` for the rest.

    Attributes
    ----------
    done, total : int
        Stretches of the spectrum hidden so far, and all.
    """

    states: ClassVar[tuple[str, ...]] = ("running", "done", "failed", "lost")


@dataclass(frozen=True)
class MapJob(Job[Any, MapStatus]):
    """The making of a run's map, in the run's folder; it leaves the map, and no status."""

    kind = "wavelength map"
    module = "core.inspection.map_job"
    status_class = MapStatus
    status_path = File("map.json")
    lock_path = File("map.lock")
    cancel_path = File("map.cancel")
    log_path = File("map.log")
    anchor = "model.onnx"
    temporaries = (".map.json", ".wavelength_map.npz")
    mend = "Remove it and make the map again."

    device = None

    @property
    def called(self) -> str:
        """The job at the beginning of a sentence."""
        return f"The making of the wavelength map of run '{self.id}'"

    def status(self) -> MapStatus:
        """Return how the making goes: 'done' where nobody makes a map and none failed."""
        try:
            return super().status()
        except DamagedError as error:
            if error.what != MISSING:
                raise
        return MapStatus("running" if self.is_alive() else "done")

    def next_step(self, status: MapStatus) -> str:
        """Return what to do after a defeat."""
        return "Start it again."

    def update(self, **changes: Any) -> None:
        """Write the status; there is none before."""
        self.write_status(MapStatus(**changes))

    def end(self, state: str, message: str = "", *, for_good: bool = False) -> None:
        """Keep why it failed, and otherwise no status; no request to stop either."""
        if state == "failed":
            self.update(state=state, message=message, for_good=for_good)
        else:
            self.status_path.unlink(missing_ok=True)
        self.cancel_path.unlink(missing_ok=True)

    def not_started(self) -> None:
        """Tell whoever started the job."""
        if not self.status_path.exists():
            raise RunError(f"The process could not start; {self.log_path} has the reason.")


def start(run: Run, data: Path | None = None) -> None:
    """Start a process that makes a complete run's map; return when it works.

    `data` is the data set whose galaxies are looked at, by default that of the run. Raises a
    `RunError` if the run is not complete, its map is being made, or the process cannot start.
    """
    _check_complete(run)
    job = MapJob(run.path)
    with starting(job):
        job.end("done")  # what is left of an earlier one
        start_process(job, [] if data is None else [str(data.resolve())])


def explain(
    run: Run, data: Path | None = None, progress: Callable[[int, int], None] | None = None
) -> "WavelengthMap":
    """Make a complete run's map in this process, and keep it in the run.

    Looked at are the galaxies of `data` that the run was not trained with; by default the test part
    of its own data set. `progress` is called with the number of stretches done and their total.

    Raises a `DataError` if the data set is missing or changed, or no galaxy is left; a `RunError`
    if the run is not complete or damaged, its map is being made elsewhere, or someone asked to
    stop.
    """
    _check_complete(run)
    job = MapJob(run.path)
    with worker.at_work(job, LOCK_SECONDS):
        job.end("done")
        try:
            return _make(run, data, progress)
        except CancelledError as error:
            raise RunError("The making of the wavelength map was cancelled.") from error
        finally:
            job.end("done")


def _make(
    run: Run, data: Path | None, progress: Callable[[int, int], None] | None = None
) -> "WavelengthMap":
    # What predicts comes with it: screens that only look at jobs do without that.
    from core.inspection.wavelength_map import make_map

    job, updated = MapJob(run.path), 0.0

    def report(done: int, total: int) -> None:
        nonlocal updated
        obey(job)
        if progress is not None:
            progress(done, total)
        if time.monotonic() - updated >= SECONDS_BETWEEN_UPDATES:
            updated = time.monotonic()
            job.update(state="running", done=done, total=total)

    report(0, 0)
    galaxies, unseen, origin = _unseen(run, data)
    found = make_map(run, galaxies, origin, report, unseen)
    found.save(run.wavelength_map_path)
    return found


def _check_complete(run: Run) -> None:
    if not run.is_complete:
        raise RunError(f"Run '{run.title}' is not complete; wait until its training is done.")


def _unseen(run: Run, data: Path | None) -> "tuple[DatasetFile, np.ndarray, MapOrigin]":
    """Return a data set, which of it the run was not trained with, and what these are."""
    from core.inspection.wavelength_map import MapOrigin
    from core.prediction.calibration.calibration import hash_network
    from core.prediction.calibration.recalibration import read_own_data
    from core.prediction.seen import used_in_training

    dataset = read_own_data(
        run,
        data or run.data_path,
        missing="name its place, or another data set: --data FILE; on the screen Evaluate it is "
        "chosen at Judged on",
        other="" if data else f"To use its galaxies anyway: {command('--data', run.data_path)}",
    )
    card = dataset.card
    own = card.hash == run.config.data.hash
    name = f"the test part of {card.name}" if own else card.name
    if run.config.is_calibrated_with(card.hash):
        # They calibrated it, but its network has never seen them.
        unseen = np.isin(dataset.source_id, run.predictions()["source_id"])
        name = f"{card.name}, with which it was calibrated"
    else:
        used = used_in_training(run, dataset)
        unseen = np.ones(len(dataset), bool) if used is None else ~used
    if not unseen.any():
        raise DataError(
            f"Every galaxy of '{card.name}' was used to train '{run.title}'; choose another data "
            "set."
        )
    return dataset, unseen, MapOrigin(hash_network(run), card.hash, name, card.origin)


def work(job: MapJob) -> str:
    """Make the map of the run, of the data set that the command line may name."""
    data = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    run = open_run(job.root, job.id)

    def make(job: MapJob, device: object) -> None:
        _check_complete(run)
        _make(run, data)

    return worker.work(job, make)


if __name__ == "__main__":
    sys.exit(worker.main(MapJob, work))
