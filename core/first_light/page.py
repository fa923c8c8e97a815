"""The report of a first light as a page: from figures.json alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.data.account import Account
from core.evaluation.comparison import METRICS
from core.evaluation.metrics import HEADLINE
from core.prediction.flags import LEVEL
from core.report.document import Block, Code, Document, Figure, Section, Table, Text
from core.report.figures import Panel, Series, cells, curves, intervals

SHOWN = ("mae", "bias", "sigma_nmad", "outlier_fraction_eazy", "crps")
"""Metrics of the tables; figures.json has all."""

MIN_PER_BIN = 10
"""Galaxies of a bin whose error is drawn."""

NARROW = "\N{NO-BREAK SPACE}"
"""Keeps a value's interval on one line."""

Numbers = Mapping[str, Any]


def page(figures: Numbers) -> Document:
    """Return the report of what `core.first_light.figures.collect` gave."""
    settings, galaxies = figures["settings"], figures["galaxies"]
    sections = [
        Section("The galaxies", tuple(_galaxies(figures))),
        Section("The runs that come with xpz, on these galaxies", tuple(_shipped(figures))),
        Section("After recalibration and fine-tuning", tuple(_after(figures))),
        Section("Gaia's own redshifts", tuple(_ugc(figures["ugc"]))),
        Section("To go on", tuple(_go_on(figures))),
        Section("How it was made", tuple(_made(figures))),
        Section("What became of all rows", tuple(_accounts(figures))),
    ]
    title = f"First light: {galaxies['n']:,} galaxies of {settings['release']}"
    return Document(title, tuple(_lead(figures)), tuple(sections))


def _lead(figures: Numbers) -> list[Text]:
    start, after = figures["settings"]["start"], figures["after"]
    own = figures["shipped"]["on_their_own_test_parts"].get(start, {})
    lead = []
    if start in figures["shipped"]["estimates"]:
        here = figures["shipped"]["estimates"][start]
        lead.append(
            Text(
                f"{start} reaches an MAE of {_with_ends(here, 'mae')} on these galaxies; on "
                f"{own.get('n') or 0:,} {own.get('origin')} ones it was {_number(own.get('mae'))}. "
                f"Its 68 % intervals hold {_coverage(here)}."
            )
        )
    lead += [
        Text(found["mae"]["sentence"]) for found in after["comparison"]["differences"].values()
    ]
    held = (f"{name} {_coverage(each)}" for name, each in after["estimates"].items())
    lead.append(Text(f"Of the same galaxies inside 68 % intervals: {'; '.join(held)}."))
    lead.append(
        Text(
            "z_spec is the spectroscopic redshift, d = z_pred - z_spec, e = d / (1 + z_spec). "
            "Brackets are 95 % intervals by the bootstrap over galaxies; they know the sampling of "
            "galaxies, not how the sample was chosen: it is as bright as spectroscopic surveys and "
            "Gaia's spectra make it."
        )
    )
    return lead


def _galaxies(figures: Numbers) -> list[Block]:
    found, galaxies = figures["redshifts"], figures["galaxies"]
    facts = {
        "Redshifts": found["table"] + (f" ({found['survey']})" if found["survey"] else ""),
        "Joined": found["way"],
        "Cuts": found["quality"],
        "With a redshift and XP spectrum": f"{found['n_found']:,}",
        "Drawn": f"{found['n_drawn']:,}",
        "With a usable spectrum": f"{galaxies['n']:,}",
        "z (least, 5, 50, 95 %, most)": _range(galaxies["z_percentiles"], 3),
    }
    if galaxies.get("g_mag_percentiles"):
        facts["G (the same) [mag]"] = _range(galaxies["g_mag_percentiles"], 2)
    shipped = figures["shipped"]
    series = [replace(_n_z("spectroscopic", shipped["n_z"]), reference=True)]
    series += [_n_z(name, each["n_z"]) for name, each in shipped["estimates"].items()]
    return [
        _facts(facts),
        Figure(
            curves(series, "Redshift", "Galaxies per bin of 0.02"),
            "Distribution of the spectroscopic redshifts, and of those of each shipped run.",
        ),
    ]


def _shipped(figures: Numbers) -> list[Block]:
    shipped = figures["shipped"]
    estimates, own = shipped["estimates"], shipped["on_their_own_test_parts"]
    rows = tuple(
        (
            name,
            f"{own[name]['n'] or 0:,} {own[name]['origin']}",
            _number(own[name]["mae"]),
            _with_ends(each, "mae"),
            _ratio(each["mae"], own[name]["mae"]),
            _percent(own[name]["coverage"].get("68")),
            _coverage(each),
        )
        for name, each in estimates.items()
    )
    return [
        Text(
            "The runs have learnt from simulated spectra and were judged on others of them. How "
            "far those numbers carry over to real ones was not known; here they stand side by side."
        ),
        Table(
            (
                "Run",
                "Its own test part",
                "MAE there",
                "MAE here",
                "Ratio",
                "68 % there",
                "68 % here",
            ),
            rows,
        ),
        *_metrics(shipped),
        *_pictures(shipped),
        *_sentences(shipped),
        *_bins(shipped),
    ]


def _after(figures: Numbers) -> list[Block]:
    after, split = figures["after"], figures["split"]
    n = after["comparison"]["galaxies"]["n"]
    return [
        Text(
            f"{figures['settings']['start']} as it comes; calibrated with these galaxies, its "
            "network as it is (recalibrated); and trained further on the training part "
            f"(fine-tuned). All are judged on the same {n:,} galaxies of the test part "
            f"({100 * split['test_fraction']:.0f} %), which no network was trained with; of the "
            "recalibrated one each galaxy is judged by a calibration without it (five folds)."
        ),
        *_metrics(after),
        *_sentences(after),
        *_pictures(after),
        *_coverages(after),
        *_bins(after),
    ]


def _ugc(ugc: Numbers | None) -> list[Block]:
    if ugc is None:
        return [Text("The archive gave none for these galaxies.")]
    n = ugc["comparison"]["galaxies"]["n"]
    return [
        Text(
            f"The Unresolved Galaxy Classifier (UGC) gives a redshift for {n:,} galaxies of the "
            "test part. It was trained on galaxies of SDSS, perhaps on some of these; xpz's runs "
            "have not seen them. Its intervals are its own."
        ),
        *_metrics(ugc),
        *_sentences(ugc),
        *_pictures(ugc),
        *_coverages(ugc),
    ]


def _go_on(figures: Numbers) -> list[Block]:
    made = figures["runs"].values()
    lines = "\n".join(
        f"xpz predict --run {path} --in spectra --out redshifts.fits" for path in made
    )
    return [Text("Redshifts by the runs that were made here:"), Code(lines)]


def _made(figures: Numbers) -> list[Block]:
    settings, fetch = figures["settings"], figures["fetch"]
    facts = {
        "Made": figures["made"][:19].replace("T", " ") + " UTC",
        "Archive": fetch["server"],
        "Release": settings["release"],
        "Galaxies, at most": f"{settings['galaxies']:,}",
        "Seed of the draw": str(settings["seed"]),
        "Radius [arcsec]": f"{settings['radius_arcsec']:g}",
        "SHA-256 of the data set": figures["galaxies"]["hash"],
        **{f"Version of {name}": text for name, text in figures["versions"].items()},
    }
    steps = tuple(
        (told["step"], f"{told['seconds']:,.0f} s", told["came"]) for told in figures["steps"]
    )
    return [
        _facts(facts),
        Table(("Step", "Took, when it ended", "What came of it"), steps),
        Text("What the archive was asked, for galaxies and redshifts, then for their sources:"),
        Code(figures["redshifts"]["query"]),
        Code(fetch["sent"]),
    ]


def _accounts(figures: Numbers) -> Iterator[Block]:
    """Yield the accounts of what was read: of redshifts, then of spectra and the table of both."""
    found, built = figures["redshifts"]["accounts"], figures["galaxies"]["account"] or {}
    for each in (*found, *built.values()):
        counts = Account.from_json(each).counts()
        rows = tuple((words, f"{n:,}") for words, n in counts.items() if n)
        yield Table((each["what"].capitalize(), ""), rows)


def _metrics(numbers: Numbers) -> list[Block]:
    estimates = numbers["estimates"]
    names = [name for name in SHOWN if any(_value(each, name) for each in estimates.values())]
    rows = [
        (METRICS[metric].title, *(_with_ends(each, metric) for each in estimates.values()))
        for metric in names
    ]
    rows.append(("Inside 68 % intervals", *map(_coverage, estimates.values())))
    shown = [(_value(each, "mae"), *_ends(each, "mae")) for each in estimates.values()]
    return [
        Table(("", *estimates), tuple(rows)),
        Figure(
            intervals(list(estimates), shown, "MAE, with its 95 % interval"),
            "Mean absolute error of each: "
            + "; ".join(f"{name} {_with_ends(each, 'mae')}" for name, each in estimates.items())
            + ".",
        ),
    ]


def _pictures(numbers: Numbers) -> list[Block]:
    estimates = numbers["estimates"]
    panels = [
        Panel(name, np.array(each["map"]["counts"], float), *2 * [np.array(each["map"]["edges"])])
        for name, each in estimates.items()
    ]
    errors = [_binned(name, each["bins"]) for name, each in estimates.items()]
    return [
        Figure(
            cells(panels, "z_spec", "z_pred"),
            "Predicted against spectroscopic redshift: galaxies per cell, from blue (one) to "
            "yellow; the dotted line is where both agree.",
        ),
        Figure(
            curves(errors, "z_spec", "Mean error d", level=0.0),
            f"Mean error in bins of 0.05 of z_spec with {MIN_PER_BIN} galaxies or more, with its "
            "standard error.",
        ),
    ]


def _coverages(numbers: Numbers) -> list[Block]:
    shown = {name: each["coverage"] for name, each in numbers["estimates"].items()}
    shown = {name: rows for name, rows in shown.items() if rows}
    if not shown:
        return []
    series = [
        Series(
            name,
            _column(rows, "level"),
            _column(rows, "coverage"),
            _column(rows, "coverage_low"),
            _column(rows, "coverage_high"),
        )
        for name, rows in shown.items()
    ]
    # An estimate that has fewer levels, such as UGC with its one, has no entry for the others.
    by_level = {name: {row["level"]: row for row in rows} for name, rows in shown.items()}
    levels = sorted({level for rows in by_level.values() for level in rows})
    table = tuple(
        (_percent(level), *(_share(rows.get(level)) for rows in by_level.values()))
        for level in levels
    )
    return [
        Figure(
            curves(series, "Nominal level of the intervals", "Share inside", diagonal=True),
            "Share of spectroscopic redshifts inside intervals; on the dotted line they hold what "
            "they promise, below it they are too narrow.",
        ),
        Table(("Intervals of", *shown), table),
        *_pit(numbers),
    ]


def _pit(numbers: Numbers) -> list[Block]:
    edges = np.linspace(0, 1, 21)
    series = [
        Series(name, edges, _column_of(each["pit"], "n") / each["pit"]["expected"][0], stepped=True)
        for name, each in numbers["estimates"].items()
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


def _bins(numbers: Numbers) -> list[Block]:
    estimates = numbers["estimates"].values()
    # All are of the same galaxies, so their bins are the same.
    rows = tuple(
        (
            f"{rows[0]['z_low']:.2f} to {rows[0]['z_high']:.2f}",
            f"{rows[0]['n']:,}",
            *(f"{_number(row['mean_error'])}; {_number(row['mae'])}" for row in rows),
        )
        for rows in zip(*(each["bins"] for each in estimates), strict=True)
        if rows[0]["n"]
    )
    header = ("z_spec", "Galaxies", *numbers["estimates"])
    return [Text("By redshift, the mean of d; the mean of |d|:"), Table(header, rows)]


def _sentences(numbers: Numbers) -> list[Block]:
    found = numbers["comparison"]["differences"].values()
    return [Text("\n".join(each["mae"]["sentence"] for each in found))] if found else []


def _column(rows: Sequence[Numbers], key: str) -> np.ndarray:
    return np.array([row[key] for row in rows], float)


def _column_of(table: Mapping[str, Sequence[float]], key: str) -> np.ndarray:
    return np.array(table[key], float)


def _n_z(name: str, counts: Numbers) -> Series:
    low = np.array(counts["z_low"])
    width = low[1] - low[0] if len(low) > 1 else 0.02
    return Series(name, np.append(low, low[-1] + width), np.array(counts["count"]), stepped=True)


def _binned(name: str, bins: Sequence[Numbers]) -> Series:
    rows = [row for row in bins if row["n"] >= MIN_PER_BIN]
    z = np.array([(row["z_low"] + row["z_high"]) / 2 for row in rows])
    mean = np.array([row["mean_error"] for row in rows], float)
    # Of n galaxies; the standard deviation of a bin is divided by n, not by n - 1.
    error = np.array([row["std"] / np.sqrt(row["n"] - 1) for row in rows])
    return Series(name, z, mean, mean - error, mean + error)


def _value(numbers: Numbers, metric: str) -> float | None:
    return (numbers if metric in HEADLINE else numbers.get("density", {})).get(metric)


def _ends(numbers: Numbers, metric: str) -> tuple[float | None, float | None]:
    of = numbers if metric in HEADLINE else numbers.get("density", {})
    low, high = of.get("intervals", {}).get(metric, (None, None))
    return low, high


def _with_ends(numbers: Numbers, metric: str) -> str:
    (low, high), value = _ends(numbers, metric), _value(numbers, metric)
    if value is None:
        return "-"
    show = _percent if METRICS[metric].percent else _number
    beside = "" if low is None or high is None else f" [{show(low)},{NARROW}{show(high)}]"
    return show(value) + beside


def _coverage(numbers: Numbers) -> str:
    """Return the share inside 68 % intervals with its own interval."""
    rows = (row for row in numbers["coverage"] if abs(row["level"] - LEVEL) < 1e-9)
    return _share(next(rows, None))


def _share(row: Numbers | None) -> str:
    if row is None:
        return "-"
    low, high = _percent(row["coverage_low"]), _percent(row["coverage_high"])
    return f"{_percent(row['coverage'])} [{low},{NARROW}{high}]"


def _ratio(here: float, there: float | None) -> str:
    return f"{here / there:.2f}" if there else "-"


def _range(percentiles: Mapping[str, float], digits: int) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in percentiles.values())


def _facts(values: Mapping[str, str]) -> Table:
    return Table(("", ""), tuple(values.items()))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}{NARROW}%"
