"""Rate and memory of the simulator, set-up apart."""

import tempfile
from pathlib import Path

from benchmarks.measure import Row, cost, peak_memory_mb, report
from core.data.published import published
from core.simulation import (
    SimulationConfig,
    TableConfig,
    build_tables,
    load_tables,
    simulate_to_parquet,
)


def main() -> None:
    with cost() as setup:
        build_tables(TableConfig())
    load_tables()
    with tempfile.TemporaryDirectory() as folder:
        n = published().n_galaxies
        path = Path(folder) / "full.parquet"
        with cost() as full:
            simulate_to_parquet(SimulationConfig(n=n, seed=0), path)
        size_mb = path.stat().st_size / 2**20
    report(
        [
            Row("Simulator, set-up", f"{setup.seconds:.1f} s", "tables built once, then cached"),
            Row(
                "Simulator, rate",
                f"{n / full.seconds:,.0f} spectra/s",
                f"{n:,} spectra to Parquet ({size_mb:.0f} MB) in {full.seconds:.0f} s",
            ),
            Row("Simulator, peak memory", f"{peak_memory_mb():,.0f} MB", "set-up and full set"),
        ]
    )


if __name__ == "__main__":
    main()
