"""Rate of prediction through ONNX Runtime with the shipped runs."""

from pathlib import Path

import numpy as np

from benchmarks.measure import Row, cost, peak_memory_mb, report
from core.data.dataset import load_dataset
from core.prediction.predict import Predictor
from core.runs import list_runs

ROOT = Path(__file__).parents[1]


def main() -> None:
    flux = load_dataset(ROOT / "data" / "simulated-20k.parquet").flux
    flux = np.tile(flux, (5, 1))
    rows = []
    for shipped in list_runs(ROOT / "assets" / "runs"):
        with cost() as load:
            predictor = Predictor(shipped.path)
        predictor.predict(flux[:1000])
        with cost() as run:
            predictor.predict(flux)
        rows.append(
            Row(
                f"Prediction, `{shipped.run_id}`",
                f"{len(flux) / run.seconds:,.0f} spectra/s",
                f"{len(flux):,} spectra, network loaded in {load.seconds:.2f} s",
            )
        )
    rows.append(Row("Prediction, peak memory", f"{peak_memory_mb():,.0f} MB", "whole process"))
    report(rows)


if __name__ == "__main__":
    main()
