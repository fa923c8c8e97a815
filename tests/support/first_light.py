"""A first light within seconds: an archive of simulated galaxies, a stand-in for the tuning."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.dataset import load_dataset
from core.first_light.config import SPLIT, Folder
from core.first_light.runs import RECALIBRATED, TUNED
from core.runs import Run
from tests.support import archive_redshifts, archive_server, archive_tables, xp_archive_files
from tests.support.finished_runs import save_mixture_run

ROOT = Path(__file__).parents[2]
FIRST_ID = 5_853_498_713_190_525_696
SDSS = (archive_redshifts.SPEC_OBJ, archive_redshifts.PHOTOMETRY)


def galaxies(n):
    """Return simulated galaxies that pass for real ones, by ids of their own."""
    found = load_dataset(ROOT / "data" / "simulated-20k.parquet").take(np.arange(n))
    found.source_id[:] = FIRST_ID + 7 * np.arange(n)
    return found


def serve(found, tables=SDSS, seed=0):
    """Return an archive of these galaxies, whose UGC is off by 0.03 and knows two of three."""
    catalogue = archive_tables.make_catalogue(found.source_id)
    rng = np.random.default_rng(seed)
    ugc = np.where(
        np.arange(len(found)) % 3 == 2, np.nan, found.z + rng.normal(0, 0.03, len(found))
    )
    catalogue = catalogue.assign(
        redshift_ugc=ugc,
        redshift_ugc_lower=ugc - 0.03,
        redshift_ugc_upper=ugc + 0.03,
        phot_g_mean_mag=found.g_mag,
    )
    catalogue = archive_redshifts.with_spectroscopy(catalogue, found.z)
    spectra = xp_archive_files.sources_of(found.flux, found.source_id)
    layout = archive_redshifts.layout_with(*tables)
    return archive_server.ArchiveServer(catalogue, spectra, layout)


def linear_run(folder, start, progress):
    """Make the tuned run of a linear network: in place of `core.first_light.runs.fine_tune`."""
    del start, progress
    run = Run(folder.runs.resolve() / TUNED)
    if run.is_complete:
        return run
    data = "../../galaxies.parquet"
    return save_mixture_run(folder.runs, load_dataset(folder.dataset), data, TUNED, SPLIT)


def contents(path):
    """Return what a first light made that does not tell when, where or how fast."""
    folder = Folder(Path(path))
    figures = json.loads(folder.figures.read_text())
    for name in ("made", "steps", "runs", "settings"):
        del figures[name]
    for name in ("finished", "server"):
        del figures["fetch"][name]
    for name in ("shipped", "after", "ugc"):
        del figures[name]["comparison"]["facts"]  # how long trainings took
    tables = [folder.labels, *folder.judged.iterdir()]
    tables += [Run(folder.runs / name).predictions_path for name in (RECALIBRATED, TUNED)]
    told = {table.relative_to(folder.path).as_posix(): pd.read_parquet(table) for table in tables}
    return figures, {name: table.to_dict("list") for name, table in told.items()}
