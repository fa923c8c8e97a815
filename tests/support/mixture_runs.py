"""A complete run with p(z), made without Keras: a linear network whose mixtures are known."""

from dataclasses import replace

import numpy as np
import onnx
from sklearn.linear_model import Ridge

from core.data.split import SplitConfig, split_by_source
from core.evaluation.report import evaluate
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.model.mixture import MEAN_CENTRE, MEAN_SCALE, MIN_SIGMA, SIGMA_SCALE
from core.model.scaling import Scaler
from core.prediction.calibration.calibration import calibrate
from core.prediction.dataset import predict_dataset
from core.runs import DataReference, RunConfig, create_run

WIDTHS = np.array([0.8, 2.0])
"""Of the two Gaussians, in units of the scatter of the linear regression."""

SECOND_LOGIT = -1.5
"""The wide one holds a fifth of p(z)."""

RECIPE = Recipe(
    NetworkConfig((), (), head="mixture", components=2),
    "shape_noise",
    TrainingConfig(epochs=10, loss="nll"),
)


def save_mixture_run(root, dataset, data_path, run_id="mixture-run"):
    """Make a run that was fitted to `dataset`, calibrated and complete.

    Two Gaussians at the redshift that a linear regression gives: one narrow, one wide.
    """
    card = dataset.card
    reference = DataReference(str(data_path), card.name, card.hash, card.n_galaxies, card.origin)
    config = RunConfig(
        run_id, run_id, None, RECIPE, reference, SplitConfig(), created="2026-01-01T00:00:00+00:00"
    )
    run = create_run(root, config)
    split = split_by_source(dataset.source_id, config.split)
    train, validation, test = (
        dataset.take(rows) for rows in (split.train, split.validation, split.test)
    )
    scaler = Scaler.fit(RECIPE.scaling, train.flux, train.flux_error)
    scaler.save(run.scaler_path)
    features = scaler.transform(train.flux, train.flux_error)
    model = Ridge(alpha=10).fit(features, train.z)
    save_network(run.onnx_path, model, np.std(train.z - model.predict(features)))
    calibrate(run, train, validation)
    predictions = predict_dataset(run, test)
    predictions.to_parquet(run.predictions_path)
    run.write_metrics([epoch_record(epoch) for epoch in range(1, 11)])
    run.write_summary(
        {
            "run_id": run_id,
            "preset": None,
            "parameters": 6 * (len(model.coef_) + 1),
            "n_train": len(split.train),
            "n_validation": len(split.validation),
            "n_test": len(split.test),
            "split_hash": split.hash,
            "data_hash": card.hash,
            "best_epoch": 8,
            "epochs_run": 10,
            "train_seconds": 75.2,
            "cpu_seconds": 120.0,
            "device": "A processor",
            "backend": "tensorflow",
            "evaluation": evaluate(test.z, predictions["z_pred"].to_numpy(), n_resamples=100),
        }
    )
    run.write_status(replace(run.status(), state="done", epoch=10, seconds=75.2))
    return run


def save_network(path, model, sigma):
    """Write features @ weights + bias as ONNX; the outputs are those of `Mixtures.from_outputs`."""
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    # Logits, means, widths; of each the first and the second Gaussian's.
    slope = np.array([0, 0, 1, 1, 0, 0]) / MEAN_SCALE
    shift = np.array([0, SECOND_LOGIT, *[-MEAN_CENTRE / MEAN_SCALE] * 2, 0, 0])
    shift[4:] = np.log(np.expm1((WIDTHS * sigma - MIN_SIGMA) / SIGMA_SCALE))
    initializers = [
        onnx.numpy_helper.from_array(np.outer(model.coef_, slope).astype(np.float32), "w"),
        onnx.numpy_helper.from_array((model.intercept_ * slope + shift).astype(np.float32), "b"),
    ]
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["features", "w", "b"], ["mixture"])],
        "linear",
        [helper.make_tensor_value_info("features", float32, ["n", len(model.coef_)])],
        [helper.make_tensor_value_info("mixture", float32, ["n", len(slope)])],
        initializers,
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), str(path))


def epoch_record(epoch):
    """A curve whose validation loss, a log-likelihood below 0, is lowest in epoch 8."""
    return {
        "epoch": epoch,
        "loss": -1.5 + 1 / epoch,
        "mae": 0.1 / epoch,
        "val_loss": -1.4 + 0.01 * abs(epoch - 8),
        "val_mae": 0.02 + 0.002 * abs(epoch - 8),
        "learning_rate": 0.001,
        "seconds": 7.5,
        "cpu_seconds": 12.0,
    }
