"""Runs for the screens to show: one that waits, and finished ones made without Keras."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from core.data.dataset import Dataset, make_dataset, save_dataset
from core.data.split import SplitConfig, split_by_source
from core.evaluation.report import evaluate
from core.model.config import ConvLayer, NetworkConfig, Recipe, TrainingConfig
from core.model.scaling import Scaler
from core.model.shapes import count_parameters
from core.prediction.calibration.recalibration import recalibrate
from core.prediction.predictor import Predictor
from core.runs import DataReference, Run, RunConfig, create_run


@pytest.fixture
def other_dataset(folders: Path) -> Dataset:
    """Spectra of another law than `dataset`, with ids of their own."""
    random = np.random.default_rng(2)
    z = random.uniform(0.05, 0.5, 300)
    flux = 2 / (1 + 3 * z[:, None]) + random.normal(0, 0.2, (300, 186))
    made = make_dataset(
        flux,
        z,
        np.arange(1, 301),
        name="other",
        origin="observed",
        created="2030-01-01T00:00:00+00:00",
    )
    save_dataset(made, folders / "data" / "other.parquet")
    return made


@pytest.fixture
def recipe() -> Recipe:
    network = NetworkConfig((ConvLayer(8, 5, strides=3),), dense_units=(16,))
    return Recipe(network, "standard", TrainingConfig(epochs=10))


def queued_run(folders: Path, dataset: Dataset, recipe: Recipe, run_id: str, created: str) -> Run:
    """A run folder as `submit` makes it, without the process."""
    card = dataset.card
    path = f"../../data/{card.name}.parquet"
    reference = DataReference(path, card.name, card.hash, card.n_galaxies, card.origin)
    config = RunConfig(run_id, run_id, None, recipe, reference, SplitConfig(), created=created)
    return create_run(folders / "runs", config)


@pytest.fixture
def waiting(folders: Path, dataset: Dataset, recipe: Recipe) -> Run:
    return queued_run(folders, dataset, recipe, "second-run", "2026-01-02T00:00:00+00:00")


@pytest.fixture
def finished(folders: Path, dataset: Dataset, recipe: Recipe) -> Run:
    """A complete run whose 'network' is a linear regression, exported as ONNX."""
    run = queued_run(folders, dataset, recipe, "first-run", "2026-01-01T00:00:00+00:00")
    split = split_by_source(dataset.source_id, run.config.split)
    train, test = dataset.take(split.train), dataset.take(split.test)

    scaler = Scaler.fit(recipe.scaling, train.flux)
    scaler.save(run.scaler_path)
    model = Ridge(alpha=10).fit(scaler.transform(train.flux), train.z)
    save_linear_network(run.onnx_path, model.coef_, model.intercept_)
    z_pred = Predictor(run.path).predict(test.flux)

    table = {"source_id": test.source_id, "z_spec": test.z, "z_pred": z_pred}
    pd.DataFrame(table).to_parquet(run.predictions_path)
    run.write_metrics([epoch_record(epoch) for epoch in range(1, 11)])
    run.write_summary(
        {
            "run_id": run.run_id,
            "preset": None,
            "parameters": count_parameters(recipe.network, recipe.scaling),
            "n_train": len(split.train),
            "n_validation": len(split.validation),
            "n_test": len(split.test),
            "split_hash": split.hash,
            "data_hash": dataset.card.hash,
            "best_epoch": 8,
            "epochs_run": 10,
            "train_seconds": 75.2,
            "cpu_seconds": 120.0,
            "device": "A processor",
            "backend": "tensorflow",
            "evaluation": evaluate(test.z, z_pred, n_resamples=100),
        }
    )
    run.write_status(
        replace(run.status(), state="done", epoch=10, seconds=75.2, device="A processor")
    )
    return run


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first `mixture_run` is kept for the others."""
    return tmp_path_factory.mktemp("kept") / "mixture-run"


@pytest.fixture
def mixture_run(
    folders: Path, dataset: Dataset, save_mixture_run: Callable[..., Run], kept: Path
) -> Run:
    """A complete run with p(z), and its densities."""
    if kept.is_dir():
        return Run(Path(shutil.copytree(kept, folders / "runs" / kept.name)))
    run = save_mixture_run(folders / "runs", dataset, "../../data/small.parquet", kept.name)
    recalibrate(run)
    shutil.copytree(run.path, kept)
    return run


def epoch_record(epoch: int) -> dict[str, float]:
    """A curve whose validation loss is lowest in epoch 8."""
    falling = 0.05 / epoch
    return {
        "epoch": epoch,
        "loss": falling,
        "mae": 2 * falling,
        "val_loss": 0.01 + 0.001 * abs(epoch - 8),
        "val_mae": 0.02 + 0.002 * abs(epoch - 8),
        "learning_rate": 0.001,
        "seconds": 7.5,
        "cpu_seconds": 12.0,
    }


def save_linear_network(path: Path, weights: np.ndarray, bias: float) -> None:
    """Write z = features @ weights + bias as ONNX, with the names that the predictor expects."""
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    initializers = [
        onnx.numpy_helper.from_array(weights.astype(np.float32)[:, None], "w"),
        onnx.numpy_helper.from_array(np.array([bias], np.float32), "b"),
    ]
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["features", "w", "b"], ["z"])],
        "linear",
        [helper.make_tensor_value_info("features", float32, ["n", len(weights)])],
        [helper.make_tensor_value_info("z", float32, ["n", 1])],
        initializers,
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), str(path))
