"""All figures and tables of the dissertation on one page: ours beside the published numbers."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.card import origin_words
from core.data.dataset_file import DatasetFile
from core.data.published import published
from core.data.split import SplitConfig, split_by_source
from core.data.statistics import (
    average_spectra,
    describe_redshifts,
    describe_split,
    redshift_histogram,
)
from core.errors import RunError
from core.report.document import Block, Code, Document, Section, Table, Text
from core.report.estimates import coverages
from core.report.numbers import numbers_of
from core.report.programs import programs
from core.report.training import training_curves
from core.reproduction import beside_data, beside_runs, pictures, seen
from core.reproduction.steps import ABOUT, STEPS, Step
from core.runs.best import best_run
from core.runs.run import SHIPPED_RUNS, Run

Blocks = list[Block]


def shipped_dataset() -> Path:
    """Return the file of the data set that comes with xpz."""
    return SHIPPED_RUNS.parents[1] / "data" / "simulated-20k.parquet"


def default_runs(runs: Iterable[Run]) -> list[Run]:
    """Return the run of the published network with most galaxies, then the best of all runs.

    Any complete one, where there is neither; none, where none is complete.
    """
    complete = [run for run in runs if run.is_complete and run.damage() is None]
    theirs = [run for run in complete if run.config.preset == "dissertation"]
    theirs.sort(key=lambda run: run.config.data.n_galaxies)
    found = [*theirs[-1:], best_run(complete)]
    return list(dict.fromkeys(run for run in found if run is not None)) or complete[:1]


def reproduction_page(
    data: DatasetFile, runs: Mapping[str, Run], predictions: Mapping[str, pd.DataFrame]
) -> Document:
    """Return the page.

    Parameters
    ----------
    data : DatasetFile
        Of Figures 9 to 13 and Table 1.
    runs : mapping of str to Run
        Complete ones, by the names that they are called by.
    predictions : mapping of str to pd.DataFrame
        Of each run, as `Run.predictions` and `core.prediction.predict_unseen` give them.

    Raises
    ------
    RunError
        If a run is not complete.
    """
    for name, run in runs.items():
        if not run.is_complete:
            raise RunError(
                f"Run '{name}' is not complete, its state is '{run.status().state}': its curves "
                "and errors are not known yet."
            )
    shown = _of_data(data) | _of_runs(runs, predictions)
    sections = [Section(f"{each.shown_in}: {each.title}", _blocks(each, shown[each.key]))
                for each in STEPS]  # fmt: skip
    sections.append(Section("How it was made", (_made(data, runs, predictions), programs())))
    lead = [Text(ABOUT)]
    if data.card.origin == "simulated":
        lead.append(Text(f"The spectra of '{data.card.name}' are simulated.", warning=True))
    return Document("The dissertation, made again", tuple(lead), tuple(sections))


def _blocks(step: Step, shown: Blocks) -> tuple[Block, ...]:
    lessons = [Text(words, title=title) for title, words in step.lessons]
    return (Text(step.look), *shown, *lessons, Text("To do it yourself:"), Code(step.commands))


def _of_data(data: DatasetFile) -> dict[str, Blocks]:
    name, wavelength = data.card.name, data.card.grid.wavelength_nm
    averaged = average_spectra(data)
    parts = describe_split(data.z, split_by_source(data.source_id, SplitConfig()))

    def flux_of(row: int) -> np.ndarray:
        return data.rows(np.array([row]), with_errors=False)[0][0]

    z = published().table1["z"].iloc[0]
    row = int(np.argmin(np.abs(data.z - z)))
    flux, error = data.rows(np.array([row]))
    single = pictures.spectrum(
        wavelength, flux[0], None if error is None else error[0], float(data.z[row])
    )
    return {
        "redshifts": [
            pictures.redshifts(redshift_histogram(data.z), name),
            beside_data.redshifts(describe_redshifts(data.z)),
        ],
        "averages": [pictures.averages(wavelength, averaged), beside_data.averages(averaged)],
        "spectrum": [single, beside_data.examples(data.z, flux_of)],
        "split": [pictures.split(parts.histograms), beside_data.split(parts)],
    }


def _of_runs(runs: Mapping[str, Run], predictions: Mapping[str, pd.DataFrame]) -> dict[str, Blocks]:
    numbers = {name: numbers_of(table, run=runs[name]) for name, table in predictions.items()}
    recipes = {name: run.config.recipe for name, run in runs.items()}
    curves: list[Block] = []
    for name, run in runs.items():
        curves += training_curves(name, run)
    judged = [
        Text(
            f"{name}: {n_of(len(table), 'galaxy')} that it was not trained with, of "
            f"{runs[name].config.data.name}."
        )
        for name, table in predictions.items()
    ]
    said = (seen.of_curves(name, run.metrics()) for name, run in runs.items())
    seen_curves = [Text(words) for words in said if words]
    return {
        "network": [beside_runs.layers(), beside_runs.settings(recipes)],
        "training": [*curves, *seen_curves, beside_runs.training(runs)],
        "errors": [*judged, pictures.errors(numbers), beside_runs.bins(numbers)],
        "histograms": [
            *judged,
            *pictures.histograms(predictions),
            *(Text(seen.of_distributions(*each)) for each in predictions.items()),
            beside_runs.distributions(predictions),
        ],
        "plane": [*judged, pictures.plane(numbers), beside_runs.errors(numbers)],
        "density": [*judged, *coverages(numbers), beside_runs.densities(numbers)],
    }


def _made(
    data: DatasetFile, runs: Mapping[str, Run], predictions: Mapping[str, pd.DataFrame]
) -> Table:
    about = data.card.name, origin_words(data.card.origin), n_of(len(data.z), "galaxy")
    rows = [("Data set", ", ".join(about))]
    rows += [
        (
            f"Run {name}",
            f"{run.run_id}; trained on {run.config.learnt_from.name}, "
            f"{run.config.learnt_from.origin_words}; "
            f"judged on {n_of(len(predictions[name]), 'galaxy')} that it was not trained with",
        )
        for name, run in runs.items()
    ]
    return Table(("", ""), tuple(rows))
