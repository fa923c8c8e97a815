"""Catalogues in parts: sources per second with one and two workers, and memory by the number.

Workers are warm: each has predicted a file before. What a whole archive would take follows from
these rates; see docs/whole-archive.md.
"""

import gzip
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.measure import Row, report
from core.data.dataset import load_dataset
from core.data.writer import DatasetWriter
from core.scale import predict_folder

ROOT = Path(__file__).parents[1]
RUN = ROOT / "assets" / "runs" / "compact-520k"
N_FILES, N_OF_FILE = 6, 1_000
"""Of the archive's XP continuous spectra."""

N_WARM, N_OF_WARM = 8, 20
N_TURNS = 2
"""With one worker and with two, one after the other; the best counts."""

SIZES = (20_000, 80_000, 320_000)
N_OF_TABLE = 20_000
ARCHIVES = {"DR3": 219_000_000, "DR4": 2_000_000_000}


def write_archive(folder: Path) -> None:
    """Write simulated galaxies as bulk files of the archive: csv.gz, with correlations."""
    from tests.support import xp_archive_files

    dataset = load_dataset(ROOT / "data" / "simulated-20k.parquet")
    ends = np.cumsum([0, *[N_OF_FILE] * N_FILES, *[N_OF_WARM] * N_WARM]).tolist()
    for i, rows in enumerate(itertools.starmap(slice, itertools.pairwise(ends))):
        sources = xp_archive_files.sources_of(dataset.flux[rows], dataset.source_id[rows])
        place = folder / ("in" if i < N_FILES else "warm")
        place.mkdir(exist_ok=True)
        with gzip.open(place / f"XpContinuousMeanSpectrum_{i}.csv.gz", "wb", 6) as file:
            file.write(sources.to_bytes("csv"))


def write_tables(folder: Path, n: int) -> None:
    """Write tables of spectra without errors, with an id of its own for each source."""
    dataset = load_dataset(ROOT / "data" / "simulated-20k.parquet", with_errors=False)
    for i in range(n // N_OF_TABLE):
        path = folder / f"table_{i:03}.parquet"
        with DatasetWriter(path, name=path.stem, origin="simulated") as writer:
            ids = (1 << 52) + i * N_OF_TABLE + np.arange(N_OF_TABLE)
            writer.write(ids, dataset.z, dataset.flux, g_mag=dataset.g_mag)


@dataclass
class Workers:
    """Worker processes, and what they and this process took."""

    address: str
    cluster: Any
    peaks_mb: dict[int, float] = field(default_factory=dict)

    def processes(self) -> list[psutil.Process]:
        return [psutil.Process(nanny.pid) for nanny in self.cluster.workers.values()]

    def cpu_seconds(self) -> float:
        times = [process.cpu_times() for process in self.processes()]
        # Parquet is read by a child first.
        return sum(t.user + t.system + t.children_user + t.children_system for t in times)

    @contextmanager
    def watched(self) -> Iterator[None]:
        ended = threading.Event()

        def watch() -> None:
            me = psutil.Process()
            while not ended.wait(0.05):
                for process in (me, *self.processes()):
                    mb = process.memory_info().rss / 2**20
                    self.peaks_mb[process.pid] = max(self.peaks_mb.get(process.pid, 0.0), mb)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


@contextmanager
def at_work(n: int) -> Iterator[Workers]:
    from distributed import LocalCluster

    options = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    options["scheduler_kwargs"] = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=n, silence_logs=50, **options) as cluster:
        yield Workers(cluster.scheduler_address, cluster)


def rates(folder: Path, n: int) -> tuple[float, float]:
    """Return sources per second, and CPU seconds of the workers for a source."""
    with at_work(n) as workers:
        # Every worker has its libraries, the run and Gaia's bases after that.
        warm = folder / f"w{n}-{time.time()}"
        predict_folder(RUN, folder / "warm", warm, scheduler=workers.address)
        cpu, start = workers.cpu_seconds(), time.perf_counter()
        done = predict_folder(
            RUN, folder / "in", folder / f"z{n}-{time.time()}", scheduler=workers.address
        )
        seconds = time.perf_counter() - start
        cpu = workers.cpu_seconds() - cpu
    if done.rows != N_FILES * N_OF_FILE:
        raise SystemExit(f"{done.rows} of {N_FILES * N_OF_FILE} sources")
    return done.rows / seconds, cpu / done.rows


def of_archive() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apart("archive", folder)
        turns = {n: [rates(folder, n)] for n in (1, 2)}
        for n in (1, 2) * (N_TURNS - 1):
            turns[n].append(rates(folder, n))
        size = sum(path.stat().st_size for path in (folder / "in").iterdir()) / 2**20
    best = {n: max(rate for rate, _ in found) for n, found in turns.items()}
    cpu = {n: min(seconds for _, seconds in found) for n, found in turns.items()}
    of_files = f"{N_FILES * N_OF_FILE:,} sources with errors in {N_FILES} csv.gz ({size:.0f} MB)"
    rows = [
        Row(
            f"Catalogue in parts, {n} worker{'s' * (n > 1)}",
            f"{best[n]:,.0f} sources/s",
            f"{of_files}, {1000 * cpu[n]:.2f} CPU-ms a source, `compact-520k`, best of {N_TURNS}",
        )
        for n in (1, 2)
    ]
    rows.append(
        Row(
            "Catalogue in parts, two workers to one",
            f"x {best[2] / best[1]:.2f}",
            f"of the rates; of the CPU time for a source x {cpu[2] / cpu[1]:.2f}",
        )
    )
    for archive, n_sources in ARCHIVES.items():
        hours = {cores: n_sources * cpu[2] / cores / 3600 for cores in (1, 16, 256)}
        rows.append(
            Row(
                f"{archive}, {n_sources / 1e6:,.0f} million sources, projected",
                ", ".join(f"{value:,.1f} h" for value in hours.values()),
                "on 1, 16 and 256 cores: CPU time for a source with two workers, if disks keep up",
            )
        )
    return rows


def of_memory() -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for n in SIZES:
            (folder / str(n)).mkdir()
            apart("tables", folder / str(n), n)
            command = [sys.executable, "-m", "benchmarks.catalogue", "memory", str(folder), str(n)]
            done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
            rows.append(Row(*done.stdout.splitlines()[-1].split("\t")))
    return rows


def memory(folder: Path, n: int) -> None:
    """Print the peak memory of the process that gives the work out, and of the largest worker."""
    with at_work(2) as workers:
        start = time.perf_counter()
        with workers.watched():
            done = predict_folder(RUN, folder / str(n), folder / f"z{n}", scheduler=workers.address)
        seconds = time.perf_counter() - start
        mine = workers.peaks_mb.pop(os.getpid())
    if done.rows != n:
        raise SystemExit(f"{done.rows} of {n} sources")
    what, largest = f"Catalogue in parts, {n:,} sources", max(workers.peaks_mb.values())
    how = f"client and largest of 2 workers, {n // N_OF_TABLE} Parquet files, {seconds:.0f} s"
    print(what, f"{mine:,.0f} MB, {largest:,.0f} MB", how, sep="\t")


def apart(*words: object) -> None:
    """Do it in a process of its own: a process inherits the peak of the one that starts it."""
    command = [sys.executable, "-m", "benchmarks.catalogue", *map(str, words)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            report([*of_archive(), *of_memory()])
        case ["archive", folder]:
            write_archive(Path(folder))
        case ["tables", folder, n]:
            write_tables(Path(folder), int(n))
        case ["memory", folder, n]:
            memory(Path(folder), int(n))
