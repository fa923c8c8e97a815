"""How a training went, as figures: loss and MAE by epoch, with the epoch that is kept."""

from collections.abc import Sequence

import numpy as np

from core.report.document import Block, Figure, Text
from core.report.figures import Series, curves
from core.runs.first_epochs import axis_top
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
        top = axis_top(metrics.assign(run=name), [prefix + column for prefix in PARTS.values()])
        drawn = curves(series, "Epoch", title, mark=(float(kept), f"kept: epoch {kept}"), top=top)
        said = f"{title} of {name} by epoch. The mark: the epoch whose weights are kept."
        figures.append(Figure(drawn, " ".join([said, *_above(series, top)])))
    return figures


def _above(series: Sequence[Series], top: float) -> list[str]:
    """Return what lies above the axis, with its values: nobody can point at a picture."""
    points = [
        f"{one.name} {value:.4g} in epoch {epoch:.0f}"
        for one in series
        for epoch, value in zip(one.x, one.y, strict=True)
        if value > top
    ]
    return (
        [f"\N{BLACK UP-POINTING TRIANGLE} Above the axis: {'; '.join(points)}."] if points else []
    )
