"""Home: what this is, what is at hand, what trains now, where to go next."""

import streamlit as st

from core.jobs import JobStatus, active
from core.runs import Run, Status
from core.tuning import Search, SearchStatus
from dashboard.screens.home import dataset, runs
from dashboard.shared import state
from dashboard.shared.messages import errors_shown, plain
from dashboard.shared.searches import fraction, searches

NEXT = (
    ("data", "See the data", "Redshifts, spectra, the split; upload or simulate a data set."),
    ("train", "Train a network", "Start from a preset, change the settings, watch it train."),
    ("tune", "Search for a better one", "Try many settings and see which matter."),
    ("evaluate", "Judge a network", "Errors on galaxies that it has not seen, with intervals."),
    ("compare", "Compare networks", "Which is significantly best on the same galaxies?"),
    ("runs", "Manage runs", "Names, tags and notes; model cards; bundles to share."),
    ("predict", "Predict redshifts", "For your own spectra, with intervals and flags."),
)


def show_training(active_before: dict[str, str]) -> None:
    """Show how the waiting and running trainings and searches go."""
    training: dict[str, Status] = {}
    searching: dict[str, SearchStatus] = {}
    with errors_shown():
        found = state.runs()
        training = active(found)
        for run_id, status in training.items():
            show_progress(found[run_id], status)
        searching = active(searches())
        for search_id, search_status in searching.items():
            show_search(searches()[search_id], search_status)
        if not training and not searching:
            st.caption("No training is running.")
            st.page_link("views/train.py", label="Train a network", icon=":material/play_arrow:")
    if state.states(training) | state.states(searching) != active_before:
        st.rerun()


def show_progress(run: Run, status: Status) -> None:
    """Show how far one training is."""
    done = f"epoch {status.epoch} of {status.epochs}"
    label = status.where if status.state == "queued" else done
    st.progress(status.fraction, text=f"{plain(run.config.name)}: {plain(label)}")
    with errors_shown():
        metrics = run.metrics()
        if len(metrics):
            show_best(f"Validation MAE {metrics['val_mae'].iloc[-1]:.4f}", status)


def show_search(search: Search, status: SearchStatus) -> None:
    """Show how far one search is."""
    of = "" if search.budget.trials is None else f" of {search.budget.trials}"
    done = f"{status.trials_ended}{of} trials ended"
    label = status.where if status.state == "queued" else done
    st.progress(
        fraction(status, search.budget), text=f"Search {plain(search.search_id)}: {plain(label)}"
    )
    if status.best_mae is not None:
        show_best(f"Lowest validation MAE {status.best_mae:.4f}", status)


def show_best(number: str, status: JobStatus) -> None:
    """Show a job's error, and who works on it; what it waits for stands above."""
    at_work = status.where if status.state == "running" else ""
    st.caption(f"{number} {plain(at_work)}".rstrip())


st.title("Galaxy redshifts from Gaia BP/RP spectra")
st.markdown(
    "xpz trains neural networks that measure a galaxy's redshift from the 186 samples of its Gaia "
    "BP/RP (XP) spectrum. Explore the data, train a network, then evaluate it on galaxies that it "
    "has not seen."
)

found = state.runs()
left, right = st.columns([3, 2])
with left.container(border=True, height="stretch"):
    dataset.show()
with right.container(border=True, height="stretch"):
    st.markdown("**Training now**")
    at_work = state.states(active(found)) | state.states(active(searches()))
    st.fragment(show_training, run_every=2 if at_work else None)(at_work)

runs.show(found)

st.subheader("Where to go next")
with st.grid(4, gap="small", min_column_width=200):
    for name, label, about in NEXT:
        with st.container(border=True, height="stretch"):
            st.page_link(f"views/{name}.py", label=f"**{label}**", icon=":material/arrow_forward:")
            st.caption(about)
