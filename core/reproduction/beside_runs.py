"""What the dissertation says of its network beside the same of runs, as tables of text.

Each begins with what is told, then the published value, then a column for each run by its name.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.published import in_print, published
from core.evaluation.bins import (
    LOW_Z,
    bins_with_galaxies,
    in_same_bins,
    mean_absolute_bin_error,
)
from core.evaluation.metrics import HEADLINE, Metric
from core.model.config import SETTINGS, Recipe
from core.model.presets import DISSERTATION
from core.model.setting_words import LABELS, in_words
from core.model.shapes import count_parameters, layer_table
from core.prediction.flags import LEVEL
from core.report.document import Table
from core.report.estimates import INSIDE, number, percent
from core.report.training import kept_epoch
from core.reproduction.cells import PUBLISHED, printed, span
from core.reproduction.steps import NONE
from core.runs.run import Run
from core.runs.training_time import TRAINING_TIME, training_time

# fmt: off
_TOLD = (
    "activation", "padding", "head", "scaling", "optimizer", "learning_rate", "loss",
    "huber_delta", "batch_size", "epochs", "early_stopping_patience",
)
"""Settings whose value the dissertation tells."""

_UNTOLD = (
    "components", "dropout", "weight_decay", "schedule", "warmup_epochs", "restore_best_weights",
    "seed", "noise_augmentation", "weighting",
)
# fmt: on

_ABOUT = {name: one.about for name, one in SETTINGS.items()}
"""What each setting does."""

Reports = Mapping[str, Mapping[str, Any]]
"""Of each run, as `core.evaluation.report.evaluate_table` returns it."""


def layers(recipe: Recipe = DISSERTATION) -> Table:
    """Return the layers of a network; by default those of Table 2."""
    rows = tuple(
        (each.name, each.kind, " x ".join(map(str, each.output_shape)), f"{each.parameters:,}")
        for each in layer_table(recipe.network, recipe.scaling)
    )
    return Table(("Layer", "Kind", "Output", "Parameters"), rows)


def settings(recipes: Mapping[str, Recipe]) -> Table:
    """Return every hyperparameter with its published and our values, and what it does."""
    theirs = published().training["parameters"]
    counted = (f"{count_parameters(one.network, one.scaling):,}" for one in recipes.values())
    rows = [("Parameters", f"{theirs:,}", *counted, "Weights that training changes.")]
    for name, of in (("conv_layers", _convolutions), ("dense_units", _dense)):
        values = map(of, (DISSERTATION, *recipes.values()))
        rows.append((LABELS[name], *values, _ABOUT[name]))
    for name in (*_TOLD, *_UNTOLD):
        there = _setting(DISSERTATION, name) if name in _TOLD else NONE
        ours = (_setting(one, name) for one in recipes.values())
        rows.append((LABELS[name], there, *ours, _ABOUT[name]))
    return Table(("Hyperparameter", PUBLISHED, *recipes, "What it does"), tuple(rows))


def training(runs: Mapping[str, Run]) -> Table:
    """Return what the curves of complete runs come to, and what the trainings took."""
    theirs = published().training
    curves = {name: run.metrics() for name, run in runs.items()}
    results = {name: run.result() or {} for name, run in runs.items()}

    def at(column: str, epoch: int) -> list[str]:
        found = (each.loc[each["epoch"] == epoch, column] for each in curves.values())
        # A loss has no scale of its own: 0.0007 would be too few digits.
        show = printed if column.endswith("loss") else number
        return ["-" if one.empty else show(float(one.iloc[0])) for one in found]

    last = theirs["epochs"]
    rows = [
        ("Validation MAE, epoch 1", in_print(theirs["val_mae_epoch_1"]), *at("val_mae", 1)),
        (f"Validation MAE, epoch {last}", in_print(theirs[f"val_mae_epoch_{last}"]),
         *at("val_mae", last)),
        ("Validation loss, epoch 1", NONE, *at("val_loss", 1)),
        (f"Validation loss, epoch {last}", NONE, *at("val_loss", last)),
        ("Epochs", str(last), *(f"{len(each)}" for each in curves.values())),
        ("Epoch that is kept", NONE, *(f"{kept_epoch(run)}" for run in runs.values())),
        (TRAINING_TIME, f"{theirs['minutes']} min", *map(training_time, runs.values())),
        ("On", theirs["gpu"], *(str(each["device"]) for each in results.values())),
    ]  # fmt: skip
    return Table(("Training", PUBLISHED, *runs), tuple(rows))


def bins(reports: Reports) -> Table:
    """Return Table 3: share of data, mean and standard deviation of d per bin of z_spec."""
    found = {PUBLISHED: _by_bin(published().table3)}
    found |= {name: _by_bin(pd.DataFrame(report["bins"])) for name, report in reports.items()}
    places = sorted({place for each in found.values() for place in each})
    rows = tuple(
        (
            span(f"{low:.2f}", f"{high:.2f}"),
            *(
                cell
                for name, each in found.items()
                for cell in _bin_cells(each.get((low, high)), NONE if name == PUBLISHED else "-")
            ),
        )
        for low, high in places
    )
    columns = [(name, f"{name}: {what}") for name in found for what in ("%", "mean d", "std")]
    groups, header = zip(("", "z_spec"), *columns, strict=True)
    return Table(header, rows, groups)


def errors(reports: Reports) -> Table:
    """Return the metrics with their 95 % intervals, and the dissertation's other "MAE"."""
    rows = [
        (
            metric.title,
            in_print(published().test_mae) if name == "mae" else NONE,
            *(_with_ends(report, name, metric) for report in reports.values()),
        )
        for name, metric in HEADLINE.items()
    ]
    rows.insert(
        1,
        (
            f"Mean of the bins' |mean d| below {LOW_Z[1]}",
            number(mean_absolute_bin_error(_theirs_below()), 3),  # as there
            *(_below(pd.DataFrame(report["bins"])) for report in reports.values()),
        ),
    )
    return Table(("Galaxies judged", PUBLISHED, *reports), tuple(rows))


def distributions(predictions: Mapping[str, pd.DataFrame]) -> Table:
    """Return how wide the distributions of true and predicted redshifts are."""
    theirs, rows = published(), []
    for column, there in (("z_spec", theirs), ("z_pred", None)):
        ours = [table[column].to_numpy(float) for table in predictions.values()]
        rows += [
            (f"Median of {column}", NONE if there is None else in_print(there.redshift_median),
             *(number(np.median(z)) for z in ours)),
            (f"Standard deviation of {column}",
             NONE if there is None else in_print(there.redshift_std),
             *(number(z.std()) for z in ours)),
        ]  # fmt: skip
    return Table(("Galaxies judged", f"{PUBLISHED} (all galaxies)", *predictions), tuple(rows))


def densities(reports: Reports) -> Table:
    """Return how good p(z) is, of runs that have one; the dissertation's network gives none.

    A run without p(z) has 68 % intervals all the same, where its report tells their coverage.
    """
    found = [report.get("density") for report in reports.values()]

    def told(of: Callable[[Mapping[str, Any]], str]) -> list[str]:
        return ["no p(z)" if each is None else of(each) for each in found]

    def inside(report: Mapping[str, Any]) -> str:
        rows = report.get("coverage") or report.get("density", {}).get("coverage", ())
        at_level = (row for row in rows if abs(row["level"] - LEVEL) < 1e-9)
        row = next(at_level, None)
        return "-" if row is None else percent(row["coverage"])

    rows = (
        ("CRPS", NONE, *told(lambda each: number(each["crps"]))),
        (INSIDE, NONE, *map(inside, reports.values())),
        ("PIT, KS distance", NONE, *told(lambda each: number(each["pit_ks"]))),
        ("KS distance by chance, at most", NONE, *told(lambda each: number(each["pit_ks_limit"]))),
    )
    return Table(("Galaxies judged", PUBLISHED, *reports), rows)


def _setting(recipe: Recipe, name: str) -> str:
    value = recipe.settings[name]
    if name in recipe.idle:
        return "-"
    return in_words(name, value)


def _convolutions(recipe: Recipe) -> str:
    found = (
        f"{one.filters} x {one.kernel_size}"
        + f" / {one.strides}" * (one.strides > 1)
        + f", pool {one.pool_size}" * (one.pool_size > 1)
        for one in recipe.network.conv_layers
    )
    return "; ".join(found) or "none"


def _dense(recipe: Recipe) -> str:
    return ", ".join(map(str, recipe.network.dense_units)) or "none"


def _by_bin(table: pd.DataFrame) -> dict[tuple[float, float], dict[str, Any]]:
    return {
        (round(row["z_low"], 6), round(row["z_high"], 6)): {str(key): row[key] for key in row}
        for row in table.to_dict("records")
    }


def _bin_cells(row: Mapping[str, Any] | None, none: str) -> tuple[str, str, str]:
    if row is None:
        return none, none, none
    return f"{row['percent']:.2f}", number(row["mean_error"]), number(row["std"])


def _with_ends(report: Mapping[str, Any], name: str, metric: Metric) -> str:
    return f"{metric.text(report[name])} {metric.ends(*report['intervals'][name])}".rstrip()


def _theirs_below() -> pd.DataFrame:
    return bins_with_galaxies(published().table3, *LOW_Z)


def _below(table: pd.DataFrame) -> str:
    """Return the mean of the bins' |mean d|; of fewer bins, with what is published of these."""
    here, theirs = bins_with_galaxies(table, *LOW_Z), _theirs_below()
    if here.empty:
        return "-"
    ours = number(mean_absolute_bin_error(here))
    if len(here) == len(theirs):
        return ours
    beside = number(mean_absolute_bin_error(in_same_bins(theirs, here)))
    return f"{ours} ({len(here)} of {n_of(len(theirs), 'bin')}; published, of these: {beside})"
