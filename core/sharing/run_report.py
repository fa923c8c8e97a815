"""Everything about a run on one page: its model card, with pictures, settings and versions."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd

from core.config import to_dict
from core.evaluation.report import completed
from core.report.document import Block, Code, Document, Figure, Section
from core.report.estimates import coverages, n_z, pictures
from core.report.figures import curves
from core.report.numbers import counts_of, numbers_of
from core.report.programs import programs
from core.report.training import training_curves
from core.runs.run import Run
from core.sharing.model_card import judged_part, model_card


def run_report(run: Run) -> Document:
    """Return the report of a complete run; raise a `RunError` if it is not, or is damaged."""
    card, table = model_card(run), run.predictions()
    report = completed((run.result() or {})["evaluation"], table)
    numbers = {run.title: numbers_of(table, run=run, report=report)}
    found: dict[str, list[Block]] = {
        "Data": [_redshifts(table, judged_part(run))],
        "Network and training": training_curves(run.title, run),
        f"Errors on {judged_part(run)}": pictures(numbers),
        "Intervals and flags": coverages(numbers),
    }
    sections = [
        Section(each.heading, (*each.blocks, *found.get(each.heading, ())))
        for each in card.sections
    ]
    sections.append(Section("Every setting, as config.json has it", (_settings(run),)))
    sections.append(Section("This page", (programs(),)))
    return Document(f"Report of {card.title}", card.blocks, tuple(sections))


def _redshifts(table: pd.DataFrame, part: str) -> Figure:
    series = []
    for column in ("z_pred", "z_spec"):
        # A network may predict less than 0, where no bin is.
        counted = n_z(column, counts_of(np.clip(table[column].to_numpy(), 0, None)))
        series.append(replace(counted, reference=column == "z_spec"))
    return Figure(
        curves(series, "Redshift", "Galaxies per bin of 0.02"),
        f"Distribution of the true and the predicted redshifts of {part}.",
    )


def _settings(run: Run) -> Code:
    return Code(json.dumps(to_dict(run.config), indent=1, ensure_ascii=False))
