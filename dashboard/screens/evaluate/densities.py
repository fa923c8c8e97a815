"""Do the densities p(z) hold what they promise: PIT, coverage, scores, errors, examples."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation import (
    CHOICES,
    COVERAGE,
    ERROR_BY_SIGMA,
    SCORES,
    choose_examples,
    errors_by_sigma,
    pit_histogram,
)
from core.runs import Run
from dashboard.figures import calibration, coverage
from dashboard.shared import mixtures, own_calibration
from dashboard.shared.chooser import choose_one
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged
from dashboard.shared.numbers import interval, number
from dashboard.shared.shown import beside, show_figure, show_number

N_EXAMPLES = 8
EXAMPLES_KEY = "examples"


def show(run: Run, judged: Judged) -> None:
    """Draw the scores, the three pictures of calibration, and examples."""
    if not judged.has_densities:
        show_why_not(run)
        return
    density = judged.report["density"]
    _show_scores(density)
    pit, covered, errors = beside("calibration", 3)
    with pit:
        counts = pit_histogram(judged.predictions["pit"])
        figure, name = calibration.pit_histogram(counts), f"{judged.stem}-pit"
        show_figure(figure, "pit_histogram", "PIT histogram", counts, name)
    with covered:
        levels = pd.DataFrame(density["coverage"])
        figure, name = coverage.by_level(levels), f"{judged.stem}-pz-coverage"
        show_figure(figure, "density_coverage", "Coverage", levels, name)
    with errors:
        table = errors_by_sigma(judged.z_spec, judged.z_pred, judged.predictions["sigma_z"])
        figure, name = calibration.errors_by_sigma(table), f"{judged.stem}-errors-by-sigma"
        show_figure(figure, "errors_by_sigma", "Errors by σ_z", table, name)
    st.caption(
        "**PIT**: the share of p(z) below the true redshift, flat if the densities are honest. A "
        "hill means too wide, a valley too narrow, a slope shifted. **Coverage**: "
        f"{COVERAGE.sentence} **{ERROR_BY_SIGMA.title}**: {ERROR_BY_SIGMA.sentence}"
    )
    _show_examples(run, judged)


def show_why_not(run: Run) -> None:
    """Say why there is no p(z), and how to get it."""
    if run.config.recipe.network.head == "mixture":
        own_calibration.offer(
            run,
            "This network gives p(z), but it is not calibrated.",
        )
        return
    st.info(
        "This run gives one redshift per galaxy and no p(z). For p(z), train a network whose head "
        "is **p(z), a mixture**: the preset `compact` has it, and any other can on the Train "
        "screen.",
        icon=":material/stacked_line_chart:",
    )


def _show_scores(density: dict[str, Any]) -> None:
    with st.container(border=True, key="scores"), st.grid(4, gap="small", min_column_width=140):
        for name, metric in SCORES.items():
            if metric.limit is None:
                below = interval(density["intervals"][name])
            else:
                below = f"chance: below {density[f'{name}_limit']:.4f}"
            show_number(metric, number(density[name]), below, border=False)


def _show_examples(run: Run, judged: Judged) -> None:
    if not mixtures.is_ready(run, judged):
        return
    found = mixtures.of(run, judged)
    if found is None:
        own_calibration.offer(
            run,
            "The densities of the test part are missing in this run.",
        )
        return
    which = choose_one(
        "Examples of p(z)",
        list(CHOICES),
        EXAMPLES_KEY,
        "choice of examples",
        help="  \n".join(f"**{name}**: {meaning}" for name, meaning in CHOICES.items()),
    )
    rows = choose_examples(judged.predictions, which, N_EXAMPLES)
    if not len(rows):
        st.caption("There is no such galaxy.")
        return
    table = judged.predictions.iloc[rows]
    density = found.density(rows)
    figure = calibration.examples(
        density.z,
        density.pdf,
        table["z_spec"].to_numpy(),
        table["z_pred"].to_numpy(),
        [str(source_id) for source_id in table["source_id"]],
    )
    show_figure(figure, "density_examples")
    with st.container(horizontal=True):
        columns = pd.DataFrame(
            density.pdf.T.astype(np.float64), columns=[f"p_{each}" for each in table["source_id"]]
        )
        columns.insert(0, "z", density.z.astype(np.float64).round(6))
        download_table("Densities", columns, f"{judged.stem}-pz-examples")
        download_table("These galaxies", table, f"{judged.stem}-pz-example-galaxies")
