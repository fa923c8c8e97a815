"""Choosing runs to compare: the page's address names them, so that a link shows the same ones."""

import math

import streamlit as st

from core.comparison import MAX_RUNS, MIN_RUNS
from core.runs import Run, validation_mae
from dashboard.shared import state
from dashboard.shared.choose_several import choose_several
from dashboard.shared.chooser import run_labels

RUNS_KEY = "runs"  # under which the address names them
N_AT_FIRST = 3
PUBLISHED_PRESET = "dissertation"

_LAST = "last_compared"
_WRITTEN = "compared_in_address"


def choose_runs(runs: dict[str, Run], others: list[str]) -> list[str]:
    """Draw the choice among complete runs, newest first, and `others`; return the names chosen."""
    options = [*runs, *others]
    asked, enters = st.query_params.get_all(RUNS_KEY), RUNS_KEY not in st.session_state
    newly = bool(asked) and asked != st.session_state.get(_WRITTEN)
    wanted = asked if newly else st.session_state.get(RUNS_KEY, st.session_state.get(_LAST))
    # Each once and not too many: anyone can write an address.
    known = [name for name in dict.fromkeys(wanted or []) if name in options][:MAX_RUNS]
    left_out = [name for name in asked if name not in known] if newly else []
    if state.say_damaged(left_out, "run"):
        st.warning(
            "The address names runs that do not exist or are not complete, or more than "
            f"{MAX_RUNS}; they are left out.",
            icon=":material/link_off:",
        )
    if wanted is None or (newly and not known):
        known = at_first(runs)
    st.session_state[RUNS_KEY] = known
    labels = run_labels(runs)
    names = choose_several(
        f"Runs to compare, {MIN_RUNS} to {MAX_RUNS}",
        options,
        key=RUNS_KEY,
        max_selections=MAX_RUNS,
        format_func=lambda name: labels.get(name, name),
        placeholder="Choose runs",
        help="Complete runs, newest first"
        + (f"; at the end {', '.join(others)}, of the data set in use." if others else "."),
    )
    # Not bound to the address: a bound widget leaves out its default, which changes with every
    # new run. Written once, or the browser's way back would end here.
    if names != asked and (enters or newly or names != st.session_state.get(_WRITTEN)):
        st.query_params[RUNS_KEY] = names
    st.session_state[_LAST] = st.session_state[_WRITTEN] = names
    return names


def at_first(runs: dict[str, Run]) -> list[str]:
    """Return up to three runs that were trained and tested on the same galaxies, else any two.

    First the published network, where one is among them, as what the others are compared with;
    then those of the lowest MAE of the validation part: the test part is there to judge by.
    """
    alike: dict[tuple[object, ...], list[str]] = {}
    for run_id, run in runs.items():
        alike.setdefault((run.config.data.hash, run.config.split), []).append(run_id)
    groups = [group for group in alike.values() if len(group) >= MIN_RUNS]
    if not groups:
        return list(runs)[:MIN_RUNS]
    best = sorted(groups[0], key=lambda run_id: _mae(runs[run_id]))
    published = [run_id for run_id in best if runs[run_id].config.preset == PUBLISHED_PRESET]
    return list(dict.fromkeys([*published[:1], *best]))[:N_AT_FIRST]


def _mae(run: Run) -> float:
    mae = validation_mae(run)
    return math.inf if mae is None else mae


def choose_next(more: list[str]) -> None:
    """Add these names to the chosen ones, from the next run of the page."""
    st.session_state[RUNS_KEY] = [*st.session_state[RUNS_KEY], *more]
