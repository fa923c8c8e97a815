"""Home: what this is, what is at hand, what trains now, where to go next."""

import pandas as pd
import streamlit as st

from core.errors import XpzError
from core.runs import Run, Status
from core.tuning.search import Search, SearchStatus
from dashboard.screens.tune.monitor import fraction
from dashboard.screens.tune.search_choice import active_searches, searches
from dashboard.shared import state
from dashboard.shared.active_runs import active_statuses, states
from dashboard.shared.messages import code, errors_shown, origin_badge, plain

NEXT = (
    ("data", "See the data", "Redshifts, spectra, the split; upload or simulate a data set."),
    ("train", "Train a network", "Start from a preset, change what you like, watch it learn."),
    ("tune", "Search for a better one", "Try many settings; see which of them matter."),
    ("evaluate", "Judge a network", "Errors on galaxies it has never seen, with intervals."),
    ("compare", "Compare networks", "Which is best on the same galaxies, by more than chance?"),
    ("runs", "Keep runs in order", "Names, tags and notes; model cards; bundles to hand on."),
    ("predict", "Predict redshifts", "For spectra of your own, with intervals and flags."),
)


def show_dataset() -> None:
    """Describe the data set in use."""
    st.markdown("**Data set in use**")
    entry = state.current_dataset()
    if entry is None:
        st.info("There is no data set yet. Upload a table of spectra or simulate one.")
        st.page_link("views/data.py", label="Go to Data", query_params={"section": "Add data"})
        return
    card = entry.card
    st.markdown(f"{plain(card.name)} {origin_badge(card.origin)}")
    facts = {"Galaxies": f"{card.n_galaxies:,}", "Created": plain(card.created[:10])}
    if card.config_hash:
        facts["Configuration"] = code(card.config_hash[:12])
    facts["Content"] = code(card.hash[:12])
    st.table(facts, border="horizontal", alt="Facts about the data set in use")
    if card.origin == "simulated":
        st.caption(
            "*Simulated* spectra: real SDSS galaxies seen through Gaia's DR3 instrument model. "
            "Their difficulty was tuned to the published one; it is no prediction."
        )


def show_training(active_before: dict[str, str]) -> None:
    """Show how the waiting and running trainings and searches go."""
    active: dict[str, Status] = {}
    searching: dict[str, SearchStatus] = {}
    with errors_shown():
        runs = state.runs()
        active = active_statuses(runs)
        for run_id, status in active.items():
            show_progress(runs[run_id], status)
        searching = active_searches()
        for search_id, search_status in searching.items():
            show_search(searches()[search_id], search_status)
        if not active and not searching:
            st.caption("Nothing trains at the moment.")
            st.page_link("views/train.py", label="Train a network", icon=":material/play_arrow:")
    if states(active) | states(searching) != active_before:
        st.rerun()


def show_progress(run: Run, status: Status) -> None:
    """Show how far one training is."""
    done = f"epoch {status.epoch} of {status.epochs}"
    label = "waits for the device" if status.state == "queued" else done
    st.progress(status.fraction, text=f"{plain(run.config.name)}: {label}")
    with errors_shown():
        metrics = run.metrics()
        if len(metrics):
            st.caption(
                f"Validation MAE {metrics['val_mae'].iloc[-1]:.4f} on {plain(status.device)}"
            )


def show_search(search: Search, status: SearchStatus) -> None:
    """Show how far one search is."""
    of = "" if search.budget.trials is None else f" of {search.budget.trials}"
    done = f"{status.trials_ended}{of} trials ended"
    label = "waits for the device" if status.state == "queued" else done
    st.progress(fraction(status, search.budget), text=f"Search {plain(search.search_id)}: {label}")
    if status.best_mae is not None:
        st.caption(f"Lowest validation MAE {status.best_mae:.4f} on {plain(status.device)}")


def run_row(run: Run) -> dict[str, object]:
    """Return what the table says of one run; a damaged one is named as such."""
    try:
        status, summary, config = run.status(), run.summary() or {}, run.config
    except (XpzError, OSError):
        return {"run": run.run_id, "name": run.run_id, "state": "damaged"}
    result = summary.get("evaluation", {})
    return {
        "run": run.run_id,
        "name": state.annotations(run).name or config.name,
        "state": status.state,
        "galaxies": config.data.n_galaxies,
        "origin": config.data.origin,
        "mae": result.get("mae"),
        "sigma_nmad": result.get("sigma_nmad"),
        "created": pd.Timestamp(config.created) if config.created else None,
        "open": "Evaluate" if run.is_complete else None,
    }


def open_clicked(run_ids: list[str]) -> None:
    """Go to the evaluation of the run whose button was clicked."""
    click = st.session_state["home_open"]
    st.switch_page(
        "views/evaluate.py",
        query_params={state.RUN_KEY: run_ids[click.row]} | state.address_of_dataset(),
    )


def show_runs() -> None:
    """List the runs with their headline numbers."""
    st.subheader("Runs")
    found = list(state.runs().values())
    runs = [run for run in found if not state.is_archived(run)]
    if not found:
        st.info("There are no runs yet. Train a network; it appears here with its errors.")
        return
    table = pd.DataFrame([run_row(run) for run in runs])
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        hide_index=True,
        alt="Runs with their state, data and errors on the test part",
        key="home_runs",
        placeholder="–",
        column_config={
            "run": None,
            "name": st.column_config.TextColumn("Run", width=290),
            "state": "State",
            "galaxies": number("Galaxies", format="localized", help="Of the data set"),
            "origin": "Origin",
            "mae": number("MAE", format="%.4f", help="Mean |z_pred - z_spec| of the test part"),
            "sigma_nmad": number(
                "σ NMAD",
                format="%.4f",
                help="1.4826 median |e - median e|, e = (z_pred - z_spec)/(1 + z_spec)",
            ),
            "created": st.column_config.DatetimeColumn("Made (UTC)", format="YYYY-MM-DD HH:mm"),
            "open": st.column_config.ButtonColumn(
                "",
                key="home_open",
                on_click=open_clicked,
                args=([run.run_id for run in runs],),
                type="tertiary",
            ),
        },
    )
    st.page_link(
        "views/runs.py",
        label="Name, tag, hand on, archive and delete runs",
        icon=":material/folder_copy:",
        query_params=state.address_of_dataset(),
    )


st.title("Galaxy redshifts from Gaia BP/RP spectra")
st.markdown(
    "xpz trains neural networks that read a galaxy's redshift from the 186 samples of its "
    "Gaia BP/RP (XP) spectrum. See the data, train a network, then judge it on galaxies that it "
    "has never seen."
)

left, right = st.columns([3, 2])
with left.container(border=True, height="stretch"):
    show_dataset()
with right.container(border=True, height="stretch"):
    st.markdown("**Training now**")
    at_work = states(active_statuses(state.runs())) | states(active_searches())
    st.fragment(show_training, run_every=2 if at_work else None)(at_work)

show_runs()

st.subheader("Where to go next")
with st.grid(4, gap="small", min_column_width=200):
    for name, label, about in NEXT:
        with st.container(border=True, height="stretch"):
            st.page_link(f"views/{name}.py", label=f"**{label}**", icon=":material/arrow_forward:")
            st.caption(about)
