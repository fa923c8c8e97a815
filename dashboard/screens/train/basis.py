"""What a training begins with: a preset and drawn weights, or the network of a trained run."""

from dataclasses import dataclass

import streamlit as st

from core.amounts import n_of
from core.data import DatasetEntry
from core.model import PRESETS, Recipe, suited_preset
from core.runs import Run
from core.training.fine_tuning import fine_tuning
from dashboard.screens.train.recipe_form import reset_form
from dashboard.shared import state
from dashboard.shared.chooser import choose_one, run_labels, run_name
from dashboard.shared.job_form import forget_split
from dashboard.shared.messages import origin_badge, plain

A_RUN = "a trained run"
BASIS_KEY = "preset"
START_KEY = "start_run"


@dataclass(frozen=True)
class Basis:
    """What the form of a training is filled with."""

    title: str  # for people: the preset, or the run that is fine-tuned
    name: str  # tells its form from others; how the names of runs and downloads begin
    recipe: Recipe
    run: Run | None = None  # to start from; none: weights are drawn


def choose_basis(entry: DatasetEntry) -> Basis:
    """Draw the choice of a preset or of a trained run, and the button that fills the form anew."""
    runs = {
        run_id: run
        for run_id, run in state.readable_runs().items()
        if run.is_complete and run.model_path.is_file() and run.scaler_path.is_file()
    }
    options = [*PRESETS, A_RUN] if runs else list(PRESETS)
    _forget_what_is_gone(BASIS_KEY, options)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = choose_one(
            "Start from",
            options,
            BASIS_KEY,
            default="compact",
            persist_state="session",
            help="Compact, fast and with p(z); compact-few, for some ten thousand spectra and "
            "fewer; compact-survey, for several hundred thousand; the dissertation's network (its "
            "Table 2); or the weights of a trained run, for a few hundred or thousand galaxies of "
            "your own.",
        )
        beside = st.container(width="content")
    _hint(chosen, entry.card.n_galaxies)
    # On a line of its own: the names of runs are long.
    basis = _fine_tuning(runs) if chosen == A_RUN else Basis(chosen, chosen, PRESETS[chosen])
    beside.button(
        "Reset",
        icon=":material/undo:",
        key="reset_recipe",
        on_click=_reset,
        args=(basis.name,),
        help="Fill the form with what was chosen to start from.",
    )
    return basis


def _hint(chosen: str, n_galaxies: int) -> None:
    """Say which preset was made for a data set of this size, where another of its kin is chosen."""
    suited = suited_preset(n_galaxies)
    if chosen == suited or not chosen.startswith("compact"):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f":material/lightbulb: **{suited}** is made for data sets of this size "
            f"({n_of(n_galaxies, 'galaxy')}).",
            width="content",
        )
        st.button(f"Use {suited}", key="use_suited", type="tertiary", on_click=_use, args=(suited,))


def _use(preset: str) -> None:
    st.session_state[BASIS_KEY] = preset


def _reset(name: str) -> None:
    reset_form(name)
    forget_split()


def show_start(run: Run) -> None:
    """Say what a training takes over from the run that it starts from."""
    data = run.config.learnt_from
    with st.container(border=True):
        st.markdown(
            f"**Network of {plain(run_name(run.run_id))}** :small[trained on] "
            f"{origin_badge(data.origin)} "
            f":small[{plain(state.name_of_data(data))}, {n_of(data.n_galaxies, 'galaxy')}]"
        )
        st.caption(
            "Weights and scaling are copied. The training part changes the weights in small "
            "steps; the validation part decides which epoch is kept and when to stop."
        )


def _fine_tuning(runs: dict[str, Run]) -> Basis:
    _forget_what_is_gone(START_KEY, list(runs))
    run_id = st.selectbox(
        "Trained run",
        list(runs),
        key=START_KEY,
        format_func=run_labels(runs).__getitem__,
        persist_state="session",
    )
    run = runs[run_id]
    return Basis(
        title=f"fine-tuning of {run_name(run.run_id)}",
        name=f"{run_id}-tuned",
        recipe=fine_tuning(run.config.recipe),
        run=run,
    )


def _forget_what_is_gone(key: str, options: list[str]) -> None:
    """Let a choice fall back to its default where what was chosen is not there any more."""
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
