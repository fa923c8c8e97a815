"""The kinds of job: how one is started and taken on, what of it is kept, what comes of it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import jobs, questions, scale
from core.inspection import map_job
from core.inspection.map_job import MapJob
from core.inspection.wavelength_map import WavelengthMap
from core.jobs import Job
from core.jobs.roots import create
from core.jobs.workers import MAX_LOSSES
from core.model.config import ConvLayer, NetworkConfig, Recipe, TrainingConfig
from core.runs import SHIPPED_RUNS, Run
from core.scale import CatalogueJob
from core.training import queue as trainings
from core.tuning import queue as searches
from core.tuning.dimension import Dimension
from core.tuning.search import Budget
from core.tuning.space import Space
from tests.support.counting import Counting, CountingConfig, check_steps
from tests.support.galaxies import make_moving_line
from tests.support.processes import wait_until

ROOT = Path(__file__).parents[2]
SHIPPED_DATA = ROOT / "data" / "simulated-20k.parquet"


@dataclass(frozen=True)
class Kind:
    """A kind of job: how one is started and taken on, what of it is kept, what comes of it."""

    start: Callable[[Path, Path], Job]  # in a root of runs, with a data set
    kept: Callable[[Any], int]  # finished epochs, trials or galaxies
    result: Callable[[Any], pd.DataFrame]  # without times
    go_on: Callable[[Any], None] = jobs.resume
    is_done: Callable[[Any], bool] = lambda job: job.status().state == "done"
    starts_soon: bool = False  # without TensorFlow
    tolerance: float = 0.0


def start_training(root: Path, data: Path) -> Run:
    network = NetworkConfig((ConvLayer(4, 5, pool_size=4),), (16,), dropout=0.1)
    training = TrainingConfig("adam", learning_rate=0.01, batch_size=2, epochs=6, seed=1)
    recipe = Recipe(network, "standard", training)
    return trainings.submit(root, recipe, data, run_id="run", device="cpu")


def leave_training(root: Path, data: Path) -> Run:
    run = start_training(root, data)
    jobs.stop(run)
    jobs.wait(run)
    jobs.resume(run, to_workers=True)
    start_worker(run)
    return run


def go_on_by_worker(run: Run) -> None:
    """Leave a training to a worker again, as people do with what workers lost too often."""
    if run.status().losses >= MAX_LOSSES - 1:
        jobs.resume(run, to_workers=True)
    start_worker(run)


def start_worker(run: Run) -> None:
    """Start a worker that ends when nothing waits; what it lost before is taken on by it."""
    words = ["worker", "--runs-dir", str(run.root), "--device", "cpu", "--once"]
    command = [sys.executable, "-c", "from core.cli import main; main()", *words]
    worker = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    WORKERS.append(worker)
    wait_until(lambda: run.is_alive() or worker.poll() is not None)


WORKERS: list[subprocess.Popen] = []


def start_search(root: Path, data: Path, **settings: Any) -> Any:
    training = TrainingConfig("adam", learning_rate=0.01, batch_size=4, epochs=4)
    base = Recipe(NetworkConfig((), (8,)), "standard", training)
    dimensions = (
        Dimension("units_1", "int", 4, 64),
        Dimension("learning_rate", "float", 0.001, 0.1, log=True),
    )
    usual = {"budget": Budget(trials=4), "algorithm": "random", "device": "cpu"}
    space = Space("toy", base, dimensions)
    return searches.submit(root, space, data, **usual | settings)


def start_map(root: Path, data: Path) -> MapJob:
    without = shutil.ignore_patterns("wavelength_map.npz")
    shutil.copytree(SHIPPED_RUNS / "compact-20k", root / "run", ignore=without)
    job = MapJob(root / "run")
    make_map(job)
    return job


def make_map(job: MapJob) -> None:
    map_job.start(Run(job.path), SHIPPED_DATA)


def map_of(job: MapJob) -> WavelengthMap | None:
    return WavelengthMap.load(Run(job.path))


def of_map(job: MapJob) -> pd.DataFrame:
    arrays = [each for each in vars(map_of(job)).values() if isinstance(each, np.ndarray)]
    return pd.DataFrame({"value": np.concatenate([np.ravel(each) for each in arrays])})


def start_evaluation(root: Path, data: Path) -> Job:
    about = questions.about_data([Run(SHIPPED_RUNS / "compact-20k")], SHIPPED_DATA)
    return questions.ask(questions.Evaluation, root, about)


def start_catalogue(root: Path, data: Path) -> CatalogueJob:
    """Of three files, in one process."""
    folder = root.parent / "spectra"
    if not folder.exists():
        folder.mkdir()
        ids, flux = np.arange(900), make_moving_line(900).flux
        for number in range(3):
            rows = slice(300 * number, 300 * number + 300)
            table = pd.DataFrame({"source_id": ids[rows], "flux": list(flux[rows])})
            table.to_parquet(folder / f"part-{number}.parquet")
    return scale.start(root, Run(SHIPPED_RUNS / "compact-20k"), [str(folder)], workers=1)


def parts_of(job: CatalogueJob) -> int:
    return len(list(job.catalogue.glob("*.parquet")))


def of_catalogue(job: CatalogueJob) -> pd.DataFrame:
    return pd.read_parquet(job.catalogue).sort_values("source_id", ignore_index=True)


def start_count(root: Path, data: Path) -> Counting:
    return jobs.submit(create(Counting, root, "one", CountingConfig(60)))


def of_training(run: Run) -> pd.DataFrame:
    curve = run.metrics().drop(columns=["seconds", "cpu_seconds"])
    assert list(curve["epoch"]) == list(range(1, 7))
    return pd.concat([curve, run.predictions()[["z_pred"]]], axis="columns")


def of_search(search: Any) -> pd.DataFrame:
    times = ["seconds", "cpu_seconds", "started", "ended"]
    table = search.trials().drop(columns=times).sort_values("trial", ignore_index=True)
    assert list(table["trial"]) == [1, 2, 3, 4]
    return table


def epochs_of(run: Run) -> int:
    return len(run.metrics())


def epochs_of_trials(search: Any) -> int:
    begun = [*search.ended_trials(), *search.open_trials()]
    return sum(len(search.curves(trial.number)) for trial in begun)


KINDS = {
    "training": Kind(start_training, epochs_of, of_training, tolerance=1e-3),
    "training by workers": Kind(
        leave_training, epochs_of, of_training, go_on=go_on_by_worker, tolerance=1e-3
    ),
    "search": Kind(start_search, epochs_of_trials, of_search),
    "trials side by side": Kind(
        lambda root, data: start_search(root, data, workers=2), epochs_of_trials, of_search
    ),
    "wavelength map": Kind(
        start_map,
        lambda job: int(map_of(job) is not None),
        of_map,
        go_on=make_map,
        is_done=lambda job: map_of(job) is not None,
    ),
    "evaluation": Kind(
        start_evaluation,
        lambda job: int(job.status().state == "done"),
        lambda job: job.read()[0].predictions,
        go_on=questions.ask_again,
    ),
    "catalogue": Kind(start_catalogue, parts_of, of_catalogue),
    "count": Kind(
        start_count,
        lambda job: job.status().count,
        lambda job: pd.DataFrame(check_steps(job), columns=["count"]),
        starts_soon=True,
    ),
}
"""A kind of job is a line here."""
