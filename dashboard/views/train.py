"""Train: choose a recipe, start a training, watch it."""

import streamlit as st

from core.data import DatasetEntry
from core.errors import ConfigError, DataError
from core.model import layer_table
from core.runs import Run
from core.training import submit
from dashboard.figures.labels import in_words
from dashboard.screens.train import outcome as outcome_of
from dashboard.screens.train.basis import choose_basis, show_start
from dashboard.screens.train.recipe_form import recipe_form
from dashboard.shared import chooser as run_choice
from dashboard.shared import job_page, state, store
from dashboard.shared.job_form import job_form
from dashboard.shared.messages import plain, show_notices
from dashboard.shared.number_field import wrong_fields
from dashboard.shared.run_monitor import monitor
from dashboard.shared.start_button import StartButton
from dashboard.shared.store import FileVersion

_START = StartButton("training", in_words)


def show_new_training(entry: DatasetEntry) -> None:
    """Draw the form on the left, what comes of it on the right."""
    form, outcome = st.columns([5, 3], gap="medium")
    with form, wrong_fields() as wrong:
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
            how = job_form(entry, f"{basis.name}-{entry.path.stem}", "run_name")
    if recipe is not None and (too_large := outcome_of.batch_too_large(recipe, entry, how.split)):
        wrong.append(too_large)
    with outcome:
        unsuitable, notices = "", None
        if wrong:
            _START.draw(possible=False, wrong=wrong)
            return
        try:
            notices = store.training_notices(FileVersion.of(entry.path), how.split)
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
                plain(unsuitable),
                title="No network can learn from these data",
                icon=":material/error:",
            )
        show_notices(notices or ())
        outcome_of.show(recipe, layers, basis, entry, how.split)
        if starting:
            preset = basis.name if basis.run is None and recipe == basis.recipe else None

            def submitted() -> Run:
                return submit(
                    state.runs_folder(),
                    asked,
                    entry.path,
                    split=how.split,
                    name=how.name,
                    preset=preset,
                    device=how.device,
                    start=basis.run,
                    to_workers=how.to_workers,
                )

            _START.start(lambda: run_choice.show_next(submitted()))


st.title("Train")
job_page.show(
    run_choice.RUN,
    _START,
    ("New training", "Runs"),
    "view",
    show_new_training,
    state.runs,
    monitor,
    purpose="train on",
    part="progress is",
    icon=":material/model_training:",
)
