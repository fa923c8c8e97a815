"""Evaluate: how good is a trained network, on its test part or on another data set."""

import io
import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.comparison.subject import names_of
from core.comparison.ugc import NAME as UGC
from core.data.dataset import DatasetEntry
from core.data.published import published
from core.runs import Run
from dashboard.screens.evaluate import (
    densities,
    errors_by_redshift,
    headline,
    high_redshift,
    inspection,
    intervals,
    judged_ugc,
    predicted_and_true,
    residuals,
    run_facts,
    ugc,
    wavelengths,
)
from dashboard.shared import judged as subject
from dashboard.shared import state
from dashboard.shared.chooser import badges, choose_run
from dashboard.shared.judged import Judged
from dashboard.shared.messages import origin_badge, plain

TRAIN = "views/train.py"
UGC_BADGE = ":gray-badge[:material/satellite_alt: redshifts of Gaia DR3's UGC]"
TEST_PART, DATASET = "Test part of the run", "Data set in use"


def choose_galaxies() -> DatasetEntry | None:
    """Draw the choice of galaxies; None stands for the run's own test part."""
    entry = state.current_dataset()
    chosen = st.segmented_control(
        "Judged on",
        [TEST_PART, DATASET] if entry else [TEST_PART],
        default=TEST_PART,
        required=True,
        key="on",
        bind="query-params",
        help="The data set in use is the one chosen in the sidebar; its redshifts are predicted "
        "with this run's network.",
    )
    return entry if chosen == DATASET else None


def judge(run: Run, entry: DatasetEntry | None) -> Judged:
    """Return the run's predictions for the galaxies chosen; warn of those it was trained on."""
    if entry is None:
        return subject.judge_test_part(run)
    used = subject.used_in_training(run, entry)
    if used is None:
        st.warning(
            f"The data set '{plain(run.config.data.name)}' that this run was trained on is not "
            "here, or galaxies have no ids: whether some are in both cannot be checked. If so, "
            "the numbers below are too good.",
            icon=":material/help:",
        )
    elif used.any():
        st.warning(
            f"{used.sum():,} of these {len(used):,} galaxies were used to train or to validate "
            "this run. With them, the numbers are too good.",
            icon=":material/school:",
        )
        leave_out = st.toggle("Leave them out", value=True, key="leave_out", bind="query-params")
        return subject.judge_dataset(run, entry, used if leave_out else None)
    return subject.judge_dataset(run, entry, None)


def show_downloads(whose: str, judged: Judged) -> None:
    """Draw the button that opens the downloads of predictions and numbers."""
    with st.popover("Download", icon=":material/download:"):
        name = f"{judged.stem}-predictions"
        st.download_button(
            "Predictions (CSV)",
            data=lambda: judged.predictions.to_csv(index=False).encode(),
            file_name=f"{name}.csv",
            mime="text/csv",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            "Predictions (Parquet)",
            data=lambda: _parquet(judged),
            file_name=f"{name}.parquet",
            mime="application/vnd.apache.parquet",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            "Numbers and bins (JSON)",
            data=lambda: json.dumps(numbers(whose, judged), indent=1).encode(),
            file_name=f"{judged.stem}-evaluation.json",
            mime="application/json",
            on_click="ignore",
            width="stretch",
        )
        st.caption("Every figure has its data below it.")


def numbers(whose: str, judged: Judged) -> dict[str, Any]:
    """Return the report with the run, or UGC, and the galaxies that it is about."""
    return {
        "run": whose,
        "galaxies": judged.title,
        "origin": judged.origin,
        **judged.report,
    }


def _parquet(judged: Judged) -> bytes:
    buffer = io.BytesIO()
    judged.predictions.to_parquet(buffer, index=False)
    return buffer.getvalue()


def show_origin(run: Run, judged: Judged, *, of_ugc: bool) -> None:
    """Say what the published values are, and that simulated spectra are simulated."""
    # Runs of old do not say how often their galaxies were resampled.
    resampled = judged.report.get("n_resamples")
    resamples = f"{resampled:,} resamples" if resampled else "resampled galaxies"
    st.caption(
        f"Grey: 95 % intervals from {resamples}. e = (z_pred − z_spec) / (1 + z_spec). Published: "
        f"MAE {published().test_mae:.3f}, on 10 % of {published().n_galaxies:,} real spectra."
    )
    if of_ugc:
        return
    if run.config.data.origin == "simulated" and judged.origin != "simulated":
        st.warning(
            "This network was trained on **simulated** spectra and knows no others. Retrain or "
            "recalibrate it on real ones before you trust or publish its redshifts.",
            icon=":material/science:",
        )
    if judged.origin == "simulated":
        st.info(
            "These spectra are **simulated**, and the simulation's difficulty was tuned to the "
            "published errors on real ones: agreement is no prediction of how this network does "
            "on real spectra.",
            icon=":material/science:",
        )


def show(runs: dict[str, Run]) -> None:
    """Draw the choice of a run and everything about the chosen one."""
    left, choice = st.columns([5, 6], gap="medium")
    with left:
        run = choose_run(runs)
    summary = run.result()
    if summary is None:
        status = run.status()
        st.markdown(badges(run, status))
        st.info("This run is not complete, so there is nothing to judge yet.")
        st.page_link(
            TRAIN,
            label="See how it goes",
            icon=":material/model_training:",
            query_params={**state.address_of_dataset(), state.RUN_KEY: run.run_id},
        )
        return
    choices = choice.container(horizontal=True)
    with choices:
        entry = choose_galaxies()
    judged = judge(run, entry)
    head, stem, of_ugc = judged_ugc.of(run, judged), judged.stem, False
    left_out = ""
    if head is not None:
        with choices:
            of_ugc = judged_ugc.choose_whose()
        if of_ugc:
            judged = head.judged(judged)
            left_out = ugc.left_out(head)
    left, right = st.columns([5, 4], vertical_alignment="bottom")
    left.markdown(
        f"{UGC_BADGE if of_ugc else badges(run, run.status())}  \n"
        f"**{judged.report['n']:,} galaxies** of {plain(judged.title)} "
        f"{origin_badge(judged.origin)}{left_out}"
    )
    with right.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="bottom"
    ):
        criterion = headline.choose_criterion()
        headline.show_definitions()
        show_downloads(UGC if of_ugc else run.run_id, judged)
    headline.show(judged, criterion)
    show_origin(run, judged, of_ugc=of_ugc)
    sections: dict[str, Callable[[], None]] = {
        "Errors by redshift": lambda: errors_by_redshift.show(judged),
        "Predicted and true": lambda: predicted_and_true.show(run, judged),
        "Residuals": lambda: residuals.show(judged),
    }
    if head is not None:
        sections[UGC] = lambda: ugc.show(head, names_of([run])[0], stem)
    if not of_ugc:
        sections |= {
            "Intervals": lambda: intervals.show(run, judged),
            "p(z)": lambda: densities.show(run, judged),
            "High redshift": lambda: high_redshift.show(run, judged),
            "Wavelengths": lambda: wavelengths.show(run, entry),
            "Inspect": lambda: inspection.show(run, judged, entry),
            "Training": lambda: run_facts.show_training(run, summary),
            "Settings": lambda: run_facts.show_settings(run, summary),
        }
    tabs = st.tabs(list(sections), key="show", bind="query-params")
    for tab, draw in zip(tabs, sections.values(), strict=True):
        if tab.open:
            with tab:
                draw()


st.title("Evaluate")
runs = state.runs()
if runs:
    show(runs)
else:
    st.info("There is no run to judge. Train a network first.", icon=":material/model_training:")
    st.page_link(
        TRAIN,
        label="Train",
        icon=":material/model_training:",
        query_params=state.address_of_dataset(),
    )
