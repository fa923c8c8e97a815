"""Prediction through ONNX Runtime, a million spectra from a file, and Keras' own predict."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from benchmarks.measure import Row, cost, report
from core.data.dataset import load_dataset
from core.model.scaling import Scaler
from core.prediction.estimator import Estimator
from core.prediction.predictor import CHUNK_SPECTRA, Predictor
from core.runs import Run, list_runs
from core.simulation import SimulationConfig, simulate_to_parquet
from core.spectra import Spectra

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "assets" / "runs"
N_FROM_FILE = 1_000_000
N_IN_MEMORY = 100_000
N_CORES = 2
KERAS_DEFAULT_BATCH = 32


def shipped_spectra() -> Spectra:
    flux = load_dataset(ROOT / "data" / "simulated-20k.parquet", with_errors=False).flux
    return Spectra(np.tile(flux, (N_IN_MEMORY // len(flux), 1)), np.arange(N_IN_MEMORY))


def rate(n: int, seconds: float) -> str:
    return f"{n / seconds:,.0f} spectra/s"


def in_memory() -> list[Row]:
    spectra = shipped_spectra()
    rows = []
    for shipped in list_runs(RUNS):
        with cost() as load:
            predictor = Predictor(shipped.path)
        predictor.predict(spectra.flux[:1000])
        with cost() as run:
            predictor.predict(spectra.flux)
        rows.append(
            Row(
                f"Prediction, `{shipped.run_id}`, redshifts",
                rate(len(spectra), run.seconds),
                f"{len(spectra):,} spectra in memory, network loaded in {load.seconds:.2f} s",
            )
        )
    estimator = Estimator(Run(RUNS / "compact-20k"))
    with cost() as run:
        estimator.predict(spectra)
    rows.append(
        Row(
            "Prediction, `compact-20k`, with intervals and flags",
            rate(len(spectra), run.seconds),
            f"{len(spectra):,} spectra in memory",
        )
    )
    return rows


def keras_rates(run_id: str) -> list[Row]:
    """Measure Keras' predict on scaled spectra, in a process of its own."""
    import keras

    run = Run(RUNS / run_id)
    model = keras.saving.load_model(run.model_path, compile=False)
    features = Scaler.load(run.scaler_path).transform(shipped_spectra().flux)
    rows = []
    for batch in (KERAS_DEFAULT_BATCH, CHUNK_SPECTRA, 8192):
        part = features if batch >= CHUNK_SPECTRA else features[: len(features) // 5]
        model.predict(part[: 4 * batch], batch_size=batch, verbose=0)
        with cost() as predicting:
            model.predict(part, batch_size=batch, verbose=0)
        rows.append(
            Row(
                f"Keras' predict, `{run_id}`, batches of {batch:,}",
                rate(len(part), predicting.seconds),
                f"{len(part):,} spectra, scaled before, {keras.backend.backend()}",
            )
        )
    return rows


def from_files() -> list[Row]:
    from pyarrow import parquet

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        both, flux_only = Path(folder) / "both.parquet", Path(folder) / "flux.parquet"
        simulate_to_parquet(SimulationConfig(n=N_FROM_FILE, seed=1), both)
        with parquet.ParquetFile(both) as file:
            names = [name for name in file.schema_arrow.names if name != "flux_error"]
            batches = file.iter_batches(20_000, columns=names)
            first = next(batches)
            with parquet.ParquetWriter(flux_only, first.schema) as writer:
                for batch in (first, *batches):
                    writer.write_batch(batch)
        os.sync()  # else the disk still writes what is read
        for path, what, ending in (
            (flux_only, "flux only", ".parquet"),
            (both, "flux and errors", ".parquet"),
            (both, "flux and errors", ".vot"),
        ):
            out = Path(folder) / f"{path.stem}-z{ending}"
            seconds, peak_mb = measure_command(
                "predict", "--run", RUNS / "compact-20k", "--in", path, "--out", out
            )
            rows.append(
                Row(
                    f"`xpz predict`, {what}, to {ending}",
                    f"{rate(N_FROM_FILE, seconds)}, {peak_mb:,.0f} MB",
                    f"{N_FROM_FILE:,} spectra from Parquet "
                    f"({path.stat().st_size / 2**20:,.0f} MB) with intervals and flags, "
                    f"{seconds:.0f} s and peak memory of the whole command, `compact-20k`",
                )
            )
    return rows


def measure_command(*words: object) -> tuple[float, float]:
    """Run `xpz`; return its seconds and the peak memory of it and its children together [MB]."""
    command = [sys.executable, "-c", "from core.cli import main; main()", *map(str, words)]
    start = time.perf_counter()
    with psutil.Popen(command, stdout=subprocess.DEVNULL) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, tree_memory(process))
            time.sleep(0.02)
        seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit("xpz predict failed; see above")
    return seconds, peak / 2**20


def tree_memory(process: psutil.Process) -> int:
    try:
        members = (process, *process.children(recursive=True))
        return sum(member.memory_info().rss for member in members)
    except psutil.NoSuchProcess:  # it ended between the two looks; the next one will see
        return 0


def main() -> None:
    # Children keep to these cores as well.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:N_CORES])
    if len(sys.argv) > 1:
        report(keras_rates(sys.argv[1]))
        return
    command = [sys.executable, "-m", "benchmarks.prediction", "compact-20k"]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    keras_rows = [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]
    report([*in_memory(), *keras_rows, *from_files()])


if __name__ == "__main__":
    main()
