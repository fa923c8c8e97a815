import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.atomic import write_json
from core.comparison.subject import Subject
from core.config import to_dict
from core.runs import Run, open_run

SHIPPED = Path(__file__).parents[3] / "assets" / "runs"


@pytest.fixture(scope="session")
def shipped():
    """Return a shipped run by its id."""
    return lambda run_id: open_run(SHIPPED, run_id)


@pytest.fixture
def copied(tmp_path, shipped):
    """Copy what tells of a shipped run, with another configuration and other predictions."""

    def copy(run_id, name, predictions=None, *, seen=True, **changes):
        names = ["config.json", "status.json", "summary.json", "predictions.parquet"]
        run = Run(tmp_path / name)
        run.path.mkdir()
        for file in [*names, *["seen.npz"] * seen]:
            shutil.copy(shipped(run_id).path / file, run.path)
        write_json(run.path / "config.json", to_dict(replace(run.config, run_id=name, **changes)))
        if predictions is not None:
            predictions.to_parquet(run.predictions_path)
        return Run(run.path)

    return copy


@pytest.fixture(scope="session")
def subject():
    """Make an estimate by hand: redshifts of galaxies by their ids."""

    def make(name, source_id, z_spec, z_pred, **columns):
        table = {"source_id": source_id, "z_spec": z_spec, "z_pred": z_pred, **columns}
        return Subject(name, pd.DataFrame(table))

    return make
