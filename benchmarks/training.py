"""`compact` against `dissertation`, each with its own recipe: same data, same split."""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Row, report
from core.jobs import wait
from core.model.presets import get_preset
from core.training.queue import submit

DATA = Path(__file__).parents[1] / "data" / "simulated-20k.parquet"


def train(preset: str, runs_dir: Path) -> dict:
    run = submit(runs_dir, get_preset(preset), DATA, preset=preset)
    status = wait(run, progress=lambda s: print(preset, s.epoch, s.epochs, file=sys.stderr))
    summary = run.summary()
    if summary is None:
        raise SystemExit(f"{preset}: {status.state}, {status.message}")
    return summary


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        runs = {name: train(name, Path(folder)) for name in ("dissertation", "compact")}
    rows = []
    for name, run in runs.items():
        mae, (low, high) = run["evaluation"]["mae"], run["evaluation"]["intervals"]["mae"]
        rows.append(
            Row(
                f"Training `{name}`",
                f"MAE {mae:.4f}, {run['cpu_seconds']:,.0f} CPU-s",
                f"{run['n_train']:,} spectra, {run['parameters']:,} parameters, "
                f"{run['epochs_run']} epochs in {run['train_seconds']:,.0f} s, "
                f"test MAE 95 % [{low:.4f}, {high:.4f}], {run['device']}",
            )
        )
    ratio = runs["compact"]["cpu_seconds"] / runs["dissertation"]["cpu_seconds"]
    gain = runs["compact"]["evaluation"]["mae"] / runs["dissertation"]["evaluation"]["mae"]
    rows.append(
        Row(
            "`compact` / `dissertation`",
            f"MAE x {gain:.3f}, CPU x {ratio:.3f}",
            f"`data/{DATA.name}`, each with its own recipe, same split",
        )
    )
    report(rows)


if __name__ == "__main__":
    main()
