"""Runs as they are made, before anything trains; and a finished one of a small data set."""

import numpy as np
import pytest

from core.data.dataset import make_dataset, save_dataset
from core.data.split import SplitConfig
from core.model.presets import get_preset
from core.runs import DataReference, RunConfig, create_run
from core.spectra import N_SAMPLES

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
    random = np.random.default_rng(0)
    z = random.uniform(0.0, 0.6, 600)
    shape = 2 + np.sin(np.linspace(0, 3, N_SAMPLES))
    return make_dataset(
        shape / (1 + 3 * z[:, None]) + random.normal(0, 0.1, (600, N_SAMPLES)),
        z,
        4_611_686_018_427_387_904 + np.arange(600) * 3 + 1,
        flux_error=np.full((600, N_SAMPLES), 0.1),
        name="small",
        origin="simulated",
    )


@pytest.fixture(scope="session")
def finished(galaxies, save_mixture_run, tmp_path_factory):
    """A complete run with p(z), calibrated; for every test to read, for none to write to."""
    folder = tmp_path_factory.mktemp("finished")
    data = folder / "data" / "small.parquet"
    save_dataset(galaxies, data)
    run = save_mixture_run(folder / "runs", galaxies, "../../data/small.parquet")
    run.model_path.write_bytes(b"weights of a network")
    return run
