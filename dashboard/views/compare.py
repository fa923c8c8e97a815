"""Compare: which of several runs is best, on the same galaxies, and is that more than chance."""

from collections.abc import Callable

import streamlit as st

from core.comparison.galaxies import Common
from core.comparison.settings import FACTS, as_text, facts_table
from core.comparison.subject import names_of
from core.comparison.ugc import BAD_ZONES, zone_name
from core.comparison.ugc import NAME as UGC
from core.data.dataset import DatasetEntry
from core.errors import XpzError
from core.evaluation.comparison import Scores
from core.runs import Run
from dashboard.screens.compare import (
    choice,
    compared,
    curves,
    differences,
    disagreement,
    errors_by_redshift,
    numbers,
    seeds,
    settings,
)
from dashboard.shared import state
from dashboard.shared.messages import origin_badge, plain, with_code

TRAIN = "views/train.py"
TEST_PART, DATASET = "Common test part", "Data set in use"
SECTIONS = (
    "Numbers",
    "Differences",
    "Errors by redshift",
    "Curves",
    "Settings",
    "Disagreement",
    "Seeds",
)


def show(runs: dict[str, Run]) -> None:
    """Draw the choice among the complete runs, and the comparison of the chosen ones."""
    entry = state.current_dataset()
    with_ugc = entry is not None and compared.knows_ugc(entry)
    names = choice.choose_runs(runs, [UGC] if with_ugc else [])
    left, middle, right = st.columns([5, 4, 3], gap="medium")
    with left:
        judged_on = choose_galaxies(entry)
    ids = [name for name in names if name in runs]
    called = dict(zip(ids, names_of([runs[each] for each in ids]), strict=True))
    chosen = {called[each]: runs[each] for each in ids}
    if with_ugc and UGC not in names:
        st.caption(
            f"The data set in use has Gaia's own redshifts: choose **{UGC}**, the last in the list "
            "of runs, to compare with them."
        )
    if len(names) < choice.MIN_RUNS:
        st.info(
            f"Choose {choice.MIN_RUNS} to {choice.MAX_RUNS} runs to compare.",
            icon=":material/compare_arrows:",
        )
        return
    with middle:
        reference = choose_reference({name: called.get(name, name) for name in names})
    common, scored, found, metric = None, {}, {}, ""
    try:
        common = find_galaxies(chosen, judged_on, entry if UGC in names else None)
        scored = compared.scores(common)
        found = compared.against(reference, scored)
        with right:
            metric = differences.choose_metric(found)
    except XpzError as error:
        # What needs no common galaxies is shown all the same.
        st.warning(with_code(error), title="No common galaxies", icon=":material/join_inner:")
    if common is not None:
        show_galaxies(common, chosen, judged_on)
        with st.container(border=True, gap="xsmall"):
            differences.say(reference, found, metric)
    sections: dict[str, Callable[[], None]] = {
        "Curves": lambda: curves.show(chosen),
        "Settings": lambda: settings.show(chosen),
    }
    if common is not None:
        sections |= of_common(common, chosen, scored, runs) | {
            "Differences": lambda: differences.show(reference, found, metric)
        }
    show_sections(sections)


def choose_galaxies(entry: DatasetEntry | None) -> DatasetEntry | None:
    """Draw the choice of galaxies; None stands for the common test part."""
    chosen = st.segmented_control(
        "Compared on",
        [TEST_PART, DATASET] if entry else [TEST_PART],
        default=TEST_PART,
        required=True,
        key="compare_on",
        bind="query-params",
        help="The galaxies that all runs have in their test part; or those of the data set chosen "
        "in the sidebar, less those that any of the runs was trained or validated with.",
    )
    return entry if chosen == DATASET else None


def choose_reference(called: dict[str, str]) -> str:
    """Draw the choice of the run that the others are compared with and return its name.

    Parameters
    ----------
    called : dict of str to str
        The name of each by what stands in the address; the first, if not changed.
    """
    state.check_address("against", list(called), "run")
    chosen = st.selectbox(
        "Reference",
        list(called),
        key="against",
        bind="query-params",
        format_func=lambda each: called[each],
        help="The run that the others are compared with: the first, if you choose no other.",
    )
    return called[chosen]


def find_galaxies(
    chosen: dict[str, Run], judged_on: DatasetEntry | None, ugc_from: DatasetEntry | None
) -> Common:
    """Return the chosen runs' redshifts of the same galaxies.

    Raises
    ------
    XpzError
        If there are no such galaxies; the sentence says why.
    """
    runs = list(chosen.values())
    if judged_on is None:
        common = compared.of_test_part(runs, ugc_from)
    else:
        common = compared.of_dataset(runs, judged_on, ugc_from is not None)
    if ugc_from is not None and st.toggle(
        "Without UGC's bad zones",
        key="without_bad_zones",
        bind="query-params",
        help="Leaves out the galaxies to which UGC gives a redshift that its authors warn of: "
        f"{', '.join(zone_name(*zone) for zone in BAD_ZONES)}.",
    ):
        return compared.without_bad_zones(common)
    return common


def show_galaxies(common: Common, chosen: dict[str, Run], judged_on: DatasetEntry | None) -> None:
    """Say which galaxies these are and where they come from."""
    origins = {run.config.data.origin for run in chosen.values()}
    origin = judged_on.card.origin if judged_on else next(iter(origins))
    why = {
        "that a run was trained with": common.n_seen,
        f"without a redshift of {UGC}": common.n_without_ugc,
    }
    left_out = "".join(f"; {n:,} {words} are left out" for words, n in why.items() if n)
    st.markdown(
        f"**{len(common):,} galaxies** of {plain(common.title)} {origin_badge(origin)}{left_out}"
    )
    for name in common.unchecked:
        st.warning(
            f"What **{plain(name)}** was trained with cannot be checked: its data set is not here, "
            "or galaxies have no ids. If some are among these, its numbers are too good.",
            icon=":material/help:",
        )
    if origin == "simulated":
        st.caption(
            "*Simulated* spectra: which of two networks is better here need not be so on real ones."
        )


def of_common(
    common: Common, chosen: dict[str, Run], scored: dict[str, Scores], runs: dict[str, Run]
) -> dict[str, Callable[[], None]]:
    """Return what draws each section that needs common galaxies."""
    predictions = {each.name: each.predictions for each in common.subjects}
    facts = facts_table(list(chosen.values())).map(as_text).rename(index=FACTS)
    metrics = {name: each.metrics for name, each in scored.items()}
    return {
        "Numbers": lambda: numbers.show(scored, predictions, facts),
        "Errors by redshift": lambda: errors_by_redshift.show(predictions),
        "Disagreement": lambda: disagreement.show(common, chosen),
        "Seeds": lambda: seeds.show(chosen, metrics, runs),
    }


def show_sections(sections: dict[str, Callable[[], None]]) -> None:
    """Draw the section that is open; of one that is not in `sections`, what it needs."""
    tabs = st.tabs(SECTIONS, key="show", bind="query-params")
    for title, tab in zip(SECTIONS, tabs, strict=True):
        if tab.open:
            with tab:
                if title in sections:
                    sections[title]()
                else:
                    st.info("Needs galaxies that all of these runs can be judged on.")


st.title("Compare")
complete = {run_id: run for run_id, run in state.readable_runs().items() if run.is_complete}
if complete:
    show(complete)
else:
    st.info(
        "There is no complete run to compare. Train two networks first.",
        icon=":material/model_training:",
    )
    st.page_link(
        TRAIN,
        label="Train",
        icon=":material/model_training:",
        query_params=state.address_of_dataset(),
    )
