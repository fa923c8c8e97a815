"""Do the densities p(z) hold what they promise: PIT, coverage, scores, errors, examples."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.calibration import SCORES
from core.evaluation.coverage import COVERAGE
from core.evaluation.error_by_sigma import ERROR_BY_SIGMA, errors_by_sigma
from core.evaluation.examples import CHOICES, choose_examples
from core.evaluation.histograms import pit_histogram
from core.runs import Run
from dashboard.figures import calibration, coverage
from dashboard.screens.evaluate.headline import interval, number, show_metric
from dashboard.shared import mixtures, state
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged

N_EXAMPLES = 8
EXAMPLES_KEY = "examples"


def show(run: Run, judged: Judged) -> None:
    """Draw the scores, the three pictures of calibration, and examples."""
    if not judged.has_densities:
        show_why_not(run)
        return
    density = judged.report["density"]
    _show_scores(density)
    pit, covered, errors = st.columns(3, gap="medium")
    with pit:
        counts = pit_histogram(judged.predictions["pit"])
        st.altair_chart(calibration.pit_histogram(counts), key="pit_histogram")
        download_table("PIT histogram", counts, f"{judged.stem}-pit")
    with covered:
        levels = pd.DataFrame(density["coverage"])
        st.altair_chart(coverage.by_level(levels), key="density_coverage")
        download_table("Coverage", levels, f"{judged.stem}-pz-coverage")
    with errors:
        table = errors_by_sigma(judged.z_spec, judged.z_pred, judged.predictions["sigma_z"])
        st.altair_chart(calibration.errors_by_sigma(table), key="errors_by_sigma")
        download_table("Errors by σ_z", table, f"{judged.stem}-errors-by-sigma")
    st.caption(
        "**PIT**: the share of p(z) below the true redshift, flat if the densities are honest. A "
        "hill: they are too wide; a valley: too narrow; a slope: shifted. "
        f"**Coverage**: {COVERAGE.sentence} "
        f"**{ERROR_BY_SIGMA.title}**: {ERROR_BY_SIGMA.sentence}"
    )
    _show_examples(run, judged)


def show_why_not(run: Run) -> None:
    """Say why there is no p(z), and how to get it."""
    if run.config.recipe.network.head == "mixture":
        st.info(
            "This network puts out p(z), but it is not calibrated: it was trained on too few "
            "galaxies. With more in its data set, or with the data set at hand, this does it:",
            icon=":material/straighten:",
        )
        st.code(f"xpz calibrate --run {run.path}", language=None)
        return
    st.info(
        "This run gives one redshift per galaxy and no p(z). For p(z), train a network whose head "
        "is **p(z), a mixture**: the preset `compact` has it, and any other can on the Train "
        "screen.",
        icon=":material/stacked_line_chart:",
    )


def _show_scores(density: dict[str, Any]) -> None:
    with st.grid(4, gap="small", min_column_width=170):
        for name, metric in SCORES.items():
            if metric.limit is None:
                below = interval(density["intervals"][name])
            else:
                below = f"chance: below {density[f'{name}_limit']:.4f}"
            show_metric(metric, number(density[name]), below)


def _show_examples(run: Run, judged: Judged) -> None:
    found = mixtures.of(run, judged)
    if found is None:
        st.info(
            "The densities of the test part are not in this run any more; this makes them again:",
            icon=":material/straighten:",
        )
        st.code(f"xpz calibrate --run {run.path}", language=None)
        return
    state.check_address(EXAMPLES_KEY, list(CHOICES), "choice of examples")
    which = st.segmented_control(
        "Examples of p(z)",
        list(CHOICES),
        default=next(iter(CHOICES)),
        required=True,
        key=EXAMPLES_KEY,
        bind="query-params",
        help="  \n".join(f"**{name}**: {meaning}" for name, meaning in CHOICES.items()),
    )
    rows = choose_examples(judged.predictions, which, N_EXAMPLES)
    if not len(rows):
        st.caption("There is no such galaxy here.")
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
    st.plotly_chart(figure, key="density_examples", alt=figure.layout.meta["alt"])
    with st.container(horizontal=True):
        columns = pd.DataFrame(
            density.pdf.T.astype(np.float64), columns=[f"p_{each}" for each in table["source_id"]]
        )
        columns.insert(0, "z", density.z.astype(np.float64).round(6))
        download_table("Densities", columns, f"{judged.stem}-pz-examples")
        download_table("These galaxies", table, f"{judged.stem}-pz-example-galaxies")
