"""How a training went, as figures: loss and MAE by epoch, with the epoch that is kept."""

import numpy as np

from core.report.document import Block, Figure, Text
from core.report.figures import Series, curves
from core.runs.run import Run

QUANTITIES = {"loss": "Loss", "mae": "MAE"}
PARTS = {"Training": "", "Validation": "val_"}


def kept_epoch(run: Run) -> int:
    """Return the epoch whose weights a complete run has."""
    best = run.config.recipe.training.restore_best_weights
    return int((run.result() or {})["best_epoch" if best else "epochs_run"])


def training_curves(name: str, run: Run) -> list[Block]:
    """Return loss and MAE of a complete run, called `name`, by epoch."""
    metrics = run.metrics()
    if metrics.empty:
        return [Text(f"{name} has no training curves.")]
    epochs, kept = metrics["epoch"].to_numpy(float), kept_epoch(run)
    figures: list[Block] = []
    for column, title in QUANTITIES.items():
        series = [
            Series(part, epochs, np.asarray(metrics[prefix + column], float))
            for part, prefix in PARTS.items()
        ]
        drawn = curves(series, "Epoch", title, mark=(float(kept), f"kept: epoch {kept}"))
        said = f"{title} of {name} by epoch. The mark: the epoch whose weights are kept."
        figures.append(Figure(drawn, said))
    return figures
