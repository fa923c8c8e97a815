"""Training `compact` on 20,000 to 5,000,000 galaxies: seconds and peak memory of a whole job.

One epoch each, from reading the data set to the evaluation, in a process of its own; on the
published number of galaxies both in memory and from the disk. The largest takes some ten minutes
and 15 GB of disk, in a temporary folder that is removed.

`python -m benchmarks.training_sizes 20000 520393` takes these sizes; `--accuracy` instead compares
what is learnt in memory and from the disk, on 100,000 galaxies over three seeds, in full.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.large_sets import SIZES, make
from benchmarks.measure import Row, peak_memory_mb, report
from core.data.card import DatasetCard
from core.data.dataset import save_dataset
from core.data.dataset_files import read_card
from core.data.published import published
from core.data.split import SplitConfig
from core.model.presets import get_preset
from core.runs import DataReference, Run, RunConfig, create_run

N_ACCURACY = 100_000
SEEDS = (0, 1, 2)


def new_run(folder: Path, path: Path, run_id: str, epochs: int | None, seed: int = 0) -> Run:
    recipe = get_preset("compact")
    training = replace(recipe.training, seed=seed)
    if epochs is not None:
        training = replace(training, epochs=epochs, warmup_epochs=0.5)
    card: DatasetCard = read_card(path)
    reference = DataReference(str(path), card.name, card.hash, card.n_galaxies, card.origin)
    config = RunConfig(
        run_id, run_id, "compact", replace(recipe, training=training), reference, SplitConfig(),
        "cpu",
    )  # fmt: skip
    return create_run(folder, config)


def train(run: Run, *, from_disk: bool) -> None:
    """Do the job in this process, and print what it took."""
    from core.training import parts
    from core.training.worker import work

    if from_disk:
        parts.IN_MEMORY_BYTES = 0
    clock, cpu = time.perf_counter(), time.process_time()
    if work(run) != "done":
        raise SystemExit(run.status().message)
    summary = run.summary()
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - clock,
                "cpu": time.process_time() - cpu,
                "peak_mb": peak_memory_mb(),
                "epoch_cpu": summary["cpu_seconds"] / summary["epochs_run"],
                "mae": summary["evaluation"]["mae"],
                "from_disk": summary.get("from_disk"),
            }
        )
    )


def in_process(run: Run, *, from_disk: bool) -> dict:
    how = "disk" if from_disk else "by-size"
    command = [sys.executable, "-m", "benchmarks.training_sizes", "--train", str(run.path), how]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(run.run_id, how, found, file=sys.stderr)
    return found


def sizes(asked: list[int]) -> list[Row]:
    rows = []
    for n in asked:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "set.parquet")
            make(n, path, with_errors=True)
            for from_disk in (False, True) if n == published().n_galaxies else (False,):
                run = new_run(Path(folder, "runs"), path, f"run-{from_disk:d}", epochs=1)
                cost = in_process(run, from_disk=from_disk)
                where = "from the disk" if cost["from_disk"] else "in memory"
                rows.append(
                    Row(
                        f"Training `compact` for an epoch, {n:,} galaxies, {where}",
                        f"{cost['seconds']:,.0f} s, {cost['peak_mb']:,.0f} MB",
                        f"{cost['cpu']:,.0f} CPU-s, {cost['epoch_cpu']:,.0f} of them the epoch's; "
                        "reading, calibration and evaluation included",
                    )
                )
    return rows


def accuracy() -> list[Row]:
    from core.simulation import simulate

    found: dict[bool, list[dict]] = {False: [], True: []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "set.parquet")
        save_dataset(simulate(N_ACCURACY, seed=5), path)
        for seed in SEEDS:
            for from_disk, costs in found.items():
                run = new_run(Path(folder), path, f"run-{from_disk:d}-{seed}", None, seed)
                costs.append(in_process(run, from_disk=from_disk))
    mae = {key: np.array([cost["mae"] for cost in costs]) for key, costs in found.items()}
    return [
        Row(
            "`compact` from the disk / in memory",
            f"MAE x {mae[True].mean() / mae[False].mean():.4f}",
            f"{N_ACCURACY:,} galaxies, {len(SEEDS)} seeds: {mae[True].round(5).tolist()} and "
            f"{mae[False].round(5).tolist()}; seeds alone scatter by "
            f"{mae[False].std(ddof=1) / mae[False].mean():.2%}",
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--accuracy", action="store_true")
    asked = parser.parse_args()
    report(accuracy() if asked.accuracy else sizes(asked.sizes))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--train", folder, how]:
            train(Run(Path(folder)), from_disk=how == "disk")
        case _:
            main()
