"""Train: choose a recipe, start a training, watch it."""

import streamlit as st

from core.data import DatasetEntry
from core.errors import ConfigError, DataError, SettingError
from core.memory import MemoryShortError
from core.model import Recipe, id_of
from core.runs import of_taken_name
from core.training import check_batch, check_recipe, of_warmup, submit
from core.training.fine_tuning import tuned_name
from dashboard.screens.train import outcome as outcome_of
from dashboard.screens.train.basis import choose_basis, show_start
from dashboard.screens.train.layout import lay_out
from dashboard.screens.train.recipe_form import recipe_form
from dashboard.shared import chooser as run_choice
from dashboard.shared import job_page, state, store
from dashboard.shared.job_form import forget_name, job_form
from dashboard.shared.messages import plain, show_notices
from dashboard.shared.number_field import wrong_fields
from dashboard.shared.run_monitor import monitor
from dashboard.shared.start_button import StartButton
from dashboard.shared.store import FileVersion
from dashboard.shared.ways import show_lesson

_START = StartButton("training", str)
_NAME = "run_name"


def show_new_training(entry: DatasetEntry) -> None:
    """Draw the form, and above it what comes of it."""
    top, action = st.columns([3, 1], vertical_alignment="bottom", gap="medium")
    with top:
        basis = choose_basis(entry)
    fixed = basis.run is not None
    layout = lay_out(network_fixed=fixed)
    asked, recipe, layers, problem = None, None, [], ""
    with wrong_fields() as wrong:
        if basis.run is not None:
            with layout.places.network:
                show_start(basis.run)
        try:
            asked = recipe_form(basis.name, basis.recipe, layout.places, network_fixed=fixed)
        except ConfigError as error:
            problem = str(error)
        with layout.data:
            like = basis.name if asked is None or fixed else id_of(asked)
            default = f"{like}-{entry.path.stem}"
            how = job_form(entry, default, _NAME, _of_taken, layout.split_seed)
        try:
            if asked is not None:
                if not wrong:  # else defaults stand where something is wrong
                    wrong += _too_large(asked, how.split.sizes(entry.card.n_galaxies)[0])
                if not wrong:
                    layers = check_recipe(asked, here=not how.to_workers)
                recipe = asked
        except (ConfigError, MemoryShortError) as error:
            problem = str(error)
    unsuitable, notices = "", None
    if not wrong:
        try:
            notices = store.training_notices(FileVersion.of(entry.path), how.split)
        except DataError as error:
            unsuitable = str(error)
    with action:
        possible = recipe is not None and not unsuitable
        starting = _START.draw(possible=possible, wrong=wrong, said_in=layout.outcome)
    with layout.outcome:
        if wrong:
            return
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
        training = recipe.training
        show_notices((*(notices or ()), *of_warmup(training.epochs, training.warmup_epochs)))
        outcome_of.show(recipe, layers, basis, entry, how)
    with layout.places.network:
        st.caption(outcome_of.in_short(recipe))
    with layout.layers:
        outcome_of.show_layers(layers, basis)
    if starting:
        of_start = None if basis.run is None else tuned_name(basis.run)
        name = of_start if how.name == default else how.name

        def start() -> None:
            run = submit(
                state.runs_folder(),
                recipe,
                entry.path,
                split=how.split,
                name=name,
                id_like=default,
                device=how.device,
                start=basis.run,
                to_workers=how.to_workers,
            )
            run_choice.show_next(run)
            forget_name(_NAME)

        _START.start(start)


def _of_taken(name: str) -> str:
    return of_taken_name(name, state.runs_folder())


def _too_large(recipe: Recipe, n_train: float) -> list[str]:
    """Return what is wrong with a batch of the training part, if anything."""
    try:
        check_batch(recipe.training.batch_size, n_train)
    except SettingError as error:
        return [str(error)]
    return []


st.title("Train")
show_lesson("train")
job_page.show(
    run_choice.RUN,
    _START,
    ("New training", "Runs"),
    "train",
    show_new_training,
    state.runs,
    monitor,
    purpose="train on",
    part="progress is",
    icon=":material/model_training:",
)
