"""XP continuous spectra in the archive's CSV, plain and .gz: GaiaXPy's `convert` and ours.

A process each; `python -m benchmarks.xp_continuous WAY FOLDER` measures one way of `WAYS`, also of
another tree (PYTHONPATH), beside this one. It starts when it is sent a line.
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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Row, cost, peak_memory_mb, report
from core.data.dataset import load_dataset
from core.data.spectra.files import open_spectra

ROOT = Path(__file__).parents[1]
N_SOURCES, N_FEW = 1_000, 20
N_PARTS = 4
"""The .gz is so many times the sources of the plain file, joined."""

N_TURNS = 3
"""Of each way within its process, after a few sources that pay for imports; the best counts."""

ASKED_PART = 100
"""One source of so many is asked for."""

N_POSITIONS = 120
"""Of Gaia's own sampling of each band."""

PLAIN, PACKED, SECOND = "xp.csv", "xp.csv.gz", "second.csv.gz"


def write_files(folder: Path) -> None:
    """Write simulated galaxies as the archive delivers spectra, and a few of them apart."""
    module = ROOT / "tests" / "support" / "xp_archive_files.py"
    spec = importlib.util.spec_from_file_location("xp_archive_files", module)
    files = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(files)
    dataset = load_dataset(ROOT / "data" / "simulated-20k.parquet")
    for n, where in ((N_SOURCES, folder), (N_FEW, folder / "few")):
        where.mkdir(exist_ok=True)
        content = files.sources_of(dataset.flux[:n], dataset.source_id[:n]).to_bytes("csv")
        (where / PLAIN).write_bytes(content)
        packed = gzip.compress(content, 6)
        for name in (PACKED, SECOND):
            (where / name).write_bytes(packed * (N_PARTS if n == N_SOURCES else 1))


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
    from isal import igzip

    with igzip.open(path) as file:
        while file.read(2**19):
            pass
    return N_SOURCES * N_PARTS


WAYS = {
    "gaiaxpy": (by_gaiaxpy, PLAIN),
    "flux": (lambda path: by_xpz(path, with_errors=False), PLAIN),
    "flux and errors": (by_xpz, PLAIN),
    "gz": (by_xpz, PACKED),
    "second gz": (by_xpz, SECOND),
    "some of gz": (some_by_xpz, PACKED),
    "unpack": (unpack, PACKED),
}


def n_sources(way: str) -> int:
    return N_SOURCES * (1 if WAYS[way][1] == PLAIN else N_PARTS)


def measure(way: str, folder: Path) -> None:
    """Print wall-clock seconds, those of the CPU, and the peak of memory [MB], of the best turn."""
    read, name = WAYS[way]
    read(folder / "few" / name)
    print("ready", flush=True)
    sys.stdin.readline()
    turns = []
    for _ in range(N_TURNS):
        busy = time.process_time()
        with cost() as taken:
            n = read(folder / name)
        if n != n_sources(way):
            raise SystemExit(f"{way}: {n} of {n_sources(way)} spectra")
        turns.append((taken.seconds, time.process_time() - busy))
    print(json.dumps([*map(min, zip(*turns, strict=True)), peak_memory_mb()]))


@contextmanager
def waiting(way: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start this module in a process of its own, which waits for a line."""
    command = [sys.executable, "-m", "benchmarks.xp_continuous", way, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8") as process:
        while process.stdout.readline() not in ("ready\n", ""):
            pass
        yield process


def apart(*ways: str, folder: Path) -> list[list[float]]:
    """Measure ways at the same time, each in a process of its own."""
    with ExitStack() as stack:
        processes = [stack.enter_context(waiting(way, folder)) for way in ways]
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        return [json.loads(p.communicate()[0].splitlines()[-1]) for p in processes]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "benchmarks.xp_continuous", "write", name]
        subprocess.run(command, check=True)  # a process inherits the peak of the one that starts it
        size_mb, packed_mb = ((folder / name).stat().st_size / 2**20 for name in (PLAIN, PACKED))
        found = {way: apart(way, folder=folder)[0] for way in WAYS if way != "second gz"}
        both = apart("gz", "second gz", folder=folder)
    rate = {way: n_sources(way) / seconds for way, (seconds, _, _) in found.items()}
    busy_ms = {way: busy / n_sources(way) * 1e3 for way, (_, busy, _) in found.items()}
    memory = {way: f"peak memory {mb:,.0f} MB" for way, (_, _, mb) in found.items()}
    of_file = f"{N_SOURCES:,} sources in a CSV of {size_mb:.0f} MB"
    of_packed = f"{N_SOURCES * N_PARTS:,} sources in a .csv.gz of {packed_mb:.0f} MB"
    of_cpu = "ms of CPU a source"
    rows = [
        Row(
            "XP continuous, GaiaXPy's `convert`",
            f"{busy_ms['gaiaxpy']:.3f} {of_cpu}",
            f"{of_file}, {N_POSITIONS} positions, best of {N_TURNS}, {rate['gaiaxpy']:,.0f} "
            f"sources/s, {memory['gaiaxpy']}",
        )
    ]
    for way in ("flux", "flux and errors"):
        gain = busy_ms["gaiaxpy"] / busy_ms[way]
        rows.append(
            Row(
                f"XP continuous, {way}",
                f"{busy_ms[way]:.3f} {of_cpu}",
                f"same file, {rate[way]:,.0f} sources/s, {gain:.1f} times as many as GaiaXPy, "
                f"{memory[way]}",
            )
        )
    rows += [
        Row(
            "XP continuous in .csv.gz, flux and errors",
            f"{busy_ms['gz']:.3f} {of_cpu}",
            f"{of_packed}, read as a stream: {rate['gz']:,.0f} sources/s, "
            f"{busy_ms['gaiaxpy'] / busy_ms['gz']:.1f} times as many as GaiaXPy from plain CSV, "
            f"{memory['gz']}",
        ),
        Row(
            "XP continuous in .csv.gz, unpacking alone",
            f"{busy_ms['unpack']:.3f} {of_cpu}",
            "same file, what no reader can beat",
        ),
        Row(
            f"XP continuous in .csv.gz, 1 source of {ASKED_PART} asked for",
            f"{busy_ms['some of gz']:.3f} ms of CPU a row",
            f"same file, {busy_ms['gz'] / busy_ms['some of gz']:.1f} times as many as of all "
            f"sources, {memory['some of gz']}",
        ),
        Row(
            "XP continuous in .csv.gz, two processes",
            f"{2 * found['gz'][0] / max(seconds for seconds, _, _ in both):.2f} times one",
            "same file and a copy of it at once; "
            f"{2 * found['gz'][1] / max(busy for _, busy, _ in both):.2f} times by CPU time",
        ),
    ]
    report(rows)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["write", folder]:
            write_files(Path(folder))
        case [way, folder]:
            measure(way, Path(folder))
