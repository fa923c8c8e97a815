"""A data set from 20,000 to 5,000,000 galaxies: seconds and peak memory of all but training.

Each task runs in a process of its own. `python -m benchmarks.millions 20000 520393` takes these
sizes; without numbers it takes three, of which the largest takes about ten minutes and 2 GB of
disk, in a temporary folder that is removed. `--only load split` takes these tasks alone.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np

from benchmarks.large_sets import SIZES, make
from benchmarks.measure import Row, peak_memory_mb, report
from core.data.dataset import load_dataset, open_dataset
from core.data.kept_statistics import KeptStatistics
from core.data.split import SplitConfig, split_by_source
from core.data.statistics import DEFAULT_RANGES, describe_split
from core.versions import SETTLED_SECONDS, FileVersion

ROOT = Path(__file__).parents[1]
RUN = "compact-20k"
FLUX_BYTES = 186 * 4
SEED = 0


def open_it(path: Path) -> None:
    """Ids, redshifts and magnitudes; what every screen and job reads first."""
    open_dataset(path)


def load(path: Path) -> None:
    """All spectra in memory."""
    load_dataset(path)


def statistics(path: Path) -> None:
    """Histogram and moments of the redshifts, of a data set that was never looked at."""
    kept = KeptStatistics(FileVersion.of(path), lambda: open_dataset(path))
    kept.redshift_histogram(0.01)
    kept.redshift_summary()


def averages(path: Path) -> None:
    """Average spectra of six ranges, of a data set that was never looked at."""
    kept = KeptStatistics(FileVersion.of(path), lambda: open_dataset(path))
    kept.average_spectra(DEFAULT_RANGES)


def again(path: Path) -> None:
    """All statistics of a data set that was looked at before."""
    statistics(path)
    averages(path)


def spectra(path: Path) -> None:
    """100 single spectra, one after the other, of an open data set."""
    galaxies = open_dataset(path)
    for row in np.random.default_rng(SEED).integers(0, len(galaxies), 100):
        galaxies.rows(np.array([row]))


def split(path: Path) -> None:
    """Training, validation and test part with their redshifts."""
    galaxies = open_dataset(path)
    describe_split(galaxies.z, split_by_source(galaxies.source_id, SplitConfig()))


def predict(path: Path) -> None:
    """`xpz predict` to one Parquet file."""
    out = path.with_name("predicted.parquet")
    xpz("predict", "--run", RUN, "--in", str(path), "--out", str(out))
    out.unlink()


def evaluate(path: Path) -> None:
    """`xpz evaluate --data`: prediction and judgement."""
    xpz("evaluate", "--run", RUN, "--data", str(path), "--json")


def xpz(*words: str) -> None:
    from core.cli import main

    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        main(words, standalone_mode=False)


TASKS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "open": ("Opening", open_it),
    "load": ("Loading the flux", load),
    "statistics": ("Redshifts, first time", statistics),
    "averages": ("Average spectra, first time", averages),
    "again": ("All statistics, kept", again),
    "spectra": ("100 single spectra", spectra),
    "split": ("Split", split),
    "predict": ("Predicting", predict),
    "evaluate": ("Evaluating", evaluate),
}


def run_task(name: str, path: Path) -> None:
    """Do one task in this process and print what it took."""
    before = peak_memory_mb()
    start, used = time.perf_counter(), cpu_seconds()
    TASKS[name][1](path)
    cost = {
        "seconds": time.perf_counter() - start,
        "cpu": cpu_seconds() - used,
        "peak_mb": peak_memory_mb(),
        "own_mb": peak_memory_mb() - before,
    }
    print(json.dumps(cost))


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def in_process(*words: str, cache: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.millions", *words]
    environment = os.environ | {"XPZ_CACHE_DIR": str(cache)}
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(n: int, names: list[str]) -> dict[str, dict[str, float]]:
    """Return the costs of the tasks on a data set of `n` galaxies."""
    with tempfile.TemporaryDirectory() as folder:
        path, cache = Path(folder, "set.parquet"), Path(folder, "cache")
        costs = {"making": in_process("--make", str(n), str(path), cache=cache)}
        os.sync()  # else the disk still writes what is read
        time.sleep(SETTLED_SECONDS)  # else nothing is kept of so young a file
        for name in names:
            costs[name] = in_process("--task", name, str(path), cache=cache)
            print(n, name, costs[name], file=sys.stderr)
    return costs


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS))
    asked = parser.parse_args()
    found = {n: measure(n, asked.only) for n in asked.sizes}
    rows = []
    for name in asked.only:
        for n, costs in found.items():
            cost = costs[name]
            how = f"{cost['cpu']:.2f} CPU-s"
            if name == "load":
                how += f"; {cost['own_mb'] * 2**20 / (n * FLUX_BYTES):.2f} times the flux"
            value = f"{cost['seconds']:.2f} s, {cost['peak_mb']:,.0f} MB"
            rows.append(Row(f"{TASKS[name][0]}, {n:,} galaxies", value, how))
    peak = max(cost["peak_mb"] for costs in found.values() for cost in costs.values())
    rows.append(Row("Largest peak memory of all of these", f"{peak:,.0f} MB", "making included"))
    report(rows)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--make", n, path]:
            TASKS["make"] = "", lambda path: make(int(n), path, with_errors=False)
            run_task("make", Path(path))
        case ["--task", name, path]:
            run_task(name, Path(path))
        case _:
            main()
