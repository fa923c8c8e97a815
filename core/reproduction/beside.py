"""Tables of the dissertation's numbers, with ours beside them, as text for every page.

Each begins with what is told, then the published value, then a column for each of ours.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.data.published import published
from core.data.statistics import AverageSpectrum, RedshiftSummary, SplitSummary
from core.evaluation.bins import mean_absolute_bin_error
from core.evaluation.metrics import HEADLINE
from core.model.config import LABELS, SETTINGS, Recipe, in_words
from core.model.presets import DISSERTATION
from core.model.shapes import count_parameters, layer_table
from core.prediction.flags import LEVEL
from core.report.document import Table
from core.report.estimates import NARROW
from core.report.training import kept_epoch
from core.reproduction.hyperparameters import words_of
from core.reproduction.steps import NONE
from core.runs.run import Run

PUBLISHED, OURS = "Published", "Ours"
Z_MAX = 0.35
"""End of the bins of the dissertation's "MAE 0.013 for 0-0.35"."""

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

Reports = Mapping[str, Mapping[str, Any]]


def redshifts(summary: RedshiftSummary) -> Table:
    """Return moments and percentiles of a data set's redshifts."""
    theirs = published()
    rows = [("Galaxies", f"{theirs.n_galaxies:,}", f"{summary.n:,}")]
    rows += [
        (title, _printed(there), _number(here))
        for title, there, here in (
            ("Mean", theirs.redshift_mean, summary.mean),
            ("Median", theirs.redshift_median, summary.median),
            ("Standard deviation", theirs.redshift_std, summary.std),
            ("Skewness", theirs.redshift_skewness, summary.skewness),
            ("Excess kurtosis", theirs.redshift_kurtosis, summary.kurtosis),
        )
    ]
    rows += [
        (f"Percentile {rank}", _number(theirs.redshift_percentiles[rank]), _number(value))
        for rank, value in summary.percentiles.items()
    ]
    return Table(("Redshifts", PUBLISHED, OURS), tuple(rows))


def averages(found: Sequence[AverageSpectrum]) -> Table:
    """Return the mean flux per range, over those samples whose published value could be read."""
    theirs = published()
    flux = dict(zip(theirs.mean_flux_ranges, theirs.mean_flux, strict=True))
    rows = []
    for each in found:
        read = flux.get((each.z_low, each.z_high))
        known = slice(None) if read is None else np.isfinite(read)
        rows.append(
            (
                _range(f"{each.z_low:g}", f"{each.z_high:g}"),
                NONE if read is None else _number(read[known].mean(), 3),
                _number(each.mean[known].mean(), 3),
                f"{each.n_used:,}",
            )
        )
    header = ("z_spec", f"{PUBLISHED}: mean flux", f"{OURS}: mean flux", "Galaxies of ours")
    return Table(header, tuple(rows))


def examples(z: np.ndarray, flux_of: Callable[[int], np.ndarray]) -> Table:
    """Return the galaxies of Table 1, each with the one of ours that is nearest in redshift.

    `z`, shape (N,), are our redshifts; `flux_of` gives the flux (186,) of one row.
    """
    rows = []
    for theirs in published().table1.to_dict("records"):
        row = int(np.argmin(np.abs(z - theirs["z"])))
        samples = {f"flux_{i}": value for i, value in enumerate(flux_of(row))}
        for whose, each in ((PUBLISHED, theirs), (OURS, {"z": z[row], **samples})):
            rows.append(
                (whose, f"{each['z']:.7f}", *(f"{each[column]:.3f}" for column in _samples()))
            )
    header = ("Whose", "z", *(f"Flux {column.partition('_')[2]}" for column in _samples()))
    return Table(header, tuple(rows))


def split(summary: SplitSummary) -> Table:
    """Return how many galaxies are in each part."""
    theirs = published().training["split_percent"]
    rows = tuple(
        (
            {"train": "Training"}.get(each["part"], each["part"].capitalize()),
            f"{percent} %",
            f"{each['percent']:.1f} %",
            f"{each['galaxies']:,}",
            _number(each["median_z"]),
        )
        for each, percent in zip(summary.parts.to_dict("records"), theirs, strict=True)
    )
    return Table(("Part", PUBLISHED, OURS, "Galaxies of ours", "Median z of ours"), rows)


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
        rows.append((LABELS[name], *values, words_of(name)))
    for name in (*_TOLD, *_UNTOLD):
        there = _setting(DISSERTATION, name) if name in _TOLD else NONE
        ours = (_setting(one, name) for one in recipes.values())
        rows.append((LABELS[name], there, *ours, words_of(name)))
    return Table(("Hyperparameter", PUBLISHED, *recipes, "What it does"), tuple(rows))


def training(runs: Mapping[str, Run]) -> Table:
    """Return what the curves of complete runs come to, and what the trainings took."""
    theirs = published().training
    curves = {name: run.metrics() for name, run in runs.items()}
    results = {name: run.result() or {} for name, run in runs.items()}

    def at(column: str, epoch: int) -> list[str]:
        found = (each.loc[each["epoch"] == epoch, column] for each in curves.values())
        return [_number(None if one.empty else float(one.iloc[0])) for one in found]

    last = theirs["epochs"]
    rows = [
        ("Validation MAE, epoch 1", _number(theirs["val_mae_epoch_1"]), *at("val_mae", 1)),
        (f"Validation MAE, epoch {last}", _number(theirs[f"val_mae_epoch_{last}"]),
         *at("val_mae", last)),
        ("Validation loss, epoch 1", NONE, *at("val_loss", 1)),
        (f"Validation loss, epoch {last}", NONE, *at("val_loss", last)),
        ("Epochs", str(last), *(f"{len(each)}" for each in curves.values())),
        ("Epoch that is kept", NONE, *(f"{kept_epoch(run)}" for run in runs.values())),
        ("Time", f"{theirs['minutes']} min", *(
            f"{each['train_seconds'] / 60:.1f} min" for each in results.values())),
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
            _range(f"{low:.2f}", f"{high:.2f}"),
            *(
                cell
                for name, each in found.items()
                for cell in _bin_cells(each.get((low, high)), NONE if name == PUBLISHED else "-")
            ),
        )
        for low, high in places
    )
    columns = (f"{name}: {what}" for name in found for what in ("%", "mean d", "std"))
    return Table(("z_spec", *columns), rows)


def errors(reports: Reports) -> Table:
    """Return the metrics with their 95 % intervals, and the dissertation's other "MAE"."""
    rows = [
        (
            metric.title,
            _number(published().test_mae, 3) if name == "mae" else NONE,
            *(_with_ends(report, name) for report in reports.values()),
        )
        for name, metric in HEADLINE.items()
    ]
    rows.insert(
        1,
        (
            f"Mean of the bins' |mean d| below {Z_MAX}",
            _number(mean_absolute_bin_error(published().table3, Z_MAX)),
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
            (f"Median of {column}", NONE if there is None else _printed(there.redshift_median),
             *(_number(np.median(z)) for z in ours)),
            (f"Standard deviation of {column}",
             NONE if there is None else _printed(there.redshift_std),
             *(_number(z.std()) for z in ours)),
        ]  # fmt: skip
    return Table(("Galaxies judged", f"{PUBLISHED} (all galaxies)", *predictions), tuple(rows))


def densities(reports: Reports) -> Table:
    """Return how good p(z) is, of runs that have one; the dissertation's network gives none."""
    found = [report.get("density") for report in reports.values()]

    def told(of: Callable[[Mapping[str, Any]], str]) -> list[str]:
        return ["no p(z)" if each is None else of(each) for each in found]

    def inside(density: Mapping[str, Any]) -> str:
        row = next(row for row in density["coverage"] if abs(row["level"] - LEVEL) < 1e-9)
        return f"{100 * row['coverage']:.1f} %"

    rows = (
        ("CRPS", NONE, *told(lambda each: _number(each["crps"]))),
        ("Inside 68 % intervals", NONE, *told(inside)),
        ("PIT, KS distance", NONE, *told(lambda each: _number(each["pit_ks"]))),
        ("By chance below", NONE, *told(lambda each: _number(each["pit_ks_limit"]))),
    )
    return Table(("Galaxies judged", PUBLISHED, *reports), rows)


def _samples() -> list[str]:
    return [str(name) for name in published().table1 if name != "z"]


def _number(value: float | None, digits: int = 4) -> str:
    return "-" if value is None or not np.isfinite(value) else f"{value:.{digits}f}"


def _printed(value: float) -> str:
    """Return a published value with the digits that it was printed with."""
    return f"{value:g}"


def _range(low: str, high: str) -> str:
    return NARROW.join((low, "to", high))


def _setting(recipe: Recipe, name: str) -> str:
    value = recipe.settings[name]
    if name in recipe.idle:
        return "-"
    return SETTINGS[name].choices.get(value) or in_words(name, value)


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
    # One galaxy alone has no deviation.
    std = None if row.get("n", 2) < 2 else row["std"]
    return f"{row['percent']:.2f}", _number(row["mean_error"]), _number(std)


def _with_ends(report: Mapping[str, Any], name: str) -> str:
    low, high = report["intervals"][name]
    value = _number(report[name])
    return value if low is None else f"{value} [{_number(low)}, {_number(high)}]"


def _below(table: pd.DataFrame) -> str:
    here = table[table["z_high"] <= Z_MAX + 1e-9]
    return _number(mean_absolute_bin_error(table, Z_MAX)) if here["n"].any() else "-"
