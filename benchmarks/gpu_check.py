"""Train both presets on a full-size simulated set, on whatever device Keras finds.

Where xpz is installed, write the simulator's tables once::

    python -m benchmarks.gpu_check tables --out tables.npz

Then, on the machine with the GPU, from a checkout of xpz; only numpy, scipy,
pandas, scikit-learn, Keras and a backend are needed there::

    KERAS_BACKEND=jax python -m benchmarks.gpu_check train --tables tables.npz --out gpu.json

On JAX and TensorFlow the batches of an epoch are taken by a compiled loop on the
GPU; PyTorch is given them one by one. Several GPUs (`--devices 2`) need TensorFlow.

The published network took 75 minutes for its 20 epochs on an AMD RX 6600.
"""

import argparse
import dataclasses
import json
import platform
import statistics
import sys
from pathlib import Path

import numpy as np
import pandas as pd

PUBLISHED_N = 520_393


def write_tables(out: Path) -> None:
    from core.simulation.config import TableConfig
    from core.simulation.tables import build_tables, save_tables

    save_tables(build_tables(TableConfig()), out)


def device_name() -> str:
    import keras

    where = str(keras.ops.zeros((1,)).device)
    if keras.backend.backend() == "torch":
        import torch

        if torch.cuda.is_available():
            return torch.cuda.get_device_name()
    if keras.backend.backend() == "jax":
        import jax

        return jax.devices()[0].device_kind
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            return tf.config.experimental.get_device_details(gpu).get("device_name", where)
    return where


def train_preset(name: str, dataset, epochs: int | None, n_devices: int) -> dict:
    from core.data.split import SplitConfig, split_by_source
    from core.evaluation.report import evaluate_table
    from core.model.presets import get_preset
    from core.training.examples import InMemory
    from core.training.loop import fit_spectra

    recipe = get_preset(name)
    full_epochs = recipe.training.epochs
    if epochs:
        training = dataclasses.replace(recipe.training, epochs=min(epochs, full_epochs))
        recipe = dataclasses.replace(recipe, training=training)
    split = split_by_source(dataset.source_id, SplitConfig())
    train, validation = split.train, split.validation

    def tell(history: list[dict]) -> None:
        if history:
            last = history[-1]
            line = f"{name} epoch {last['epoch']}: {last['seconds']:.1f} s"
            print(f"{line}, val_mae {last['val_mae']:.5f}", file=sys.stderr, flush=True)

    trained = fit_spectra(
        recipe,
        InMemory(dataset.flux[train], dataset.flux_error[train], dataset.z[train]),
        InMemory(dataset.flux[validation], dataset.flux_error[validation], dataset.z[validation]),
        on_epoch=tell,
        n_devices=n_devices,
    )
    z_spec = dataset.z[split.test]
    features = trained.scaler.transform(dataset.flux[split.test], dataset.flux_error[split.test])
    outputs = trained.model.predict(features, batch_size=8192, verbose=0)
    if recipe.network.head == "mixture":
        z_pred, density = density_scores(outputs, z_spec, dataset.z[train].max())
    else:
        z_pred, density = outputs[:, 0].astype(float), {}
    table = pd.DataFrame({"z_spec": z_spec, "z_pred": z_pred})
    seconds = [record["seconds"] for record in trained.history]
    # The first epoch pays for compilation.
    per_epoch = statistics.median(seconds[1:] or seconds)
    return {
        "n_train": len(train),
        "batch_size": recipe.training.batch_size,
        "epochs_run": len(seconds),
        "epochs_of_recipe": full_epochs,
        "first_epoch_seconds": seconds[0],
        "seconds_per_epoch": per_epoch,
        "minutes_trained": sum(seconds) / 60,
        "minutes_for_recipe": (seconds[0] + per_epoch * (full_epochs - 1)) / 60,
        "cpu_seconds": sum(record["cpu_seconds"] for record in trained.history),
        "evaluation": evaluate_table(table, n_resamples=200),
        "density": density,
    }


def density_scores(outputs: np.ndarray, z_spec: np.ndarray, z_max: float) -> tuple:
    """Return medians and, as the network gives them, not calibrated, the scores of p(z)."""
    from core.evaluation.calibration import crps, pit, pit_ks
    from core.model.mixture import Mixtures
    from core.prediction.density import Density, redshift_grid

    grid = redshift_grid(z_max)
    median, scores, ranks = np.empty((3, len(outputs)))
    for start in range(0, len(outputs), 4096):
        rows = slice(start, start + 4096)
        density = Density.from_mixtures(Mixtures.from_outputs(outputs[rows]), grid).filled()
        median[rows] = density.quantile([0.5])[:, 0]
        scores[rows] = crps(density.z, density.pdf, z_spec[rows])
        ranks[rows] = pit(density.z, density.pdf, z_spec[rows])
    return median, {"crps": float(scores.mean()), "pit_ks": pit_ks(ranks)}


def train_all(
    tables_path: Path, out: Path, n: int, presets: list[str], epochs: int | None, n_devices: int
) -> None:
    import keras

    from core.simulation import SimulationConfig, simulate
    from core.simulation.tables import load_tables

    dataset = simulate(SimulationConfig(n=n, seed=0), tables=load_tables(path=tables_path))
    results = {
        "device": device_name(),
        "backend": f"{keras.backend.backend()}, Keras {keras.__version__}, NumPy {np.__version__}",
        "python": platform.python_version(),
        "n_galaxies": n,
        "n_devices": n_devices,
        "published_minutes": 75,
        "presets": {},
    }
    for name in presets:
        results["presets"][name] = train_preset(name, dataset, epochs, n_devices)
        out.write_text(
            json.dumps(results, indent=1) + "\n", encoding="utf-8"
        )  # a cut-off run keeps what it has
    for name, result in results["presets"].items():
        print(
            f"{name} on {results['device']}: {result['seconds_per_epoch']:.1f} s per epoch, "
            f"{result['minutes_for_recipe']:.1f} min for its recipe "
            f"({result['epochs_run']} of {result['epochs_of_recipe']} epochs run), "
            f"MAE {result['evaluation']['mae']:.4f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    tables = commands.add_parser("tables")
    tables.add_argument("--out", type=Path, required=True)
    train = commands.add_parser("train")
    train.add_argument("--tables", type=Path, required=True)
    train.add_argument("--out", type=Path, required=True)
    train.add_argument("--n", type=int, default=PUBLISHED_N)
    train.add_argument("--presets", nargs="+", default=["compact", "dissertation"])
    train.add_argument("--epochs", type=int, help="at most this many epochs of each recipe")
    train.add_argument("--devices", type=int, default=1, help="so many GPUs share every batch")
    asked = parser.parse_args()
    if asked.command == "tables":
        write_tables(asked.out)
    else:
        train_all(asked.tables, asked.out, asked.n, asked.presets, asked.epochs, asked.devices)


if __name__ == "__main__":
    main()
