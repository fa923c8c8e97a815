"""Tune: search for the best hyperparameters, and see what the trials teach."""

from typing import Any

import numpy as np
import streamlit as st

from core.amounts import n_of
from core.data import DatasetEntry
from core.errors import ConfigError
from core.model import DISSERTATION
from core.prediction import Notice
from core.training import of_warmup
from core.tuning import Budget, Space, check_algorithm, of_taken_name, submit
from dashboard.figures.parallel import OWN_SIGN
from dashboard.screens.tune import found_search
from dashboard.screens.tune.base import base_in_words, show_base
from dashboard.screens.tune.search_form import search_form
from dashboard.screens.tune.space_file import NEW_SEARCH, show_opening, show_saving, spaces
from dashboard.screens.tune.space_form import choose_space, space_form
from dashboard.screens.tune.space_words import space_in_words
from dashboard.screens.tune.trash import TRASH
from dashboard.shared import job_page, state
from dashboard.shared.chooser import SEARCH
from dashboard.shared.job_form import forget_name, job_form
from dashboard.shared.messages import plain, show_notices
from dashboard.shared.number_field import wrong_fields
from dashboard.shared.searches import searches
from dashboard.shared.start_button import StartButton
from dashboard.shared.ways import show_lesson

_START = StartButton("search", space_in_words)
_NAME = "search_name"


def show_new_search(entry: DatasetEntry) -> None:
    """Draw the form, what comes of it, and the button that starts the search."""
    top, action = st.columns([3, 1], vertical_alignment="bottom")
    filled = spaces()
    with top, st.container(horizontal=True, vertical_alignment="bottom"):
        name = choose_space(list(filled))
        show_opening()
        saving = st.container(width="content")
    outcome = st.container()
    space, problem = None, ""
    left_out: tuple[Notice, ...] = ()
    try:
        space, left_out = space_form(name, filled[name])
    except ConfigError as error:
        problem = space_in_words(str(error))
    with wrong_fields() as wrong:
        left, right = st.columns(2, gap="small")
        with left.container(border=True, height="stretch"):
            settings = search_form(filled[name].base.training.epochs)
        with right.container(border=True, height="stretch"):
            default = f"{filled[name].name}-{entry.path.stem}"
            how = job_form(entry, default, _NAME, _of_taken)
    if space is not None:
        try:
            check_algorithm(space, settings["algorithm"])
        except ConfigError as error:
            problem = space_in_words(str(error))
    show_saving(space, saving)
    with action:
        starting = _START.draw(possible=not problem, wrong=wrong)
    with outcome:
        if space is None or problem:
            st.error(plain(problem), title="This search cannot start", icon=":material/error:")
            return
        _START.show_refusal()
        longest = space.largest().training.warmup_epochs
        show_notices((*left_out, *of_warmup(settings["epochs"], longest)))
        show_outcome(space, settings["algorithm"], settings["budget"])
        if starting:
            settings |= vars(how)
            _START.start(lambda: start(space, entry, **settings))


def start(space: Space, entry: DatasetEntry, **settings: Any) -> None:
    """Start the search that was asked for; the next run of the page shows it."""
    SEARCH.show_next(submit(state.runs_folder(), space, entry.path, **settings).search_id)
    forget_name(_NAME)


def _of_taken(name: str) -> str:
    return of_taken_name(name, state.runs_folder())


def show_outcome(space: Space, algorithm: str, budget: Budget) -> None:
    """Say what the form stands for: how many combinations, and whose network lies in them."""
    size = space.size()
    if size is None:
        number = "Unlimited combinations"
    else:
        number = f"**{size:,}** combinations" if size < 1e7 else f"**{size:.1e}** combinations"
    varied = sum(not one.fixed for one in space.dimensions)
    where = "outside" if space.values_of(DISSERTATION) is None else "in"
    st.markdown(
        f"{number} of {n_of(varied, 'hyperparameter')}; all others are as in "
        f"{base_in_words(space)}. {OWN_SIGN} The dissertation's own network lies **{where}** this "
        "space."
    )
    show_base(space)
    if algorithm == "grid" and size is not None and size < (budget.trials or np.inf):
        st.caption(f"The grid ends after {n_of(size, 'trial')}: it has no more combinations.")
    st.caption(
        "The search minimises the MAE of the validation part. It never uses the test part, which "
        "is kept for the trial that you promote to a run."
    )


title, tools = st.columns([2, 3], vertical_alignment="bottom")
title.title("Tune")
with tools, st.container(horizontal=True, horizontal_alignment="right"):
    TRASH.show()
show_lesson("tune")
TRASH.show_undo()
job_page.show(
    SEARCH,
    _START,
    (NEW_SEARCH, "Searches"),
    "tune",
    show_new_search,
    searches,
    found_search.show,
    purpose="search with",
    part="trials are",
    icon=":material/tune:",
)
