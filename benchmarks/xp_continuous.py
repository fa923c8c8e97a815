"""XP continuous spectra in the archive's CSV: GaiaXPy's `convert` and ours, a process each."""

import contextlib
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measure import Row, cost, peak_memory_mb, report
from core.data.dataset import load_dataset
from core.data.spectra.files import open_spectra

ROOT = Path(__file__).parents[1]
N_SOURCES = 5_000
N_TURNS = 3
"""One way after the other; the best counts for each."""

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
    path.write_bytes(sources.to_bytes("csv"))


def by_gaiaxpy(path: Path) -> int:
    from gaiaxpy import convert

    with contextlib.redirect_stdout(io.StringIO()):  # it draws its progress there
        table, _ = convert(path, sampling=np.linspace(0, 60, N_POSITIONS), save_file=False)
    return table["source_id"].nunique()


def by_xpz(path: Path, with_errors: bool) -> int:
    file = open_spectra(path, with_errors=with_errors)
    return sum(int(np.isfinite(part.flux).all(axis=1).sum()) for part in file.chunks())


WAYS = {
    "gaiaxpy": by_gaiaxpy,
    "flux": lambda path: by_xpz(path, with_errors=False),
    "flux and errors": lambda path: by_xpz(path, with_errors=True),
}


def measure(way: str, path: Path) -> None:
    import gaiaxpy  # noqa: F401  # else the first to need it pays for its import

    with cost() as taken:
        n_sources = WAYS[way](path)
    if n_sources != N_SOURCES:
        raise SystemExit(f"{way}: {n_sources} of {N_SOURCES} spectra")
    print(json.dumps([taken.seconds, peak_memory_mb()]))


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
        turns = [{way: json.loads(apart(way, str(path))) for way in WAYS} for _ in range(N_TURNS)]
    seconds = {way: min(turn[way][0] for turn in turns) for way in WAYS}
    memory_mb = {way: max(turn[way][1] for turn in turns) for way in WAYS}
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
    report(rows)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["write", file]:
            write_csv(Path(file))
        case [way, file]:
            measure(way, Path(file))
