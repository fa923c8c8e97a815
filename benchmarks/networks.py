"""The networks of `benchmarks.accuracy`: the presets, and a large one that finds the floor."""

import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.judging import FULL, Task, judged, scored
from core.comparison.prior_trade import NO_CAP, PriorTrade
from core.data.dataset import Dataset
from core.jobs import resume, wait
from core.jobs.roots import new_id
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.model.mixture import Mixtures
from core.model.presets import get_preset
from core.model.scaling import Scaler
from core.prediction.answer import estimate
from core.prediction.calibration.calibration import Calibration
from core.prediction.dataset import predict_dataset
from core.prediction.density import Density, redshift_grid
from core.prediction.predictor import Predictor
from core.runs import Run, open_run
from core.simulation import SimulationConfig, simulate_blocks
from core.simulation.simulate import BLOCK
from core.training.queue import submit

FRESH_SEED = 1  # of spectra that no data set holds
MAX_MAE_LOSS = 1.05

FLOOR = Recipe(
    network=NetworkConfig(
        conv_layers=(), dense_units=(2048, 1024, 512), activation="silu", head="mixture"
    ),
    scaling="shape_noise",
    training=TrainingConfig(
        optimizer="adamw",
        learning_rate=0.002,
        weight_decay=0.05,
        loss="nll",
        schedule="cosine",
        warmup_epochs=4.0,
        batch_size=500,
    ),
)


def dissertation(task: Task) -> list[dict]:
    return network(task, "dissertation")


def compact(task: Task) -> list[dict]:
    return network(task, "compact-survey" if task.n == FULL else "compact")


def network(task: Task, preset: str) -> list[dict]:
    """Train a preset as every run is trained, and take its default answer."""
    run = finished_run(task, preset)
    summary, history = run.summary(), run.metrics()
    predictor, calibration = Predictor(run.path), Calibration.load(run)
    table = predict_dataset(run, task.test)
    clock = time.perf_counter()
    estimate(predictor, calibration, task.test.flux, task.test.flux_error)
    about = {
        "n_train": summary["n_train"],
        "cpu_seconds": summary["cpu_seconds"],
        "spectra_per_second": len(task.test) / (time.perf_counter() - clock),
        "parameters": summary["parameters"],
    }
    how = f"{summary['parameters']:,} parameters, {summary['epochs_run']} epochs"
    curve = {
        "val_mae": history["val_mae"].tolist(),
        "cpu_seconds_so_far": history["cpu_seconds"].cumsum().tolist(),
        "best_epoch": summary["best_epoch"],
    }
    rows = [judged(f"`{preset}`", table, **about, how=how, **curve)]
    if calibration.densities is not None:
        rows.append(high_redshift_row(task, preset, predictor, calibration, about))
    return rows


def high_redshift_row(
    task: Task, preset: str, predictor: Predictor, calibration: Calibration, about: dict
) -> dict:
    """Judge the flat prior of the highest cap that costs no more than 5 % of the MAE.

    The cap is chosen on the validation part.
    """

    def trade(galaxies: Dataset) -> PriorTrade:
        mixtures = predictor.mixtures(galaxies.flux, galaxies.flux_error)
        return PriorTrade.measure(calibration.densities, mixtures, galaxies.z)

    chosen = trade(task.parts[1]).table().set_index("cap")["mae"]
    cap = max(chosen.index[chosen <= MAX_MAE_LOSS * chosen[NO_CAP]])
    test = trade(task.test)
    table = pd.DataFrame({"z_spec": test.z_spec, "z_pred": test.answers[cap]})
    return judged(
        f"`{preset}`, flat prior, cap {cap:g}",
        table,
        **about,
        how="the same network asked for high redshifts; CRPS of the point",
        trade=test.table().to_dict("records"),
    )


def finished_run(task: Task, preset: str) -> Run:
    """Return the run of a preset when it is done."""
    runs_dir, run_id = task.work / "runs", f"{preset}-{task.n}-{task.commit}"
    if not task.resumes:
        run_id = new_id(run_id)
    if (runs_dir / run_id / "config.json").is_file():
        run = open_run(runs_dir, run_id)
        if run.status().state in run.resumable:
            resume(run)
    else:
        path = task.data_path(task.n)
        run = submit(runs_dir, get_preset(preset), path, preset=preset, run_id=run_id)

    shown = [-1]

    def tell(status) -> None:
        if status.epoch != shown[0]:
            shown[0] = status.epoch
            print(f"{run_id}: epoch {status.epoch} of {status.epochs}", file=sys.stderr, flush=True)

    status = wait(run, tell)
    if status.state != "done":
        raise SystemExit(f"{run_id}: {status.state}, {status.message}")
    return run


def floor(task: Task) -> list[dict]:
    """Estimate the lowest MAE possible: a large network that sees every spectrum once."""
    import keras

    from core.model.network import build_network, compile_network
    from core.training.epochs import Epochs
    from core.training.steps import Block

    n_blocks = task.floor_spectra // BLOCK
    recipe = replace(FLOOR, training=replace(FLOOR.training, epochs=n_blocks))
    training = recipe.training
    started = time.process_time()
    keras.utils.set_random_seed(training.seed)
    model = build_network(recipe.network, recipe.scaling)
    compile_network(model, training, steps_per_epoch=BLOCK // training.batch_size)
    learning = Epochs(model, training.batch_size, learns=True)
    order = np.arange(BLOCK, dtype=np.int32)
    scaler = None
    fresh = SimulationConfig(n=n_blocks * BLOCK, seed=FRESH_SEED)
    for number, block in enumerate(simulate_blocks(fresh), start=1):
        scaler = scaler or Scaler.fit(recipe.scaling, block["flux"], block["flux_error"])
        x = scaler.transform(block["flux"], block["flux_error"])
        y = block["z"].astype(np.float32)[:, None]
        seen = learning.take([Block(x, y, None, order)], lambda done, so_far: None)
        if number % 10 == 0:
            mae = seen["mae"]
            print(f"floor: {number} of {n_blocks} blocks, MAE {mae:.5f}", file=sys.stderr)
    cpu_seconds = time.process_time() - started
    test = task.test
    clock = time.perf_counter()
    features = scaler.transform(test.flux, test.flux_error)
    outputs = model.predict(features, batch_size=4096, verbose=0)
    rate = len(test) / (time.perf_counter() - clock)
    density = Density.from_mixtures(Mixtures.from_outputs(outputs), redshift_grid(test.z.max()))
    return [
        judged(
            "Floor: a large perceptron on fresh spectra",
            scored(density, test.z),
            n_train=fresh.n,
            cpu_seconds=cpu_seconds,
            spectra_per_second=rate,
            parameters=model.count_params(),
            how=f"{model.count_params():,} parameters, each spectrum seen once, p(z) as it is",
        )
    ]
