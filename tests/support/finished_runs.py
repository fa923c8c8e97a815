"""Complete runs, made without Keras: linear networks of which all is known."""

from dataclasses import replace

import numpy as np
import onnx
import pandas as pd
from sklearn.linear_model import Ridge

from core.data.split import SplitConfig, split_by_source
from core.evaluation.report import evaluate_table
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.model.mixture import MEAN_CENTRE, MEAN_SCALE, MIN_SIGMA, SIGMA_SCALE
from core.model.scaling import Scaler
from core.model.shapes import count_parameters
from core.prediction.calibration.calibration import calibrate
from core.prediction.dataset import predict_dataset
from core.prediction.predictor import Predictor
from core.runs import DataReference, RunConfig, create_run
from tests.support.estimates import table_of

WIDTHS = np.array([0.8, 2.0])
"""Of the two Gaussians, in units of the scatter of the linear regression."""

SECOND_LOGIT = -1.5
"""The wide one holds a fifth of p(z)."""

RECIPE = Recipe(
    NetworkConfig((), (), head="mixture", components=2),
    "shape_noise",
    TrainingConfig(epochs=10, loss="nll"),
)
MADE = "2026-01-01T00:00:00+00:00"


def make_run(root, dataset, data_path, run_id, recipe, created=MADE, split=None):
    """Make a run's folder as `submit` makes it, without the process."""
    card = dataset.card
    data = DataReference(str(data_path), card.name, card.hash, card.n_galaxies, card.origin)
    split = split or SplitConfig()
    config = RunConfig(run_id, run_id, None, recipe, data, split, created=created)
    return create_run(root, config)


def save_point_run(root, dataset, data_path, run_id, recipe):
    """Make a complete run of point estimates that was fitted to `dataset`, not calibrated."""
    run = make_run(root, dataset, data_path, run_id, recipe)
    train, _, test = parts_of(run, dataset)
    model, _ = fit(run, train)
    save_network(run.onnx_path, "z", model.coef_[:, None], [model.intercept_])
    z_pred = Predictor(run.path).predict(test.flux)
    table = {"source_id": test.source_id, "z_spec": test.z, "z_pred": z_pred}
    pd.DataFrame(table).to_parquet(run.predictions_path)
    finish(run, dataset, z_pred, count_parameters(recipe.network, recipe.scaling), 0.0, 0.01)
    return run


def save_mixture_run(root, dataset, data_path, run_id="mixture-run", split=None):
    """Make a run with p(z) that was fitted to `dataset`, calibrated and complete.

    Two Gaussians at the redshift that a linear regression gives: one narrow, one wide.
    """
    run = make_run(root, dataset, data_path, run_id, RECIPE, split=split)
    train, validation, test = parts_of(run, dataset)
    model, sigma = fit(run, train)
    # Logits, means, widths; of each the first and the second Gaussian's.
    slope = np.array([0, 0, 1, 1, 0, 0]) / MEAN_SCALE
    shift = np.array([0, SECOND_LOGIT, *[-MEAN_CENTRE / MEAN_SCALE] * 2, 0, 0])
    shift[4:] = np.log(np.expm1((WIDTHS * sigma - MIN_SIGMA) / SIGMA_SCALE))
    save_network(
        run.onnx_path, "mixture", np.outer(model.coef_, slope), model.intercept_ * slope + shift
    )
    calibrate(run, train, validation)
    predictions = predict_dataset(run, test)
    predictions.to_parquet(run.predictions_path)
    z_pred = predictions["z_pred"].to_numpy()
    # Its losses, of a log-likelihood, lie below 0.
    finish(run, dataset, z_pred, 6 * (len(model.coef_) + 1), -1.5, -1.4)
    return run


def parts_of(run, dataset):
    """Return training, validation and test part."""
    split = split_by_source(dataset.source_id, run.config.split)
    return [dataset.take(rows) for rows in (split.train, split.validation, split.test)]


def fit(run, train):
    """Fit and keep the scaling; return a linear regression of z and its scatter."""
    scaler = Scaler.fit(run.config.recipe.scaling, train.flux, train.flux_error)
    scaler.save(run.scaler_path)
    features = scaler.transform(train.flux, train.flux_error)
    model = Ridge(alpha=10).fit(features, train.z)
    return model, np.std(train.z - model.predict(features))


def save_network(path, output, weights, bias):
    """Write features @ weights + bias as ONNX, with the names that `Predictor` expects."""
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    initializers = [
        onnx.numpy_helper.from_array(np.asarray(values, np.float32), name)
        for name, values in (("w", weights), ("b", bias))
    ]
    n_features, n_outputs = weights.shape
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["features", "w", "b"], [output])],
        "linear",
        [helper.make_tensor_value_info("features", float32, ["n", n_features])],
        [helper.make_tensor_value_info(output, float32, ["n", n_outputs])],
        initializers,
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), str(path))


def finish(run, dataset, z_pred, parameters, loss, val_loss):
    """Write what a training writes at its end; its curve is lowest in epoch 8."""
    train, validation, test = parts_of(run, dataset)
    split = split_by_source(dataset.source_id, run.config.split)
    run.write_metrics(
        [
            {
                "epoch": epoch,
                "loss": loss + 0.05 / epoch,
                "mae": 0.1 / epoch,
                "val_loss": val_loss + 0.001 * abs(epoch - 8),
                "val_mae": 0.02 + 0.002 * abs(epoch - 8),
                "learning_rate": 0.001,
                "seconds": 7.5,
                "cpu_seconds": 12.0,
            }
            for epoch in range(1, 11)
        ]
    )
    run.write_summary(
        {
            "run_id": run.run_id,
            "preset": None,
            "parameters": parameters,
            "n_train": len(train),
            "n_validation": len(validation),
            "n_test": len(test),
            "split_hash": split.hash,
            "data_hash": dataset.card.hash,
            "best_epoch": 8,
            "epochs_run": 10,
            "train_seconds": 75.2,
            "cpu_seconds": 120.0,
            "device": "A processor",
            "backend": "tensorflow",
            "evaluation": evaluate_table(table_of(test.z, z_pred), n_resamples=100),
        }
    )
    ended = {"state": "done", "epoch": 10, "seconds": 75.2, "device": "A processor"}
    run.write_status(replace(run.status(), **ended))
