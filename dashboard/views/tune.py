"""Tune: search for the best hyperparameters, and see what the trials teach."""

from typing import Any

import pandas as pd
import streamlit as st

from core.data.dataset import DatasetEntry
from core.errors import ConfigError
from core.model.presets import DISSERTATION
from core.tuning.queue import PATIENCE, check_algorithm, submit
from core.tuning.search import ALGORITHMS, Search
from core.tuning.space import SPACES, Space
from dashboard.figures.parallel import OWN_SIGN
from dashboard.screens.tune import analysis, monitor, trials
from dashboard.screens.tune.budget import TRIALS, budget_form
from dashboard.screens.tune.marks import with_own
from dashboard.screens.tune.search_choice import (
    asked_for,
    choose_search,
    name_no_search,
    searches,
    show_next,
)
from dashboard.screens.tune.space_form import choose_space, space_form, space_in_words
from dashboard.shared import state
from dashboard.shared.job_form import job_form
from dashboard.shared.messages import plain
from dashboard.shared.start_button import StartButton

NEW, SEARCHES = "New search", "Searches"
SECTIONS = ("Trials", "Parallel coordinates", "Importance", "Cost")
VIEW_KEY = "tune_view"
SECTION_KEY = "show"
ALGORITHM_NAMES = {
    "bayesian": "Bayesian",
    "random": "Random",
    "hyperband": "Hyperband",
    "grid": "Grid",
}
ALGORITHM_HELP = (
    "Bayesian: a Gaussian process over the trials so far says where to look next. Random: by "
    "chance. Hyperband: many short trials, of which the best go on. Grid: one after the other."
)
_LAST_VIEW = "last_tune_view"
_SHOW_SEARCHES = "show_searches"
_START = StartButton("search", space_in_words)


def show_new_search(entry: DatasetEntry) -> None:
    """Draw the form, what comes of it, and the button that starts the search."""
    top, action = st.columns([3, 1], vertical_alignment="bottom")
    with top:
        name = choose_space()
    outcome = st.container()
    space, problem = None, ""
    try:
        space = space_form(name)
    except ConfigError as error:
        problem = space_in_words(str(error))
    left, right = st.columns(2, gap="medium")
    with left.container(border=True, height="stretch"):
        settings = search_form(SPACES[name].base.training.epochs)
    with right.container(border=True, height="stretch"):
        split, called, device = job_form(entry, f"{name}-{entry.path.stem}", "search_name")
    if space is not None:
        try:
            check_algorithm(space, settings["algorithm"])
        except ConfigError as error:
            problem = space_in_words(str(error))
    with action:
        starting = _START.draw(possible=not problem)
    with outcome:
        if space is None or problem:
            st.error(plain(problem), title="This cannot be searched", icon=":material/error:")
            return
        _START.show_refusal()
        show_outcome(space)
        if starting:
            settings |= {"split": split, "name": called, "device": device}
            _START.start(lambda: start(space, entry, **settings))


def start(space: Space, entry: DatasetEntry, **settings: Any) -> None:
    """Start the search that was asked for; the next run of the page shows it."""
    show_next(submit(state.runs_folder(), space, entry.path, **settings))
    st.session_state[_SHOW_SEARCHES] = True


def search_form(epochs_of_recipe: int) -> dict[str, Any]:
    """Draw algorithm, budget, and how long a trial may take."""
    st.markdown("**Search**")
    first, second = st.columns([1, 2])
    with first:
        algorithm = st.selectbox(
            "Algorithm",
            ALGORITHMS,
            format_func=lambda each: ALGORITHM_NAMES[each],
            key="algorithm",
            persist_state="session",
            help=ALGORITHM_HELP,
        )
    with second:
        budget = budget_form(
            "budget",
            TRIALS,
            12,
            15.0,
            trials_help="Failed ones count.",
            minutes_help="Time at work, without that in the queue.",
        )
    first, second, third = st.columns(3, vertical_alignment="bottom")
    with first:
        epochs = st.number_input(
            "Epochs of a trial",
            min_value=1,
            value=epochs_of_recipe,
            step=1,
            key=f"search_epochs.{epochs_of_recipe}",
            persist_state="session",
            help="At most. A promoted trial is trained as long as its space's recipe says.",
        )
    with second:
        patience = st.number_input(
            "Early stop [epochs]",
            min_value=0,
            value=PATIENCE,
            step=1,
            key="search_patience",
            persist_state="session",
            help="A trial ends after so many epochs without a lower validation loss; 0: never.",
        )
    with third:
        seed = st.number_input(
            "Seed",
            min_value=0,
            max_value=2**32 - 1,
            value=0,
            step=1,
            key="search_seed",
            persist_state="session",
            help="The same seed tries the same first combinations.",
        )
    return {
        "algorithm": algorithm,
        "budget": budget,
        "epochs": epochs,
        "patience": patience or None,
        "seed": seed,
    }


def show_outcome(space: Space) -> None:
    """Say what the form stands for: how many combinations, and whose network lies in them."""
    size = space.size()
    if size is None:
        number = "Endless combinations"
    else:
        number = f"**{size:,}** combinations" if size < 1e7 else f"**{size:.1e}** combinations"
    varied = sum(not one.fixed for one in space.dimensions)
    where = "outside" if space.values_of(DISSERTATION) is None else "in"
    st.markdown(
        f"{number} of {varied} hyperparameters; all others are as in the recipe "
        f"*{plain(space.name)}*. {OWN_SIGN} The dissertation's own network lies **{where}** this "
        "space."
    )
    st.caption(
        "The lowest MAE of the validation part is sought. The test part is not looked at: it is "
        "there for the trial that you promote to a run."
    )


def show_search(found: dict[str, Search]) -> None:
    """Draw the chosen search, as it goes and what its trials teach."""
    choice, buttons = st.columns([3, 2], vertical_alignment="bottom")
    with choice:
        search = choose_search(found)
    status = search.status()
    with buttons, st.container(horizontal=True, horizontal_alignment="right"):
        monitor.show_buttons(search, status)
    monitor.show_progress(search)
    table = with_own(search, search.trials())
    if len(table):
        show_trials(search, table)
    output = st.expander("Log of the search's process", icon=":material/terminal:", key="log")
    output.code(search.log(tail=100) or "Nothing written yet.", language=None, height=240)


def show_trials(search: Search, table: pd.DataFrame) -> None:
    """Draw the section that the address names."""
    state.check_address(SECTION_KEY, SECTIONS, "section")
    section = st.segmented_control(
        "Section",
        SECTIONS,
        default=SECTIONS[0],
        required=True,
        key=SECTION_KEY,
        bind="query-params",
        label_visibility="collapsed",
    )
    done = table[table["state"] == "done"]
    if section == "Trials":
        trials.show(search, table)
    elif done.empty:
        st.info(
            "There is something to see once a trial has ended well.", icon=":material/query_stats:"
        )
    elif section == "Parallel coordinates":
        analysis.show_parallel(search, done)
    elif section == "Importance":
        analysis.show_importance(search, done)
    else:
        analysis.show_costs(search, done)


st.title("Tune")
if VIEW_KEY not in st.session_state:
    # The page is entered: what was about to start is called off.
    _START.forget()
    shown = SEARCHES if asked_for() else st.session_state.get(_LAST_VIEW, NEW)
    st.session_state[VIEW_KEY] = shown
if asked_for() or st.session_state.pop(_SHOW_SEARCHES, False):
    st.session_state[VIEW_KEY] = SEARCHES
new, old = st.tabs([NEW, SEARCHES], key=VIEW_KEY, on_change="rerun")
st.session_state[_LAST_VIEW] = SEARCHES if old.open else NEW
if new.open:
    # The address names a search where one is shown, and only there.
    name_no_search()
    with new:
        entry = state.current_dataset()
        if entry is None:
            st.info(
                "There is no data set to search with. Upload or simulate one on the Data screen.",
                icon=":material/database:",
            )
        else:
            show_new_search(entry)
if old.open:
    with old:
        found = searches()
        if not found:
            st.info(
                f"There is no search yet. Start one under '{NEW}'; its trials are then shown here.",
                icon=":material/tune:",
            )
        else:
            show_search(found)
