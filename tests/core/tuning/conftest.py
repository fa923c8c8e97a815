import pytest

from core.data.dataset import save_dataset
from core.data.split import SplitConfig
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.runs import DataReference, RunConfig, create_run
from core.tuning.dimension import Dimension
from core.tuning.search import Budget, SearchConfig, create_search
from core.tuning.space import Space
from tests.support.galaxies import make_moving_line


@pytest.fixture(scope="session")
def toy():
    return make_moving_line(300)


@pytest.fixture(scope="session")
def toy_file(toy, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "toy.parquet"
    save_dataset(toy, path)
    return path


@pytest.fixture(scope="session")
def toy_space():
    """Tiny networks, of which some have one layer and some two."""
    training = TrainingConfig("adam", learning_rate=0.01, batch_size=8, epochs=3)
    base = Recipe(NetworkConfig((), (8,)), "standard", training)
    dimensions = (
        Dimension("dense_layers", "int", 1, 2),
        Dimension("units_1", "int", 4, 64),
        Dimension("units_2", "int", 4, 64),
        Dimension("learning_rate", "float", 0.001, 0.1, log=True),
    )
    return Space("toy", base, dimensions)


@pytest.fixture
def make_search(tmp_path, toy, toy_file, toy_space):
    """Return what makes the folder of a search on the toy data, without a process."""

    def make(search_id="toy", **settings):
        data = DataReference(str(toy_file), "toy", toy.card.hash, len(toy), "simulated")
        settings = {
            "space": toy_space,
            "algorithm": "bayesian",
            "budget": Budget(trials=4),
            "epochs": 2,
            "device": "cpu",
            **settings,
        }
        config = SearchConfig(search_id, "Toy", data=data, split=SplitConfig(), **settings)
        return create_search(tmp_path / "runs", config)

    return make


@pytest.fixture
def make_run(toy, toy_file, toy_space):
    """Return what makes the folder of a run on the toy data in a root, without a process."""

    def make(root):
        data = DataReference(str(toy_file), "toy", toy.card.hash, len(toy), "simulated")
        config = RunConfig("toy-run", "Toy", None, toy_space.base, data, SplitConfig(), "cpu")
        return create_run(root, config)

    return make
