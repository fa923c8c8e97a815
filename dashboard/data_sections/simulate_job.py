"""Simulate a data set in a process of its own: `python -m ... N SEED FILE`.

The libraries and tables of the simulation take several hundred MB, which the
dashboard's process must not keep. A line `done total` is printed per chunk.
"""

import sys
from pathlib import Path

from core.errors import XpzError
from core.simulation.simulate import SimulationConfig, simulate_to_parquet


def report(done: int, total: int) -> None:
    """Print how far it is."""
    print(done, total, flush=True)


if __name__ == "__main__":
    n, seed, path = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    try:
        simulate_to_parquet(SimulationConfig(n=n, seed=seed), path, progress=report)
    except XpzError as error:
        sys.exit(str(error))
