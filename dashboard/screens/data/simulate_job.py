"""Simulate a data set in a process of its own: `python -m ... N SEED FILE NAME`.

The libraries and tables of the simulation take several hundred MB, which the
dashboard's process must not keep. A line `done total` is printed per block; the
exit status `EXPLAINED` means that standard error holds a sentence for people.
"""

import signal
import sys
from pathlib import Path

from core.errors import XpzError
from core.simulation import SimulationConfig, simulate_to_parquet

EXPLAINED = 3


def report(done: int, total: int) -> None:
    """Print how far it is."""
    print(done, total, flush=True)


if __name__ == "__main__":
    # Ended by an exception instead, the writer removes what it has written so far.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    n, seed, path, name = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    try:
        simulate_to_parquet(SimulationConfig(n=n, seed=seed), path, progress=report, name=name)
    except XpzError as error:
        print(error, file=sys.stderr)
        sys.exit(EXPLAINED)
