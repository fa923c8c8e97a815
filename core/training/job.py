"""The work of one run: data set in; network, predictions and evaluation out."""

import logging
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import keras
import pandas as pd

from core.atomic import replacing
from core.config import to_dict
from core.errors import DataError, RunError
from core.evaluation.report import evaluate_table
from core.jobs.devices import Device, list_devices
from core.jobs.interrupting import obeying_at_once
from core.model.network import build_network
from core.model.onnx import export_onnx, verify_onnx
from core.prediction.calibration.calibration import calibrate
from core.prediction.calibration.needed import shortage
from core.prediction.dataset import keep_predictions, validation_mae
from core.prediction.notices import of_shortage
from core.prediction.seen import write_seen
from core.runs import SUMMARY_SCHEMA, VALIDATED_MAE, Run, RunConfig
from core.spectra import Spectra
from core.training.callbacks import RunWatch
from core.training.fine_tuning import read_start
from core.training.loop import Record, Trained, fit_spectra
from core.training.parts import Parts, read_parts

# Spectra on which the ONNX file is compared with the network.
N_VERIFIED = 1000

logger = logging.getLogger(__name__)


def train(run: Run, device: Device) -> str:
    """Train the run, from its checkpoint if it has one, and write everything it gives.

    Returns why there is no calibration, '' if there is one.

    Raises a `DataError` if the data set is missing, changed or too small; a `RunError` if the
    device asked for is not there, the training came apart, or the exported network differs from the
    trained one.
    """
    config = run.config
    label = device_in_use(config.device, device)
    status = replace(run.status(), device=label, message="Reading the data set")
    run.write_status(status)
    logger.info("Run %s on %s with Keras on %s", run.run_id, label, keras.backend.backend())
    watch = RunWatch(run, replace(status, message=""))
    preparing = ExitStack()

    def on_epoch(history: list[Record]) -> None:
        preparing.close()
        run.write_metrics(history)
        watch.finished(history)
        if history:
            logger.info(
                "%s", "  ".join(f"{name} {value:.6g}" for name, value in history[-1].items())
            )

    with preparing:
        # Until the first epoch, whose batches look for themselves, a request to stop is obeyed in
        # whatever goes on: reading the spectra and building the network may take a while.
        preparing.enter_context(obeying_at_once(run))
        parts = read_parts(
            run, needs_errors=config.recipe.needs_errors, seed=config.recipe.training.seed
        )
        short = shortage(len(parts.training), len(parts.validation), config.split)
        for notice in of_shortage(short):
            logger.warning("%s", notice.sentence)
        trained = fit_spectra(
            config.recipe,
            parts.spectra(config.recipe),
            parts.validation_spectra,
            start=read_start(run),
            callbacks=[watch],
            checkpoint_path=run.checkpoint_path,
            on_epoch=on_epoch,
            n_devices=len(device.parts) if on_gpu() else 1,
        )
    run.write_status(replace(run.status(), message="Exporting and evaluating the network"))
    save_network(run, trained, next(parts.test.chunks(N_VERIFIED, parts.in_test)))
    calibration, why = None, ""
    try:
        calibration = calibrate(run, parts.training, parts.validation)
    except DataError as error:  # the network is of use without
        why = f"No intervals and few flags: {short or error}"
    predictions = keep_predictions(run, calibration, parts.test, parts.in_test)
    write_seen(run, parts.source_id, parts.split)
    summary = summarise(config, parts, trained, predictions, label)
    summary[VALIDATED_MAE] = validation_mae(run, parts.validation)
    if calibration is not None:
        summary["coverage"] = calibration.summary_coverage(predictions)
    run.write_summary(summary)
    return why


def save_network(run: Run, trained: Trained, few: Spectra) -> None:
    """Write the scaler and the network for Keras and ONNX Runtime, compared on a few galaxies."""
    recipe = run.config.recipe
    # Without the optimiser, whose state is twice the network's size and of no use any more.
    network = build_network(recipe.network, recipe.scaling)
    network.set_weights(trained.model.get_weights())
    with replacing(run.model_path) as temporary:
        network.save(temporary)
    with replacing(run.scaler_path) as temporary:
        trained.scaler.save(temporary)
    export_onnx(network, run.onnx_path)
    features = trained.scaler.transform(few.flux, few.flux_error)
    difference = verify_onnx(run.onnx_path, network, features)
    logger.info("The ONNX file differs by at most %.1e", difference)


def summarise(
    config: RunConfig, parts: Parts, trained: Trained, predictions: pd.DataFrame, device: str
) -> dict[str, Any]:
    """Return the content of summary.json; times in s."""
    return {
        "schema": SUMMARY_SCHEMA,
        "run_id": config.run_id,
        "preset": config.preset,
        "parameters": trained.model.count_params(),
        "n_train": len(parts.split.train),
        "n_validation": len(parts.split.validation),
        "n_test": len(parts.split.test),
        "split_hash": parts.split.hash,
        "data_hash": config.data.hash,
        "instrument": to_dict(config.data.known_instrument),
        "best_epoch": trained.best_epoch,
        "epochs_run": len(trained.history),
        "train_seconds": sum(record["seconds"] for record in trained.history),
        "cpu_seconds": sum(record["cpu_seconds"] for record in trained.history),
        "device": device,
        "backend": keras.backend.backend(),
        "evaluation": evaluate_table(predictions),
        **parts.account(),
    }


def device_in_use(asked: str, device: Device) -> str:
    """Return the label of the device that Keras' backend really took where the job got `device`.

    Raises a `RunError` if a GPU was asked for by its number and the backend sees none.
    """
    backend = keras.backend.backend()
    if on_gpu() and device.kind == "cpu":
        return f"GPU found by {backend}"
    if on_gpu() or device.kind == "cpu":
        return device.label
    if asked != "auto":
        raise RunError(
            f"Keras' backend {backend} sees no GPU, {device.label} was asked for: install the "
            "backend's GPU package (pip install 'xpz[cuda]' for TensorFlow), or choose the CPU."
        )
    logger.warning("%s is there, but %s cannot use it; training on the CPU", device.label, backend)
    return list_devices()[-1].label


def on_gpu() -> bool:
    """Return whether Keras' backend computes on a GPU."""
    return "cpu" not in str(keras.ops.zeros((1,)).device).lower()
