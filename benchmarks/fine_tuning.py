"""Fine-tuning on few galaxies of another instrument, against training from scratch on them.

::

    python -m benchmarks.fine_tuning --start assets/runs/compact

The galaxies are simulated as the start's were, but their noise is larger by 40 % and their samples
lie a pixel (three samples) bluer in both bands. Each set is split as xpz splits; all networks are
judged on the same further galaxies of that kind. Prints a table in Markdown.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from benchmarks.measure import machine
from core.data.dataset import Dataset
from core.data.split import SplitConfig, split_by_source
from core.evaluation.metrics import mae
from core.model.config import Recipe
from core.model.mixture import Mixtures
from core.model.network import build_network
from core.model.presets import get_preset
from core.model.scaling import Scaler
from core.runs import Run, open_run
from core.simulation import SimulationConfig, simulate
from core.simulation.config import TableConfig
from core.simulation.noise import NoiseConfig
from core.spectra import SampleGrid
from core.training.fine_tuning import fine_tuning
from core.training.loop import fit

SHIFTED = TableConfig(
    grid=SampleGrid(bp_start=43.60, rp_start=9.76),
    noise=NoiseConfig(sigma_bp=0.30, sigma_rp=0.30),
)
SIZES = (300, 1_000, 3_000)
N_JUDGED, SEED_JUDGED = 10_000, 500


def galaxies(n: int, seed: int) -> Dataset:
    return simulate(SimulationConfig(n=n, seed=seed, tables=SHIFTED))


def network_of(run: Run) -> tuple[keras.Model, Scaler]:
    network = build_network(run.config.recipe.network, run.config.recipe.scaling)
    network.load_weights(run.model_path)
    return network, Scaler.load(run.scaler_path)


def train(recipe: Recipe, dataset: Dataset, start: tuple[list[np.ndarray], Scaler] | None):
    split = split_by_source(dataset.source_id, SplitConfig())
    training, validation = dataset.take(split.train), dataset.take(split.validation)
    return fit(
        recipe,
        *(training.flux, training.z),
        *(validation.flux, validation.z),
        flux_error=training.flux_error,
        validation_flux_error=validation.flux_error,
        start=start,
    )


def error(network: keras.Model, scaler: Scaler, judged: Dataset) -> float:
    features = scaler.transform(judged.flux, judged.flux_error)
    outputs = network.predict(features, batch_size=1024, verbose=0)
    point = outputs.shape[1] == 1
    return mae(judged.z, outputs[:, 0] if point else Mixtures.from_outputs(outputs).mean())


def compare(run: Run, seeds: int) -> pd.DataFrame:
    """Return n, seed, network, mae and CPU-seconds of every training."""
    judged = galaxies(N_JUDGED, SEED_JUDGED)
    network, scaler = network_of(run)
    untouched = error(network, scaler, judged)
    recipes = {
        "`compact` from scratch": (get_preset("compact"), None),
        "fine-tuned": (fine_tuning(run.config.recipe), (network.get_weights(), scaler)),
    }
    rows = [(n, 0, f"`{run.run_id}`, untouched", untouched, 0.0) for n in SIZES]
    for seed in range(seeds):
        sample = galaxies(max(SIZES), SEED_JUDGED + 1 + seed)
        for n in SIZES:
            for name, (recipe, start) in recipes.items():
                began = time.process_time()
                seeded = replace(recipe, training=replace(recipe.training, seed=seed))
                trained = train(seeded, sample.take(np.arange(n)), start)
                seconds = time.process_time() - began
                rows.append((n, seed, name, error(trained.model, trained.scaler, judged), seconds))
                print(*rows[-1], f"epoch {trained.best_epoch}", file=sys.stderr, flush=True)
    return pd.DataFrame(rows, columns=["n", "seed", "network", "mae", "cpu_seconds"])


def table(results: pd.DataFrame) -> str:
    """Return Markdown: a row per network, the mean MAE with its spread, and CPU-seconds."""
    lines = [
        "| network | " + " | ".join(f"{n:,} galaxies" for n in SIZES) + " | CPU-s |",
        "|---" * (len(SIZES) + 2) + "|",
    ]
    for name, rows in results.groupby("network", sort=False):
        errors = rows.groupby("n")["mae"]
        cells = [
            f"{mean:.4f}" + (f" ± {spread:.4f}" if spread > 0 else "")
            for mean, spread in zip(errors.mean(), errors.std(), strict=True)
        ]
        times = rows.groupby("n")["cpu_seconds"].mean()
        cost = f"{times.min():.0f}-{times.max():.0f}" if times.max() else ""
        lines.append(f"| {name} | {' | '.join(cells)} | {cost} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--start", type=Path, required=True, help="Folder of a trained run.")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    folder = arguments.start.resolve()
    run = open_run(folder.parent, folder.name)
    results = compare(run, arguments.seeds)
    print(f"{machine()}; {arguments.seeds} seeds, MAE of {N_JUDGED:,} galaxies\n")
    print(table(results))


if __name__ == "__main__":
    main()
