"""Heavy questions: evaluating a whole data set by the command, and as a click on the screen."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.measure import Row, report
from core.data.published import published
from core.simulation import SimulationConfig, simulate_to_parquet

ROOT = Path(__file__).parents[1]
RUN = ROOT / "assets" / "runs" / "compact-20k"
SIZES = (20_000, published().n_galaxies)
DATA = "XPZ_BENCH_DATA"
"""Variable of the environment: a data set file of the larger size, so that none is simulated."""

COMMAND = [sys.executable, "-c", "from core.cli import main; main()"]

CLICK = """
import sys, time
from tests.support import apps
apps.prepare_streamlit()
address = dict(run="compact-20k", data=sys.argv[1], on="Data set in use")
before = time.process_time()
while not (app := apps.open_screen("evaluate", **address)).metric:
    assert not app.exception and not app.error, (app.exception, app.error)
    time.sleep(2)
print(time.process_time() - before)
"""


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for n in SIZES:
            path = data_set(Path(folder) / "data", n)
            rows += by_command(path, Path(folder), n)
        rows += as_click(path, Path(folder), n)
    report(rows)


def data_set(folder: Path, n: int) -> Path:
    """Return a data set of so many galaxies."""
    path = folder / f"bench-{n}.parquet"
    folder.mkdir(exist_ok=True)
    if n == SIZES[-1] and DATA in os.environ:
        path.symlink_to(Path(os.environ[DATA]).resolve())
    else:
        simulate_to_parquet(SimulationConfig(n=n, seed=7), path)
    return path


def by_command(path: Path, folder: Path, n: int) -> list[Row]:
    """Measure `xpz evaluate`, and `xpz predict` of the same spectra, which is its main part."""
    rows = []
    told = {
        "predict": ["--in", str(path), "--out", str(folder / f"z-{n}.parquet")],
        "evaluate": ["--data", str(path), "--json"],
    }
    for command, words in told.items():
        seconds, cpu, megabytes = measured([*COMMAND, command, "--run", str(RUN), *words])
        rows.append(
            Row(
                f"`xpz {command}`, {n:,} galaxies",
                f"{cpu:.1f} CPU-s, {megabytes:.0f} MB",
                f"with flux errors, start included; {seconds:.0f} s by the clock",
            )
        )
    return rows


def as_click(path: Path, folder: Path, n: int) -> list[Row]:
    """Measure what Evaluate takes in the screens' process, and until the numbers are there."""
    places = {"XPZ_DATA_DIR": str(path.parent), "XPZ_RUNS_DIR": str(folder / "runs")}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", CLICK, path.stem],
        cwd=ROOT,
        env=os.environ | places,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        check=True,
    )
    seconds = time.perf_counter() - begun
    cpu = float(done.stdout.split()[-1])
    how = f"the page asked for every 2 s, the numbers after {seconds:.0f} s from its own process"
    return [Row(f"Evaluate, {n:,} galaxies: in the screens' process", f"{cpu:.1f} CPU-s", how)]


def measured(command: list[str]) -> tuple[float, float, float]:
    """Return seconds, processor time [s] and largest memory [MB] of a command."""
    begun = time.perf_counter()
    with psutil.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert not process.returncode, command
    seconds = time.perf_counter() - begun
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
