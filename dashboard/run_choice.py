"""Choosing a run: the page's address names it, so that a reload and a link show the same one."""

import streamlit as st

from core.runs import Run, Status
from dashboard import state
from dashboard.messages import plain

STATE_BADGES = {
    "queued": ":gray-badge[:material/hourglass_empty: queued]",
    "running": ":blue-badge[:material/play_circle: running]",
    "done": ":green-badge[:material/check_circle: done]",
    "cancelled": ":orange-badge[:material/cancel: cancelled]",
    "failed": ":red-badge[:material/error: failed]",
    "lost": ":red-badge[:material/help: lost]",
}
ORIGIN_COLOURS = {"simulated": "orange", "observed": "green"}

_NEXT_RUN = "next_run"


def choose_run(runs: dict[str, Run]) -> Run:
    """Draw the choice among `runs` (not empty) and return the chosen one, else the newest."""
    chosen = st.session_state.pop(_NEXT_RUN, st.session_state.get(state.RUN_KEY))
    state.check_address(state.RUN_KEY, list(runs), "run")
    if chosen in runs:
        st.session_state[state.RUN_KEY] = chosen
    elif st.query_params.get(state.RUN_KEY) not in runs:
        st.session_state[state.RUN_KEY] = next(iter(runs))
    # No default: a default would be left out of the address, and the newest run is soon another.
    run_id = st.selectbox(
        "Run", list(runs), index=None, required=True, key=state.RUN_KEY, bind="query-params"
    )
    return runs[run_id or next(iter(runs))]


def show_next(run: Run) -> None:
    """Choose `run` in the next run of the page."""
    st.session_state[_NEXT_RUN] = run.run_id


def badges(run: Run, status: Status) -> str:
    """Return the state, recipe and data of a run as one line of Markdown."""
    data = run.config.data
    colour = ORIGIN_COLOURS.get(data.origin, "gray")
    return " ".join(
        [
            STATE_BADGES[status.state],
            f":gray-badge[{plain(run.config.preset or 'own recipe')}]",
            f":{colour}-badge[{plain(data.origin)}]",
            f":small[{plain(data.name)}, {data.n_galaxies:,} galaxies]",
        ]
    )
