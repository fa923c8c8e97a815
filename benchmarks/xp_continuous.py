"""XP continuous spectra in the archive's CSV, plain and .gz: GaiaXPy's `convert` and ours.

A process each; `python -m benchmarks.xp_continuous WAY FILE` measures one way of `WAYS`, also of
another tree (PYTHONPATH), beside this one.
"""

import contextlib
import gzip
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Row, cost, peak_memory_mb, report
from core.data.dataset import load_dataset
from core.data.spectra.files import open_spectra

ROOT = Path(__file__).parents[1]
N_SOURCES = 5_000
N_TURNS = 2
"""One way after the other; the best counts for each."""

ASKED_PART = 100
"""One source of so many is asked for."""

N_POSITIONS = 120
"""Of Gaia's own sampling of each band."""


def write_csv(path: Path) -> None:
    """Write simulated galaxies as the archive delivers spectra."""
    module = ROOT / "tests" / "support" / "xp_archive_files.py"
    spec = importlib.util.spec_from_file_location("xp_archive_files", module)
    files = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(files)
    dataset = load_dataset(ROOT / "data" / "simulated-20k.parquet")
    sources = files.sources_of(dataset.flux[:N_SOURCES], dataset.source_id[:N_SOURCES])
    content = sources.to_bytes("csv")
    path.write_bytes(content)
    path.with_suffix(".csv.gz").write_bytes(gzip.compress(content, 6))


def by_gaiaxpy(path: Path) -> int:
    from gaiaxpy import convert

    with contextlib.redirect_stdout(io.StringIO()):  # it draws its progress there
        table, _ = convert(path, sampling=np.linspace(0, 60, N_POSITIONS), save_file=False)
    return table["source_id"].nunique()


def by_xpz(path: Path, **options: Any) -> int:
    file = open_spectra(path, **options)
    return sum(int(np.isfinite(part.flux).all(axis=1).sum()) for part in file.chunks())


def some_by_xpz(path: Path) -> int:
    """Read one source of `ASKED_PART`; the ids are those of the data set that the file is of."""
    ids = load_dataset(ROOT / "data" / "simulated-20k.parquet").source_id[:N_SOURCES]
    return by_xpz(path, only=np.sort(ids[::ASKED_PART])) * ASKED_PART


def unpack(path: Path) -> int:
    """Unpack alone, by what xpz uses: no reader can be quicker."""
    import pyarrow as pa

    with pa.input_stream(str(path), compression="gzip") as file:
        while file.read(2**19):
            pass
    return N_SOURCES


WAYS = {
    "gaiaxpy": by_gaiaxpy,
    "flux": lambda path: by_xpz(path, with_errors=False),
    "flux and errors": by_xpz,
    "gz": lambda path: by_xpz(path.with_suffix(".csv.gz")),
    "some of gz": lambda path: some_by_xpz(path.with_suffix(".csv.gz")),
    "unpack": lambda path: unpack(path.with_suffix(".csv.gz")),
}


def measure(way: str, path: Path) -> None:
    """Print wall-clock seconds, those of the CPU, and the peak of memory [MB]."""
    import gaiaxpy  # noqa: F401  # else the first to need it pays for its import

    busy = time.process_time()
    with cost() as taken:
        n_sources = WAYS[way](path)
    if n_sources != N_SOURCES:
        raise SystemExit(f"{way}: {n_sources} of {N_SOURCES} spectra")
    print(json.dumps([taken.seconds, time.process_time() - busy, peak_memory_mb()]))


def both_at_once(path: Path) -> float:
    """Return the seconds that the slower of two processes takes, each on a file of its own."""
    command = [sys.executable, "-m", "benchmarks.xp_continuous", "gz"]
    two = [
        subprocess.Popen([*command, str(each)], stdout=subprocess.PIPE, encoding="utf-8")
        for each in (path, path.with_name("second.csv"))
    ]
    return max(json.loads(process.communicate()[0])[0] for process in two)


def apart(*arguments: str) -> str:
    """Run this module in a process of its own; return the last line that it prints."""
    command = [sys.executable, "-m", "benchmarks.xp_continuous", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return done.stdout.rpartition("\n")[0].rpartition("\n")[2]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "xp_continuous.csv"
        apart("write", str(path))  # a process inherits the peak of the one that starts it
        size_mb = path.stat().st_size / 2**20
        second = path.with_name("second.csv.gz")
        second.write_bytes(path.with_suffix(".csv.gz").read_bytes())
        packed_mb = second.stat().st_size / 2**20
        turns, at_once = [], []
        for _ in range(N_TURNS):
            turns.append({way: json.loads(apart(way, str(path))) for way in WAYS})
            at_once.append(both_at_once(path))
    seconds = {way: min(turn[way][0] for turn in turns) for way in WAYS}
    busy = {way: min(turn[way][1] for turn in turns) for way in WAYS}
    memory_mb = {way: max(turn[way][2] for turn in turns) for way in WAYS}
    of_file = f"{N_SOURCES:,} sources in a CSV of {size_mb:.0f} MB"
    rows = [
        Row(
            "XP continuous, GaiaXPy's `convert`",
            f"{N_SOURCES / seconds['gaiaxpy']:,.0f} sources/s",
            f"{of_file}, {N_POSITIONS} positions, best of {N_TURNS}, "
            f"peak memory {memory_mb['gaiaxpy']:,.0f} MB",
        )
    ]
    for way in ("flux", "flux and errors"):
        gain = seconds["gaiaxpy"] / seconds[way]
        rows.append(
            Row(
                f"XP continuous, {way}",
                f"{N_SOURCES / seconds[way]:,.0f} sources/s",
                f"same file, {gain:.1f} times as many as GaiaXPy, "
                f"peak memory {memory_mb[way]:,.0f} MB",
            )
        )
    of_packed = f"{N_SOURCES:,} sources in a .csv.gz of {packed_mb:.0f} MB"
    rows += [
        Row(
            "XP continuous in .csv.gz, flux and errors",
            f"{busy['gz'] / N_SOURCES * 1e3:.3f} ms of CPU a source",
            f"{of_packed}, read as a stream: {N_SOURCES / seconds['gz']:,.0f} sources/s, "
            f"{seconds['gaiaxpy'] / seconds['gz']:.1f} times as many as GaiaXPy from plain CSV, "
            f"peak memory {memory_mb['gz']:,.0f} MB",
        ),
        Row(
            "XP continuous in .csv.gz, unpacking alone",
            f"{busy['unpack'] / N_SOURCES * 1e3:.3f} ms of CPU a source",
            "same file, what no reader can beat",
        ),
        Row(
            f"XP continuous in .csv.gz, 1 source of {ASKED_PART} asked for",
            f"{busy['some of gz'] / N_SOURCES * 1e3:.3f} ms of CPU a row",
            f"same file, {busy['some of gz'] / busy['unpack']:.2f} times the unpacking alone, "
            f"peak memory {memory_mb['some of gz']:,.0f} MB",
        ),
        Row(
            "XP continuous in .csv.gz, two processes",
            f"{2 * seconds['gz'] / min(at_once):.2f} times one",
            "same file and a copy of it, one thread each",
        ),
    ]
    report(rows)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["write", file]:
            write_csv(Path(file))
        case [way, file]:
            measure(way, Path(file))
