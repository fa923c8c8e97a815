"""Train: choose a recipe, start a training, watch it."""

import math

import pandas as pd
import streamlit as st

from core.data.dataset import DatasetEntry
from core.data.split import SplitConfig
from core.errors import ConfigError
from core.model.config import Recipe
from core.model.layers import Layer
from core.model.shapes import layer_table
from core.training.queue import submit
from dashboard.screens.train.basis import Basis, choose_basis, show_start
from dashboard.screens.train.recipe_form import changes, recipe_form
from dashboard.shared import chooser as run_choice
from dashboard.shared import state
from dashboard.shared.downloads import download_table
from dashboard.shared.job_form import job_form
from dashboard.shared.labels import in_words
from dashboard.shared.messages import plain
from dashboard.shared.run_monitor import monitor
from dashboard.shared.start_button import StartButton

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
        starting = _START.draw(possible=recipe is not None)
        if recipe is None:
            st.error(plain(problem), title="This cannot be trained", icon=":material/error:")
            return
        _START.show_refusal()
        show_outcome(recipe, layers, basis, entry, split)
        if starting:
            _START.start(lambda: start(asked, entry, split, name, basis, device))


def start(
    recipe: Recipe,
    entry: DatasetEntry,
    split: SplitConfig,
    name: str,
    basis: Basis,
    device: str,
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


def show_outcome(
    recipe: Recipe,
    layers: list[Layer],
    basis: Basis,
    entry: DatasetEntry,
    split: SplitConfig,
) -> None:
    """Say what the form stands for: parameters, layers, parts of the data."""
    n_test = entry.card.n_galaxies * split.test_fraction
    n_validation = (entry.card.n_galaxies - n_test) * split.validation_fraction
    n_train = entry.card.n_galaxies - n_test - n_validation
    left, right = st.columns(2)
    left.metric("Parameters", f"{sum(layer.parameters for layer in layers):,}", border=True)
    right.metric(
        "Steps per epoch",
        f"≈ {math.ceil(n_train / recipe.training.batch_size):,}",
        help="Batches of the training part. Approximate: each galaxy falls into a part by a hash "
        "of its id, so the parts come near the shares asked for.",
        border=True,
    )
    st.caption(
        f"About {n_train:,.0f} galaxies to train, {n_validation:,.0f} to validate, "
        f"{n_test:,.0f} to test."
    )
    differing = changes(recipe, basis.recipe)
    if differing:
        st.caption(f"Differs from *{plain(basis.title)}* in: {', '.join(differing)}.")
    else:
        what = "The preset" if basis.run is None else "The"
        st.caption(f"{what} *{plain(basis.title)}*, unchanged.")
    table = pd.DataFrame(
        {
            "Layer": [layer.name for layer in layers],
            "Output": [" × ".join(map(str, layer.output_shape)) for layer in layers],
            "Parameters": [layer.parameters for layer in layers],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        row_height=30,
        column_config={"Parameters": st.column_config.NumberColumn(format="localized")},
        alt="Layers of the network with output shape and number of parameters",
    )
    download_table("Layers", table, f"{basis.name}-layers")


st.title("Train")
if VIEW_KEY not in st.session_state:
    # The page is entered: what its widgets said is gone, what was about to start is called off.
    _START.forget()
    shown = RUNS if state.RUN_KEY in st.query_params else st.session_state.get(_LAST_VIEW, NEW)
    st.session_state[VIEW_KEY] = shown
if run_choice.asked_for() or st.session_state.pop(_SHOW_RUNS, False):
    st.session_state[VIEW_KEY] = RUNS
new, runs = st.tabs([NEW, RUNS], key=VIEW_KEY, on_change="rerun")
st.session_state[_LAST_VIEW] = RUNS if runs.open else NEW
if new.open:
    # The address names a run where one is shown, and only there.
    run_choice.name_no_run()
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
