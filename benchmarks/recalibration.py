"""Coverage of 68 % intervals on another instrument, before and after a calibration by few galaxies.

::

    python -m benchmarks.recalibration

The instrument is that of `benchmarks.fine_tuning`: 40 % more noise, and samples a pixel bluer. Each
number of galaxies is drawn several times; all are judged on the same further galaxies. The usual
instrument comes last: there a calibration has nothing to mend, and must not harm.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.fine_tuning import N_JUDGED, SEED_JUDGED, SHIFTED, SIZES
from benchmarks.measure import Row, report
from core.data.dataset import Dataset
from core.evaluation.metrics import mae
from core.prediction.calibration.calibration import Calibration
from core.prediction.dataset import predict_with
from core.prediction.predictor import Predictor
from core.runs import SHIPPED_RUNS, Run
from core.simulation import SimulationConfig, simulate
from core.simulation.config import TableConfig

RUNS = ("compact-520k", "dissertation-100k")
DRAWS = {300: 20, 1_000: 12, 3_000: 4}
LEVEL = 0.68


def judge(predictor: Predictor, calibration: Calibration, judged: Dataset) -> tuple[float, ...]:
    """Return the coverage [%], the mean |error| and the mean error of z."""
    table = predict_with(predictor, calibration, judged)
    z, true = table["z_pred"], table["z_spec"]
    inside = float(calibration.coverage(table, (LEVEL,))["coverage"].iloc[0])
    return 100 * inside, mae(true, z), float(np.mean(z - true))


def measure(path: Path, tables: TableConfig, sizes: dict[int, int], what: str) -> list[Row]:
    run, predictor = Run(path), Predictor(path)
    known = Calibration.load(run)
    assert known is not None
    judged = simulate(SimulationConfig(n=N_JUDGED, seed=SEED_JUDGED, tables=tables))
    covered, error, bias = judge(predictor, known, judged)
    name = f"`{run.run_id}`, {what}"
    how = f"{N_JUDGED:,} galaxies; MAE {error:.4f}, mean error {bias:+.4f}"
    rows = [Row(f"{name}: as it is", f"{covered:.1f} %", how)]
    n_all = max(n * draws for n, draws in sizes.items())
    pool = simulate(SimulationConfig(n=n_all, seed=SEED_JUDGED + 1, tables=tables))
    ask = predictor.mixtures if predictor.head == "mixture" else predictor.predict
    predicted = ask(pool.flux, pool.flux_error)
    for n, draws in sizes.items():
        found = []
        for draw in range(draws):
            mine = np.arange(draw * n, (draw + 1) * n)
            some = predicted[mine] if isinstance(predicted, np.ndarray) else predicted.take(mine)
            found.append(judge(predictor, known.refitted(pool.take(mine), some), judged))
        table = pd.DataFrame(found, columns=["covered", "mae", "bias"])
        mean, spread = table.mean(), table.std()
        how = (
            f"{draws} draws of {n:,}; MAE {mean['mae']:.4f} ± {spread['mae']:.4f}, mean error "
            f"{mean['bias']:+.4f} ± {spread['bias']:.4f}"
        )
        value = f"{mean['covered']:.1f} ± {spread['covered']:.1f} %"
        rows.append(Row(f"{name}: calibrated with {n:,}", value, how))
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
