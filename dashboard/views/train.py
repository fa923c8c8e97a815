"""Train: choose a recipe, start a training, watch it."""

import streamlit as st

from core.data.dataset import DatasetEntry
from core.data.split import SplitConfig
from core.errors import ConfigError, XpzError
from core.model.config import Recipe
from core.model.shapes import layer_table
from core.training.queue import submit
from dashboard.screens.train import outcome as outcome_of
from dashboard.screens.train.basis import Basis, choose_basis, show_start
from dashboard.screens.train.recipe_form import recipe_form
from dashboard.shared import chooser as run_choice
from dashboard.shared import state
from dashboard.shared.job_form import job_form
from dashboard.shared.labels import in_words
from dashboard.shared.messages import plain
from dashboard.shared.run_monitor import monitor

NEW, RUNS = "New training", "Runs"
VIEW_KEY = "view"
_LAST_VIEW = "last_view"
_SHOW_RUNS = "show_runs"
_STARTING = "starting"
_REFUSED = "refused"


def show_new_training(entry: DatasetEntry) -> None:
    """Draw the form on the left, what comes of it on the right."""
    form, outcome = st.columns([5, 3], gap="medium")
    with form:
        basis = choose_basis()
        if basis.run is not None:
            show_start(basis.run)
        recipe, problem = None, ""
        try:
            asked = recipe_form(basis.name, basis.recipe, network_fixed=basis.run is not None)
            layers = layer_table(asked.network, asked.scaling)
            recipe = asked
        except ConfigError as error:
            problem = in_words(str(error))
        with st.container(border=True):
            split, name, device = job_form(entry, f"{basis.name}-{entry.path.stem}", "run_name")
    with outcome:
        starting = recipe is not None and _STARTING in st.session_state
        st.button(
            "Start training",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=recipe is None or starting,
            # While one click is at work, another one must not ask for a second training.
            on_click=None if starting else ask_to_start,
        )
        if recipe is None:
            st.error(plain(problem), title="This cannot be trained", icon=":material/error:")
            return
        if _REFUSED in st.session_state:
            st.error(plain(st.session_state.pop(_REFUSED)), icon=":material/error:")
        outcome_of.show(recipe, layers, basis, entry, split)
        if starting:
            with st.spinner("Starting the training"):
                start(recipe, entry, split, name, basis, device)
            st.rerun()


def ask_to_start() -> None:
    """Note, once, that a training is to be started by the next run of the page."""
    st.session_state[_STARTING] = True


def start(
    recipe: Recipe,
    entry: DatasetEntry,
    split: SplitConfig,
    name: str,
    basis: Basis,
    device: str,
) -> None:
    """Start the training that was asked for; the next run of the page shows it, or why not."""
    del st.session_state[_STARTING]
    try:
        run = submit(
            state.runs_folder(),
            recipe,
            entry.path,
            split=split,
            name=name,
            preset=basis.name if basis.run is None and recipe == basis.recipe else None,
            device=device,
            start=basis.run,
        )
    except XpzError as error:
        st.session_state[_REFUSED] = in_words(str(error))
        return
    run_choice.show_next(run)
    st.session_state[_SHOW_RUNS] = True


st.title("Train")
if VIEW_KEY not in st.session_state:
    # The page is entered: what its widgets said is gone, what was about to start is called off.
    st.session_state.pop(_STARTING, None)
    shown = RUNS if state.RUN_KEY in st.query_params else st.session_state.get(_LAST_VIEW, NEW)
    st.session_state[VIEW_KEY] = shown
if run_choice.RUN.asked_for() or st.session_state.pop(_SHOW_RUNS, False):
    st.session_state[VIEW_KEY] = RUNS
new, runs = st.tabs([NEW, RUNS], key=VIEW_KEY, on_change="rerun")
st.session_state[_LAST_VIEW] = RUNS if runs.open else NEW
if new.open:
    # The address names a run where one is shown, and only there.
    run_choice.RUN.name_none()
    with new:
        entry = state.current_dataset()
        if entry is None:
            st.info(
                "There is no data set to train on. Upload or simulate one on the Data screen.",
                icon=":material/database:",
            )
        else:
            show_new_training(entry)
if runs.open:
    with runs:
        found = state.runs()
        if not found:
            st.info(
                f"There is no run yet. Start one under '{NEW}'; its progress is then shown here.",
                icon=":material/model_training:",
            )
        else:
            monitor(found)
