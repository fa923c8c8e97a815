"""Runs as they are made, before anything trains; and a finished one of a small data set."""

import pytest

from core.data.dataset import save_dataset
from core.data.split import SplitConfig
from core.model.presets import get_preset
from core.runs import DataReference, RunConfig, create_run
from tests.support.finished_runs import save_mixture_run
from tests.support.galaxies import make_falling

DATA = DataReference(
    path="../../data/toy.parquet", name="toy", hash="0" * 64, n_galaxies=5, origin="simulated"
)


@pytest.fixture
def make_run(tmp_path):
    def make(run_id="toy", root=tmp_path / "runs", created="", start=None):
        config = RunConfig(
            run_id=run_id,
            name="Toy",
            preset="compact",
            recipe=get_preset("compact"),
            data=DATA,
            split=SplitConfig(seed=3),
            device="cpu",
            created=created,
            start=start,
        )
        return create_run(root, config)

    return make


@pytest.fixture(scope="session")
def galaxies():
    """Simulated galaxies whose flux falls with redshift."""
    return make_falling(600, g_mag=None)


@pytest.fixture(scope="session")
def finished(galaxies, tmp_path_factory):
    """A complete run with p(z), calibrated; for every test to read, for none to write to."""
    folder = tmp_path_factory.mktemp("finished")
    data = folder / "data" / "small.parquet"
    save_dataset(galaxies, data)
    run = save_mixture_run(folder / "runs", galaxies, "../../data/small.parquet")
    run.model_path.write_bytes(b"weights of a network")
    return run
