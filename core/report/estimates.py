"""What a page shows of several estimates of the same galaxies: metrics, maps, bins, coverage, PIT.

They are given by name, each as `core.report.numbers.numbers_of` tells it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.evaluation.comparison import METRICS
from core.evaluation.coverage import percent_axis
from core.evaluation.metrics import HEADLINE
from core.prediction.flags import LEVEL
from core.report.document import Block, Figure, Table, Text
from core.report.figures import Panel, Series, cells, curves, intervals

SHOWN = ("mae", "bias", "sigma_nmad", "outlier_fraction_eazy", "crps")
"""Metrics of the tables; figures.json has all."""

INSIDE = f"Inside {100 * LEVEL:.0f} % intervals"

MIN_PER_BIN = 10
"""Galaxies of a bin whose error is drawn."""

NARROW = "\N{NO-BREAK SPACE}"
"""Keeps a value's interval on one line."""

Numbers = Mapping[str, Any]
Estimates = Mapping[str, Numbers]


def metrics(estimates: Estimates) -> list[Block]:
    """Return a table of metrics with their intervals, and the MAE as a figure."""
    names = [name for name in SHOWN if any(_value(each, name) for each in estimates.values())]
    rows = [
        (METRICS[metric].title, *(with_ends(each, metric) for each in estimates.values()))
        for metric in names
    ]
    rows.append((INSIDE, *map(coverage, estimates.values())))
    shown = [(_value(each, "mae"), *_ends(each, "mae")) for each in estimates.values()]
    return [
        Table(("", *estimates), tuple(rows)),
        Figure(
            intervals(list(estimates), shown, "MAE, with its 95 % interval"),
            "Mean absolute error of each: "
            + "; ".join(f"{name} {with_ends(each, 'mae')}" for name, each in estimates.items())
            + ".",
        ),
    ]


def pictures(estimates: Estimates) -> list[Block]:
    """Return maps of predicted against true redshift, and the mean error by redshift."""
    errors = errors_by_redshift(estimates)
    return [
        Figure(
            cells(planes(estimates), "z_spec", "z_pred"),
            "Predicted against spectroscopic redshift: galaxies per cell, from blue (one) to "
            "yellow; the dotted line is where both agree.",
        ),
        Figure(
            curves(errors, "z_spec", "Mean error d", level=0.0),
            f"Mean error in bins of 0.05 of z_spec with {MIN_PER_BIN} galaxies or more, with its "
            "standard error.",
        )
        if any(len(one.x) for one in errors)
        else Text(
            f"The mean error by redshift is not drawn: no bin of 0.05 of z_spec holds "
            f"{MIN_PER_BIN} galaxies."
        ),
    ]


def planes(estimates: Estimates) -> list[Panel]:
    """Return maps of predicted against true redshift."""
    return [
        Panel(name, np.array(each["map"]["counts"], float), *2 * [np.array(each["map"]["edges"])])
        for name, each in estimates.items()
    ]


def errors_by_redshift(estimates: Estimates, *, scatter: bool = False) -> list[Series]:
    """Return the mean error in bins of z_spec, with its standard error.

    With `scatter`, with the standard deviation of the errors in the bin.
    """
    return [_binned(name, each["bins"], scatter) for name, each in estimates.items()]


def coverages(estimates: Estimates) -> list[Block]:
    """Return the shares inside intervals as a figure and a table, and the PIT."""
    shown = {name: each["coverage"] for name, each in estimates.items()}
    shown = {name: rows for name, rows in shown.items() if rows}
    if not shown:
        return []
    series = [
        Series(
            name,
            _percents(rows, "level"),
            _percents(rows, "coverage"),
            _percents(rows, "coverage_low"),
            _percents(rows, "coverage_high"),
        )
        for name, rows in shown.items()
    ]
    ends = percent_axis([row["coverage_low"] for rows in shown.values() for row in rows])
    # An estimate that has fewer levels, such as UGC with its one, has no entry for the others.
    by_level = {name: {row["level"]: row for row in rows} for name, rows in shown.items()}
    levels = sorted({level for rows in by_level.values() for level in rows})
    table = tuple(
        (percent(level), *(_share(rows.get(level)) for rows in by_level.values()))
        for level in levels
    )
    return [
        Figure(
            curves(series, "Nominal level of the intervals [%]", "Share inside [%]", diagonal=ends),
            "Share of spectroscopic redshifts inside intervals; on the dotted line they hold what "
            "they promise, below it they are too narrow.",
        ),
        Table(("Intervals of", *shown), table),
        *pit(estimates),
    ]


def pit(estimates: Estimates) -> list[Block]:
    """Return the distribution of the PIT of those that have p(z)."""
    edges = np.linspace(0, 1, 21)
    series = [
        Series(name, edges, _column_of(each["pit"], "n") / each["pit"]["expected"][0], stepped=True)
        for name, each in estimates.items()
        if "pit" in each
    ]
    if not series:
        return []
    return [
        Figure(
            curves(series, "PIT of z_spec", "Galaxies over the expected number", level=1.0),
            "Where spectroscopic redshifts lie in their p(z), from its lower to its upper end: "
            "flat if p(z) is calibrated, high at both ends if it is too narrow.",
        )
    ]


def bins(estimates: Estimates) -> list[Block]:
    """Return a table of errors by redshift."""
    # All are of the same galaxies, so their bins are the same.
    rows = tuple(
        (
            f"{rows[0]['z_low']:.2f} to {rows[0]['z_high']:.2f}",
            f"{rows[0]['n']:,}",
            *(f"{number(row['mean_error'])}; {number(row['mae'])}" for row in rows),
        )
        for rows in zip(*(each["bins"] for each in estimates.values()), strict=True)
        if rows[0]["n"]
    )
    header = ("z_spec", "Galaxies", *estimates)
    return [Text("By redshift, the mean of d; the mean of |d|:"), Table(header, rows)]


def n_z(name: str, counts: Numbers) -> Series:
    """Return a distribution of redshifts, of which `counts` holds z_low and count."""
    low = np.array(counts["z_low"])
    width = low[1] - low[0] if len(low) > 1 else 0.02
    return Series(name, np.append(low, low[-1] + width), np.array(counts["count"]), stepped=True)


def with_ends(numbers: Numbers, metric: str) -> str:
    """Return a metric with its interval, as text."""
    (low, high), value = _ends(numbers, metric), _value(numbers, metric)
    if value is None:
        return "-"
    show = percent if METRICS[metric].percent else number
    beside = "" if low is None or high is None else f" [{show(low)},{NARROW}{show(high)}]"
    return show(value) + beside


def coverage(numbers: Numbers) -> str:
    """Return the share inside 68 % intervals with its own interval."""
    rows = (row for row in numbers["coverage"] if abs(row["level"] - LEVEL) < 1e-9)
    return _share(next(rows, None))


def number(value: float | None, digits: int = 4) -> str:
    """Return a number as text, '-' for none."""
    return "-" if value is None or not np.isfinite(value) else f"{value:z.{digits}f}"


def percent(share: float | None) -> str:
    """Return a share in per cent, '-' for none."""
    return "-" if share is None else f"{100 * share:.1f}{NARROW}%"


def _value(numbers: Numbers, metric: str) -> float | None:
    return (numbers if metric in HEADLINE else numbers.get("density", {})).get(metric)


def _ends(numbers: Numbers, metric: str) -> tuple[float | None, float | None]:
    of = numbers if metric in HEADLINE else numbers.get("density", {})
    low, high = of.get("intervals", {}).get(metric, (None, None))
    return low, high


def _share(row: Numbers | None) -> str:
    if row is None:
        return "-"
    low, high = percent(row["coverage_low"]), percent(row["coverage_high"])
    return f"{percent(row['coverage'])} [{low},{NARROW}{high}]"


def _percents(rows: Sequence[Numbers], key: str) -> np.ndarray:
    return 100 * np.array([row[key] for row in rows], float)


def _column_of(table: Mapping[str, Sequence[float]], key: str) -> np.ndarray:
    return np.array(table[key], float)


def _binned(name: str, bins: Sequence[Numbers], scatter: bool) -> Series:
    rows = [row for row in bins if row["n"] >= MIN_PER_BIN]
    z = np.array([(row["z_low"] + row["z_high"]) / 2 for row in rows])
    mean = np.array([row["mean_error"] for row in rows], float)
    # Of n galaxies; the standard deviation of a bin is divided by n, not by n - 1.
    parts = [1 if scatter else np.sqrt(row["n"] - 1) for row in rows]
    error = np.array([row["std"] for row in rows]) / np.array(parts)
    return Series(name, z, mean, mean - error, mean + error)
