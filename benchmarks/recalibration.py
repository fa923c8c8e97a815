"""Coverage of 68 % intervals on another instrument, before and after a calibration by few galaxies.

::

    python -m benchmarks.recalibration

The instrument is that of `benchmarks.fine_tuning`: 40 % more noise, and samples a pixel bluer. Each
number of galaxies is drawn several times; all are judged on the same further galaxies. The usual
instrument comes last: there a calibration has nothing to mend, and must not harm.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.fine_tuning import N_JUDGED, SEED_JUDGED, SHIFTED, SIZES
from benchmarks.measure import Row, report
from core.evaluation.metrics import mae
from core.model.mixture import Mixtures
from core.prediction.calibration.calibration import Calibration
from core.prediction.predictor import Predictor
from core.runs import SHIPPED_RUNS, Run
from core.simulation import SimulationConfig, simulate
from core.simulation.config import TableConfig

RUNS = ("compact-520k", "dissertation-100k")
DRAWS = {300: 20, 1_000: 12, 3_000: 4}
LEVEL = 0.68


def judge(
    calibration: Calibration, predicted: np.ndarray | Mixtures, true: np.ndarray
) -> tuple[float, ...]:
    """Return the coverage [%], the mean |error| and the mean error of z."""
    if isinstance(predicted, Mixtures):
        assert calibration.densities is not None
        z, pit = np.empty((2, len(true)))
        for rows, density in calibration.densities.by_chunk(predicted):
            z[rows], pit[rows] = density.mean(), density.pit(true[rows])
        table = pd.DataFrame({"z_spec": true, "z_pred": z, "pit": pit})
    else:
        assert calibration.intervals is not None
        z = calibration.intervals.corrected(predicted)
        table = pd.DataFrame({"z_spec": true, "z_pred": z})
    inside = float(calibration.coverage(table, (LEVEL,))["coverage"].iloc[0])
    return 100 * inside, mae(true, z), float(np.mean(z - true))


def measure(path: Path, tables: TableConfig, sizes: dict[int, int], what: str) -> list[Row]:
    run, predictor = Run(path), Predictor(path)
    known = Calibration.load(run)
    assert known is not None
    judged = simulate(SimulationConfig(n=N_JUDGED, seed=SEED_JUDGED, tables=tables))
    ask = predictor.mixtures if predictor.head == "mixture" else predictor.predict
    of_judged = ask(judged.flux, judged.flux_error)
    covered, error, bias = judge(known, of_judged, judged.z)
    name = f"`{run.run_id}`, {what}"
    how = f"{N_JUDGED:,} galaxies; MAE {error:.4f}, mean error {bias:+.4f}"
    rows = [Row(f"{name}: as it is", f"{covered:.1f} %", how)]
    n_all = max(n * draws for n, draws in sizes.items())
    pool = simulate(SimulationConfig(n=n_all, seed=SEED_JUDGED + 1, tables=tables))
    predicted = ask(pool.flux, pool.flux_error)
    for n, draws in sizes.items():
        found = []
        for draw in range(draws):
            mine = np.arange(draw * n, (draw + 1) * n)
            some = predicted[mine] if isinstance(predicted, np.ndarray) else predicted.take(mine)
            found.append(judge(known.refitted(pool.take(mine), some), of_judged, judged.z))
        table = pd.DataFrame(found, columns=["covered", "mae", "bias"])
        mean, spread = table.mean(), table.std()
        how = (
            f"{draws} draws of {n:,}; MAE {mean['mae']:.4f} ± {spread['mae']:.4f}, mean error "
            f"{mean['bias']:+.4f} ± {spread['bias']:.4f}"
        )
        value = f"{mean['covered']:.1f} ± {spread['covered']:.1f} %"
        rows.append(Row(f"{name}: calibrated with {n:,}", value, how))
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def main() -> None:
    few = {SIZES[0]: DRAWS[SIZES[0]]}
    report(
        [
            row
            for name in RUNS
            for tables, sizes, what in (
                (SHIFTED, DRAWS, "another instrument"),
                (TableConfig(), few, "its own instrument"),
            )
            for row in measure(SHIPPED_RUNS / name, tables, sizes, what)
        ]
    )


if __name__ == "__main__":
    main()
