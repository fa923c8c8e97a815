"""What every benchmark needs: its own cost, the machine, and rows of a table."""

import importlib.metadata
import json
import os
import platform
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from core.jobs.devices import list_devices


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, the figure with its unit, and how."""

    what: str
    value: str
    how: str = ""


@dataclass
class Cost:
    """Wall-clock time of a block [s]."""

    seconds: float = 0.0


@contextmanager
def cost() -> Iterator[Cost]:
    """Measure the block's wall-clock time."""
    taken = Cost()
    start = time.perf_counter()
    yield taken
    taken.seconds = time.perf_counter() - start


def peak_memory_mb() -> float:
    """Return the largest resident memory of this process so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def machine() -> str:
    """Describe this machine and the packages that matter."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("tensorflow", "keras", "numpy", "pyarrow", "onnxruntime", "streamlit")
    )
    cpu = f"{list_devices()[-1].name}, {os.cpu_count()} cores, {memory_gb:.0f} GiB"
    return f"{cpu}, {platform.system()}, Python {platform.python_version()}, {versions}"


def report(rows: list[Row]) -> None:
    """Print the rows as the one line of JSON that `python -m benchmarks` reads."""
    print(json.dumps([asdict(row) for row in rows]))
