"""Train: choose a recipe, start a training, watch it."""

import streamlit as st

from core.data import DatasetEntry, SplitConfig
from core.errors import ConfigError, DataError
from core.model import Recipe, layer_table
from core.training import submit
from dashboard.figures.labels import in_words
from dashboard.screens.train import outcome as outcome_of
from dashboard.screens.train.basis import Basis, choose_basis, show_start
from dashboard.screens.train.recipe_form import recipe_form
from dashboard.shared import chooser as run_choice
from dashboard.shared import state, store
from dashboard.shared.job_form import job_form
from dashboard.shared.messages import plain, show_notices
from dashboard.shared.run_monitor import monitor
from dashboard.shared.start_button import StartButton
from dashboard.shared.store import FileVersion

NEW, RUNS = "New training", "Runs"
VIEW_KEY = "view"
_LAST_VIEW = "last_view"
_SHOW_RUNS = "show_runs"
_START = StartButton("training", in_words)


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
        unsuitable, notices = "", None
        try:
            notices = store.training_notices(FileVersion.of(entry.path), split)
        except DataError as error:
            unsuitable = str(error)
        starting = _START.draw(possible=recipe is not None and not unsuitable)
        if recipe is None:
            st.error(
                plain(problem), title="This network cannot be trained", icon=":material/error:"
            )
            return
        _START.show_refusal()
        if unsuitable:
            st.error(
                plain(unsuitable), title="These data cannot be learnt from", icon=":material/error:"
            )
        show_notices(notices or ())
        outcome_of.show(recipe, layers, basis, entry, split)
        if starting:
            _START.start(lambda: start(asked, entry, split, name, basis, device))


def start(
    recipe: Recipe, entry: DatasetEntry, split: SplitConfig, name: str, basis: Basis, device: str
) -> None:
    """Start the training that was asked for; the next run of the page shows it."""
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
    run_choice.show_next(run)
    st.session_state[_SHOW_RUNS] = True


st.title("Train")
if VIEW_KEY not in st.session_state:
    # The page is entered: what its widgets said is gone, what was about to start is called off.
    _START.forget()
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
