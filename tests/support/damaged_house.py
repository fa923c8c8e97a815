"""A house with a healthy run, a healthy search and a healthy data set, to damage copies of."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.data.dataset import save_dataset
from core.data.split import SplitConfig, split_by_source
from core.inspection.inspections import Inspection, InspectionFile
from core.inspection.map_job import MapJob
from core.inspection.wavelength_map import MapOrigin, WavelengthMap
from core.model.presets import DISSERTATION
from core.prediction.calibration.calibration import hash_network
from core.prediction.calibration.recalibration import recalibrate
from core.prediction.seen import write_seen
from core.runs import DataReference
from core.tuning.dimension import Dimension
from core.tuning.search import Budget, SearchConfig, Trial, create_search
from core.tuning.space import Space
from tests.support.finished_runs import save_mixture_run
from tests.support.galaxies import make_falling

SPACE = Space(
    "small",
    DISSERTATION,
    (Dimension("units_1", "choice", values=(64, 256)), Dimension("dense_layers", "int", 3, 4)),
)


def build(folder: Path):
    """Make `data/small.parquet`, `runs/healthy`, its looks, and `runs/searches/healthy`."""
    galaxies = make_falling()
    save_dataset(galaxies, folder / "data" / "small.parquet")
    run = save_mixture_run(folder / "runs", galaxies, "../../data/small.parquet", "healthy")
    recalibrate(run)
    run.model_path.write_bytes(b"weights of a network")
    write_seen(run, galaxies.source_id, split_by_source(galaxies.source_id, run.config.split))
    run.annotate(name="Healthy one", tags=("paper",), notes="Some notes.")
    edges, wavelengths = np.linspace(0, 0.6, 7), np.linspace(400, 900, 20)
    values = np.full((6, 20), 0.01)
    WavelengthMap(
        wavelengths, edges, np.full(6, 10), values, values,
        MapOrigin(hash_network(run), galaxies.card.hash, "the test part", "simulated"),
    ).save(run.wavelength_map_path)  # fmt: skip
    MapJob(run.path).end("failed", "no")
    run.log_path.write_text("epoch 1\n")
    test = run.predictions().iloc[0]
    InspectionFile(folder / "runs" / "inspections" / "healthy.jsonl").save(
        Inspection(galaxies.card.hash, int(test.source_id), test.z_spec, test.z_pred, 3, "good")
    )
    _search(folder, galaxies.card)
    return run


def _search(folder: Path, card):
    config = SearchConfig(
        search_id="healthy", name="healthy", space=SPACE, algorithm="random",
        budget=Budget(trials=20), split=SplitConfig(), epochs=3,
        data=DataReference("../../../data/small.parquet", card.name, card.hash, card.n_galaxies,
                           card.origin),
    )  # fmt: skip
    search = create_search(folder / "runs", config)
    search.write_budget(Budget(trials=30))
    for number in range(1, 4):
        values = {"units_1": (64, 256)[number % 2], "dense_layers": 3 + number % 2}
        trial = Trial(
            number, values, stop_epoch=3, state="done", mae=0.03 + number / 1000, val_loss=0.01,
            best_epoch=3, epochs=3, seconds=3.0, cpu_seconds=6.0, parameters=1000 * number,
            started="2030-01-01T00:00:00+00:00", ended="2030-01-01T00:00:03+00:00",
        )  # fmt: skip
        search.write_begun(replace(trial, state="running"))
        search.write_curves(number, [_record(epoch) for epoch in (1, 2, 3)])
        if number < 3:
            search.write_ended(trial)
    search.write_status(
        replace(search.status(), state="paused", trials_done=2, best_mae=0.031, seconds=75.0)
    )


def _record(epoch):
    return {"epoch": epoch, "loss": 0.1 / epoch, "mae": 0.1, "val_loss": 0.1, "val_mae": 0.1,
            "learning_rate": 0.001, "seconds": 1.0, "cpu_seconds": 2.0}  # fmt: skip
