"""Choosing a run: the page's address names it, so that a reload and a link show the same one."""

import streamlit as st

from core.runs import Run, RunConfig, Status
from dashboard.shared import state
from dashboard.shared.messages import origin_badge, plain

STATE_BADGES = {
    "queued": ":gray-badge[:material/hourglass_empty: queued]",
    "running": ":blue-badge[:material/play_circle: running]",
    "done": ":green-badge[:material/check_circle: done]",
    "cancelled": ":orange-badge[:material/cancel: cancelled]",
    "failed": ":red-badge[:material/error: failed]",
    "lost": ":red-badge[:material/help: lost]",
}
OWN_RECIPE, FINE_TUNED = "own recipe", "fine-tuned"

_NEXT_RUN = "next_run"
_LAST = "last_run"
_SCREEN = "screen_of_run"
_WRITTEN = "run_in_address"


def asked_for() -> str | None:
    """Return the run that a link, a reload or the browser's way back newly asks for."""
    asked = st.query_params.get(state.RUN_KEY)
    return None if asked == st.session_state.get(_WRITTEN) else asked


def choose_run(runs: dict[str, Run], *, damaged_too: bool = False) -> Run:
    """Draw the choice among `runs` (not empty) and return the chosen one, else the newest.

    Raises
    ------
    DamagedError
        If the chosen run is damaged and not `damaged_too`; another one can be chosen.
    """
    asked, screen = asked_for(), st.context.url
    # Another screen's field is another one, and would begin with the newest run.
    enters = state.RUN_KEY not in st.session_state or screen != st.session_state.get(_SCREEN)
    if _NEXT_RUN in st.session_state:
        chosen = st.session_state.pop(_NEXT_RUN)
    elif asked is not None:
        state.check_address(state.RUN_KEY, list(runs), "run")
        chosen = asked
    else:
        chosen = st.session_state.get(_LAST if enters else state.RUN_KEY)
    st.session_state[state.RUN_KEY] = chosen if chosen in runs else next(iter(runs))
    run_id = st.selectbox(
        "Run", list(runs), key=state.RUN_KEY, format_func=lambda each: run_label(runs[each])
    )
    # Not bound to the address: a bound widget leaves out its default and its first value, and the
    # newest run is soon another. Written once, or the browser's way back would end here.
    if enters or run_id != st.session_state.get(_WRITTEN):
        st.query_params[state.RUN_KEY] = run_id
    st.session_state[_LAST] = st.session_state[_WRITTEN] = run_id
    st.session_state[_SCREEN] = screen
    damage = None if damaged_too else runs[run_id].damage()
    if damage is not None:
        raise damage
    return runs[run_id]


def run_label(run: Run) -> str:
    """Return what lists call a run: its id, with the name that people gave it."""
    written = state.annotations(run)
    name = f"{written.name} ({run.run_id})" if written.name else run.run_id
    return f"{name}, archived" if written.archived else name


def show_next(run: Run) -> None:
    """Choose `run` in the next run of the page."""
    st.session_state[_NEXT_RUN] = run.run_id


def is_next_chosen() -> bool:
    """Whether the next run of the page shows a run that was chosen elsewhere than in its field."""
    return _NEXT_RUN in st.session_state


def name_no_run() -> None:
    """Take the run out of the page's address."""
    st.session_state.pop(_WRITTEN, None)
    st.query_params.pop(state.RUN_KEY, None)


def recipe_name(config: RunConfig) -> str:
    """Return what a run's recipe is called: its preset, fine-tuned, or own."""
    return config.preset or (OWN_RECIPE if config.start is None else FINE_TUNED)


def badges(run: Run, status: Status) -> str:
    """Return state, recipe, origin of the data and test error of a run as Markdown."""
    recipe = plain(recipe_name(run.config))
    return (
        f"{STATE_BADGES[status.state]} :gray-badge[{recipe}] :small[trained on] "
        + origin_badge(run.config.data.origin)
        + _test_error(run)
    )


def _test_error(run: Run) -> str:
    """Return a complete run's error and epochs, so that a mere try is seen as such."""
    summary = run.summary() or {}
    mae = summary.get("evaluation", {}).get("mae")
    if mae is None:
        return ""
    epochs = summary.get("epochs_run")
    after = f" after {epochs:,} epoch{'s' if epochs != 1 else ''}" if epochs else ""
    return f" :small[test MAE {mae:.4f}{after}]"
