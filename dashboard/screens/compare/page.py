"""The comparison of the runs chosen: on which galaxies, against which run, section by section."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core.amounts import n_of
from core.comparison import (
    BAD_ZONES,
    MAX_RUNS,
    MIN_RUNS,
    Common,
    facts_table,
    names_of,
    zone_name,
)
from core.comparison import NAME as UGC
from core.data import DatasetEntry
from core.errors import DamagedError, XpzError
from core.evaluation import Difference, Scores
from core.evaluation import differences as paired
from core.prediction import Expected, of_unchecked
from core.runs import Run
from dashboard.screens.compare import (
    by_galaxy,
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
from dashboard.shared import state, store
from dashboard.shared.chooser import choose_called, choose_galaxies
from dashboard.shared.messages import origin_badge, plain, show_notices, with_code
from dashboard.shared.store import FileVersion
from dashboard.shared.ways import link, section_key

SECTIONS = (
    "Numbers",
    "Differences",
    "Errors by redshift",
    "Curves",
    "Settings",
    "Disagreement",
    "Seeds",
)
NO_GALAXIES = "Needs galaxies that all of these runs can be judged on."
AT_WORK = "Shown as soon as the comparison is there."


def show(runs: dict[str, Run]) -> None:
    """Draw the choice among the complete runs, and the comparison of the chosen ones."""
    entry = state.current_dataset()
    with_ugc = entry is not None and store.ugc(FileVersion.of(entry.path)) is not None
    names = choice.choose_runs(runs, [UGC] if with_ugc else [])
    left, middle, right = st.columns([5, 4, 3], gap="medium")
    with left:
        judged_on = choose_galaxies(
            "Compared on",
            "Common test part",
            "compare_on",
            "The galaxies that all runs have in their test part; or those of the data set chosen "
            "in the sidebar, less those that any of the runs was trained or validated with. A run "
            "that was calibrated with that data set is judged on each galaxy by a calibration "
            "without it.",
        )
    ids = [name for name in names if name in runs]
    called = dict(zip(ids, names_of([runs[each] for each in ids]), strict=True))
    chosen = {called[each]: runs[each] for each in ids}
    keys = {called.get(each, each): each for each in names}
    if with_ugc and UGC not in names:
        st.caption(
            f"The data set in use has Gaia's own redshifts, of its Unresolved Galaxy Classifier: "
            f"choose **{UGC}**, the last in the list "
            "of runs, to compare with them."
        )
    if len(names) < MIN_RUNS:
        st.info(
            f"Choose {MIN_RUNS} to {MAX_RUNS} runs to compare.", icon=":material/compare_arrows:"
        )
        return
    with middle:
        reference = choose_reference({name: called.get(name, name) for name in names})
    common: Common | None = None
    scored: dict[str, Scores] = {}
    found: dict[str, dict[str, Difference]] = {}
    metric, missing = "", NO_GALAXIES
    try:
        answer = find_galaxies(chosen, judged_on, entry if UGC in names else None)
        if answer is None:
            missing = AT_WORK
        else:
            common, scored = answer
        others = {name: each for name, each in scored.items() if name != reference}
        found = {name: paired(scored[reference], each) for name, each in others.items()}
        if common is not None:
            with right:
                metric = differences.choose_metric(found)
    except XpzError as error:
        # What needs no common galaxies is shown all the same.
        st.warning(
            with_code(error.on_screens or error),
            title="No common galaxies",
            icon=":material/join_inner:",
        )
        if judged_on is None and not isinstance(error, DamagedError):
            more = "For more galaxies: simulate another seed, or add your own"
            link("data", more, section="Add data")
    if common is not None:
        show_galaxies(common, chosen, judged_on)
        with st.container(border=True, gap="xsmall"):
            differences.say(reference, found, metric)
    sections: dict[str, Callable[[], None]] = {
        "Curves": lambda: curves.show(chosen, keys),
        "Settings": lambda: settings.show(chosen),
    }
    if common is not None:
        sections |= of_common(common, chosen, scored, metric, runs, keys) | {
            "Differences": lambda: show_differences(common, reference, found, metric, keys)
        }
    show_sections(sections, missing)


def show_differences(
    common: Common,
    reference: str,
    found: dict[str, dict[str, Difference]],
    metric: str,
    keys: dict[str, str],
) -> None:
    """Draw the differences to the reference: of the numbers, then of galaxies and bins."""
    differences.show(reference, found, metric, keys)
    by_galaxy.show(common, reference, keys)


def choose_reference(called: dict[str, str]) -> str:
    """Draw the choice of the reference, `called` by what is in the address; return its name."""
    about = "The run that the others are compared with: the first, if you choose no other."
    return called[choose_called("Reference", called, "against", help=about)]


def find_galaxies(
    chosen: dict[str, Run], judged_on: DatasetEntry | None, ugc_from: DatasetEntry | None
) -> tuple[Common, dict[str, Scores]] | None:
    """Return the chosen runs' redshifts of the same galaxies, with scores; see `compared.find`."""
    without_bad_zones = ugc_from is not None and st.toggle(
        "Without UGC's bad zones",
        key="without_bad_zones",
        bind="query-params",
        help="Leaves out galaxies whose UGC redshift lies where its authors warn: "
        f"{', '.join(zone_name(*zone) for zone in BAD_ZONES)}.",
    )
    return compared.find(chosen, judged_on, ugc_from, without_bad_zones=without_bad_zones)


def show_galaxies(common: Common, chosen: dict[str, Run], judged_on: DatasetEntry | None) -> None:
    """Say which galaxies these are and where they come from."""
    origins = {run.config.data.origin for run in chosen.values()}
    origin = judged_on.card.origin if judged_on else next(iter(origins))
    left_out = "".join(f"; {n:,} {words} are left out" for words, n in common.left_out.items())
    careful = " :small[:gray[Their ranking of networks may differ on real ones.]]"
    st.markdown(
        f"**{n_of(len(common), 'galaxy')}** of {plain(common.title)} "
        f"{origin_badge(origin)}{left_out}" + (careful if origin == "simulated" else "")
    )
    show_notices(of_unchecked(name) for name in common.unchecked)
    if judged_on is not None:
        card = judged_on.card
        # Of another instrument, their flags say so as well.
        expected = [replace(store.expected(run), any_other=True) for run in chosen.values()]
        show_notices(Expected.check_all(expected, card.known_instrument, card.name))


def of_common(
    common: Common,
    chosen: dict[str, Run],
    scored: dict[str, Scores],
    metric: str,
    runs: dict[str, Run],
    keys: dict[str, str],
) -> dict[str, Callable[[], None]]:
    """Return what draws each section that needs common galaxies."""
    predictions = {each.name: each.predictions for each in common.subjects}
    facts = facts_table(list(chosen.values())).set_axis(list(chosen), axis=1)
    return {
        "Numbers": lambda: numbers.show(scored, predictions, facts, keys),
        "Errors by redshift": lambda: errors_by_redshift.show(predictions, keys),
        "Disagreement": lambda: disagreement.show(common, chosen, keys),
        "Seeds": lambda: seeds.show(chosen, scored, metric, runs, keys),
    }


def show_sections(sections: dict[str, Callable[[], None]], missing: str) -> None:
    """Draw the section that is open; of one that is not in `sections`, say what is `missing`."""
    tabs = st.tabs(SECTIONS, key=section_key("compare", SECTIONS), bind="query-params")
    for title, tab in zip(SECTIONS, tabs, strict=True):
        if tab.open:
            with tab:
                if title in sections:
                    sections[title]()
                else:
                    st.info(missing)
