"""Opening a full-size data set of 520,393 spectra: time and memory in a fresh process."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Row, cost, peak_memory_mb, report
from core.data.dataset import load_dataset
from core.data.published import published
from core.simulation import SimulationConfig, simulate_to_parquet


def open_it(path: Path) -> None:
    with cost() as opening:
        dataset = load_dataset(path)
    report(
        [
            Row(
                "Opening a data set, time",
                f"{opening.seconds:.2f} s",
                f"{len(dataset):,} spectra with errors, file in the page cache, second opening",
            ),
            Row("Opening a data set, peak memory", f"{peak_memory_mb():,.0f} MB", "whole process"),
        ]
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "full.parquet"
        simulate_to_parquet(SimulationConfig(n=published().n_galaxies, seed=0), path)
        os.sync()  # else the disk still writes what is read
        # The first process also pays for memory that the machine has not handed out before.
        for _ in range(2):
            subprocess.run([sys.executable, "-m", "benchmarks.loading", str(path)], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        open_it(Path(sys.argv[1]))
    else:
        main()
