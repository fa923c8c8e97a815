"""What is judged, by whose redshifts, and the sections about it."""

import json
from collections.abc import Callable

import streamlit as st

from core.comparison import NAME as UGC
from core.comparison import names_of
from core.data import DatasetEntry
from core.prediction import of_recalibration
from core.runs import Run
from core.spreadsheet import to_csv
from dashboard.screens.evaluate import (
    about,
    densities,
    errors_by_redshift,
    headline,
    high_redshift,
    inspection,
    intervals,
    judged_ugc,
    predicted_and_true,
    recalibrate,
    residuals,
    run_facts,
    shift,
    ugc,
    wavelengths,
)
from dashboard.shared import judged as subject
from dashboard.shared import run_report, store
from dashboard.shared.chooser import badges, choose_best_run, choose_galaxies
from dashboard.shared.downloads import download_file
from dashboard.shared.instrument import insists
from dashboard.shared.judged import Judged
from dashboard.shared.messages import show_notices
from dashboard.shared.store import FileVersion
from dashboard.shared.ways import SECTION_KEYS, link

TITLE = "Evaluate"
OWN_PART = "Test part of the run"
INSPECT = "Inspect"
RUN_WIDTH = 330
"""Of the field in which a run is chosen [pixels]: title, run and galaxies are one line."""


def judge(run: Run, entry: DatasetEntry | None) -> Judged | None:
    """Return the run's predictions for the galaxies chosen; warn of those it was trained on.

    None while a process of its own works on them, whose progress is drawn; or while they are of
    another instrument than the run's, and the visitor does not insist.
    """
    if entry is None or run.config.is_calibrated_with(entry.card.hash):
        return subject.judge_test_part(run)
    card = entry.card
    insisted = insists(run, lambda asked: asked.check(card.known_instrument, card.name))
    if insisted is None:
        return None
    used = store.used_in_training(run, FileVersion.of(entry.path))
    with_seen, of_seen, others = False, st.container(), st.container()
    if used is not None and used.any():
        of_seen, switch = of_seen.columns([5, 2], vertical_alignment="center")
        with_seen = not switch.toggle(
            "Leave them out", value=True, key="leave_out", bind="query-params"
        )
    judged = subject.judge_dataset(run, entry, with_seen=with_seen, other_instrument=insisted)
    if judged is not None:
        with of_seen:  # beside the switch that it is about
            show_notices(notice for notice in judged.notices if notice.of_seen)
        with others:
            show_notices(notice for notice in judged.notices if not notice.of_seen)
    return judged


def show_downloads(run: Run, judged: Judged, *, of_ugc: bool) -> None:
    """Draw the button that opens the downloads of predictions and numbers, and the run's report."""
    whose = UGC if of_ugc else run.run_id
    table, about = judged.predictions, {"galaxies": judged.title, "origin": judged.origin}
    contents: dict[str, tuple[str, str, Callable[[], bytes]]] = {
        "Predictions (CSV)": (
            "predictions.csv",
            "text/csv",
            lambda: to_csv(table).encode(),
        ),
        "Predictions (Parquet)": (
            "predictions.parquet",
            "application/vnd.apache.parquet",
            lambda: table.to_parquet(index=False),
        ),
        "Numbers and bins (JSON)": (
            "evaluation.json",
            "application/json",
            lambda: json.dumps({"run": whose, **about, **judged.report}, indent=1).encode(),
        ),
    }
    with st.popover("Download", icon=":material/download:"):
        for label, (name, mime, content) in contents.items():
            download_file(label, content, f"{judged.stem}-{name}", mime, width="stretch")
        if not of_ugc:
            run_report.download(run, width="stretch")
        st.caption(
            "Every figure has its data below it. The report is one page of the run on its own test "
            "part: data, network, curves, errors, pictures, settings."
            if not of_ugc
            else "Every figure has its data below it."
        )


def show_numbers(run: Run, judged: Judged, *, of_ugc: bool) -> None:
    """Draw the strip of numbers, and below it what they are and the downloads."""
    strip = st.container()
    tools = st.container(key="numbers_tools")
    left, right = tools.columns([4, 7], vertical_alignment="center")
    with left:
        about.show_sources(judged)
    with right.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="xsmall"
    ):
        criterion = headline.choose_criterion()
        headline.show_definitions()
        show_downloads(run, judged, of_ugc=of_ugc)
    with strip:
        headline.show(judged, criterion)
    if not of_ugc:
        about.show_origin(judged)


def show(runs: dict[str, Run]) -> None:
    """Draw the choice of a run and everything about the chosen one."""
    head = st.container(
        horizontal=True, vertical_alignment="bottom", gap="medium", key="evaluate_head"
    )
    line = st.container(gap="xxsmall", key="evaluate_line")
    galaxies, best = line.container(), line.container()
    with head:
        st.title(TITLE, width="content", anchor=False)
        with st.container(width=RUN_WIDTH):
            run = choose_best_run(runs, best)
    summary = run.result()
    if summary is None:
        status = run.status()
        galaxies.markdown(badges(run, status))
        st.info("This run is not complete, so there is nothing to evaluate yet.")
        link("train", "See its progress", run)
        return
    with head:
        entry = choose_galaxies(
            "Judged on",
            OWN_PART,
            "on",
            "The data set in use is the one chosen in the sidebar; its redshifts are predicted "
            "with this run's network.",
            own_label=OWN_PART if run.config.recalibrated is None else "Its own galaxies",
        )
    show_notices(of_recalibration(run))
    judged = judge(run, entry)
    if judged is None:
        if entry is not None:  # of another release, say: calibrated with it, a run can be judged
            recalibrate.show(run, entry)
        return
    ugc_too, stem, of_ugc = judged_ugc.of(run, judged), judged.stem, False
    if ugc_too is not None:
        with head:
            of_ugc = judged_ugc.choose_whose()
        if of_ugc:
            judged = ugc_too.judged(judged)
    with galaxies:
        about.show(run, judged, ugc.left_out(ugc_too) if of_ugc and ugc_too else "", of_ugc=of_ugc)
    numbers = st.container()
    if entry is not None and not of_ugc:
        recalibrate.show(run, entry)
    sections: dict[str, Callable[[], None]] = {
        "Predicted and true": lambda: predicted_and_true.show(run, judged),
        "Errors by redshift": lambda: errors_by_redshift.show(judged),
        "Residuals": lambda: residuals.show(judged),
    }
    if ugc_too is not None:
        sections[UGC] = lambda: ugc.show(ugc_too, names_of([run])[0], stem)
    if not of_ugc:
        sections |= {
            "Intervals": lambda: intervals.show(run, judged),
            "p(z)": lambda: densities.show(run, judged),
            "High redshift": lambda: high_redshift.show(run, judged),
            "Wavelengths": lambda: wavelengths.show(run, entry),
            "Training set": lambda: shift.show(run, judged),
            INSPECT: lambda: inspection.show(run, judged, entry),
            "Training": lambda: run_facts.show_training(run, summary),
            "Settings": lambda: run_facts.show_settings(run, summary),
        }
    tabs = st.tabs(list(sections), key=SECTION_KEYS["evaluate"], bind="query-params")
    opened = dict(zip(sections, tabs, strict=True))
    # One galaxy is looked at without the numbers of all, which would push it off the screen. They
    # are hidden, not left out: the limit of outliers stays in the address.
    folded = INSPECT in opened and opened[INSPECT].open
    with numbers.container(key="numbers_folded" if folded else "numbers_of_all"):
        show_numbers(run, judged, of_ugc=of_ugc)
    for tab, draw in zip(tabs, sections.values(), strict=True):
        if tab.open:  # the others are not even computed
            with tab:
                draw()
