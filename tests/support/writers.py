"""Everything that xpz writes, each as a function of the folder that it goes to.

A writer is made in a folder where its file of before may lie, and called: it writes once.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from core.atomic import write_text
from core.data.dataset import save_dataset
from core.data.gathering import Gathering
from core.inspection.inspections import Inspection, InspectionFile
from core.inspection.wavelength_map import WavelengthMap
from core.prediction.catalogue.formats import ENDINGS, write_table
from core.prediction.catalogue.pz_file import ENDINGS as PZ_ENDINGS
from core.prediction.catalogue.pz_file import writing_pz
from core.prediction.density import Density
from core.runs import Run, create_run
from core.sharing.bundle import export_bundle, import_bundle
from core.simulation.tables import save_tables
from core.tuning.search import Search, create_search
from tests.support.galaxies import make_falling

PROVENANCE = {"run_id": "healthy", "created": "2026-01-01T00:00:00+00:00"}
N = 400
LONG_NOTES = {"name": "A name", "tags": ("tag",), "notes": "note " * 500}
EPOCH = {"epoch": 1, "loss": 0.1, "mae": 0.1, "val_loss": 0.1, "val_mae": 0.1}


@dataclass(frozen=True)
class Writer:
    """What writes something that people read as `named`, into the folder it is made for."""

    named: str
    make: Callable[[Path, Path], Callable[[], object]]


def dataset(folder: Path, house: Path):
    return lambda: save_dataset(make_falling(N), folder / "small.parquet")


def gathered(folder: Path, house: Path):
    made = make_falling(N)

    def write():
        with Gathering(folder / "small.parquet", name="small", origin="simulated") as rows:
            rows.write(made.source_id, made.z, flux=made.flux, g_mag=made.g_mag)
            rows.finish(np.arange(N) % 3 > 0)

    return write


def catalogue(ending):
    def make(folder: Path, house: Path):
        z = np.linspace(0.01, 0.5, N)
        about = {"z_lower": z, "z_upper": z, "sigma_z": z, "flags": np.zeros(N, np.int32)}
        table = pd.DataFrame({"source_id": 2**62 + np.arange(N), "z": z} | about)
        return lambda: write_table(table, folder / f"z{ending}", PROVENANCE)

    return make


def densities(ending):
    def make(folder: Path, house: Path):
        z = np.linspace(0, 1, 101)
        pdf = np.random.default_rng(0).uniform(1, 2, (N, len(z)))
        density = Density(z, pdf / np.trapezoid(pdf, z)[:, None])

        def write():
            with writing_pz(folder / f"pz{ending}", z, PROVENANCE) as store:
                store.add(2**62 + np.arange(N), np.arange(N), density)

        return write

    return make


def run_file(write: Callable[[Run], object]):
    """Return a writer into the folder of a run, of which nothing but that file is looked at."""

    def make(folder: Path, house: Path):
        for name in ("config.json", "status.json", "summary.json", "annotations.json"):
            shutil.copy(house / "runs" / "healthy" / name, folder)
        run = Run(folder)
        return lambda: write(run)

    return make


def new_run(folder: Path, house: Path):
    config = Run(house / "runs" / "healthy").config
    return lambda: create_run(folder, replace(config, run_id="new"))


def new_search(folder: Path, house: Path):
    config = Search(house / "runs" / "searches" / "healthy").config
    return lambda: create_search(folder, replace(config, search_id="new"))


def search_file(write: Callable[[Search], object]):
    def make(folder: Path, house: Path):
        shutil.copytree(house / "runs" / "searches" / "healthy", folder, dirs_exist_ok=True)
        return lambda: write(Search(folder))

    return make


def exported(folder: Path, house: Path):
    return lambda: export_bundle(Run(house / "runs" / "healthy"), folder / "run.zip")


def imported(folder: Path, house: Path):
    bundle = house / "healthy.zip"
    if not bundle.exists():
        export_bundle(Run(house / "runs" / "healthy"), bundle)
    return lambda: import_bundle(bundle, folder)


def inspection(folder: Path, house: Path):
    return lambda: InspectionFile(folder / "looks.jsonl").save(
        Inspection("a" * 64, 2**62, 0.1, 0.2, 3, "good" * 70)
    )


def wavelength_map(folder: Path, house: Path):
    found = WavelengthMap.load(Run(house / "runs" / "healthy"))
    return lambda: found.save(folder / "wavelength_map.npz")


def text(folder: Path, house: Path):
    return lambda: write_text(folder / "card.html", json.dumps(list(range(5000))))


def tables(folder: Path, house: Path):
    @dataclass
    class Made:
        values: np.ndarray
        galaxies: object

    made = Made(np.arange(5000.0), SimpleNamespace(z=np.arange(50.0)))
    return lambda: save_tables(made, folder / "tables.npz")


WRITERS = {
    "data set": Writer("small.", dataset),
    "gathered data set": Writer("small.", gathered),
    **{f"catalogue{each}": Writer(f"z{each}", catalogue(each)) for each in ENDINGS},
    **{f"p(z){each}": Writer(f"pz{each}", densities(each)) for each in PZ_ENDINGS},
    "status": Writer("status.json", run_file(lambda run: run.update(message="here " * 500))),
    "notes": Writer("annotations.json", run_file(lambda run: run.annotate(**LONG_NOTES))),
    "curves": Writer("metrics.jsonl", run_file(lambda run: run.write_metrics([EPOCH] * 500))),
    "new run": Writer("new", new_run),
    "new search": Writer("searches", new_search),
    "trial": Writer("metrics.jsonl", search_file(lambda s: s.write_curves(3, [EPOCH] * 500))),
    "bundle": Writer("run.zip", exported),
    "run from a bundle": Writer("healthy", imported),
    "inspection": Writer("looks.jsonl", inspection),
    "wavelength map": Writer("wavelength_map.npz", wavelength_map),
    "model card": Writer("card.html", text),
    "tables of the simulation": Writer("tables.npz", tables),
}
