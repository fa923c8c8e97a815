"""Fields of numbers that take what is typed, and say what is wrong with it.

Streamlit's own field keeps a number outside its bounds to itself: the page goes on with the number
before it. It fills an emptied field with the number that it began with, and one of whole numbers
makes 1 of '1e3' and 2 of '2.7'. Here all are read as they stand; what is wrong is said below the
field and beside the button that it blocks.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import streamlit as st

from dashboard.shared.messages import plain

_wrong: ContextVar[list[str] | None] = ContextVar("_wrong", default=None)


@contextmanager
def wrong_fields() -> Iterator[list[str]]:
    """Collect what is wrong with the fields that are drawn inside, a sentence each."""
    found: list[str] = []
    token = _wrong.set(found)
    try:
        yield found
    finally:
        _wrong.reset(token)


def number_field(
    label: str,
    key: str,
    value: float,
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    why_high: str = "",
    **how: Any,
) -> Any:
    """Draw the field of a number, kept for the session, and return the number.

    A whole number if `value` is one. Of a number that is not from `low` to `high`, or not above
    `above`, or none at all, `wrong_fields` tells; `value` is returned, which nobody must go on
    with. `why_high` says what `high` is for. `how` are further settings of `st.number_input`.
    """
    kept, screen, drawn_on = st.session_state, st.context.url, f"{key}.drawn_on"
    kept.setdefault(key, value)
    whole = isinstance(value, int)
    # From a screen that was drawn but once Streamlit keeps no number that was set by us.
    if isinstance(kept[key], int) or kept.get(drawn_on) != screen:
        kept[key] = None if kept[key] is None else float(kept[key])
    kept[drawn_on] = screen
    # Without a value of its own to fall back to, an emptied field is None. One of whole numbers
    # would cut what is typed: this one takes every number.
    how = {"format": "%g"} | how | {"step": float(how.get("step", 1))}
    typed = st.number_input(label, value=None, key=key, persist_state="session", **how)
    problem = _problem(label, typed, low, high, above, whole=whole)
    if not problem and typed is not None:
        return int(typed) if whole else typed
    if why_high and typed is not None and high is not None and typed > high:
        problem = f"{problem} {why_high}"
    found = _wrong.get()
    if found is not None:
        found.append(problem)
    # No caption: those are pale, and red on top of that could not be read.
    st.markdown(f":small[:red[{plain(problem.removeprefix(f'{label}: '))}]]")
    return value


def forget_number(key: str) -> None:
    """Have the field of a number begin anew with its value."""
    st.session_state.pop(key, None)


def _problem(
    label: str,
    typed: float | None,
    low: float | None,
    high: float | None,
    above: float | None,
    *,
    whole: bool,
) -> str:
    """Return what is wrong with a number, nothing if all is well."""
    least = low if above is None else above
    if typed is not None and math.isfinite(typed) and (typed.is_integer() or not whole):
        too_low = least is not None and (typed < least or typed == above)
        if not too_low and (high is None or typed <= high):
            return ""
    if above is None and low is not None and high is not None:
        bounds = f" from {low:,.12g} to {high:,.12g}"
    else:
        words = [
            "" if least is None else f"{'of at least' if above is None else 'above'} {least:,.12g}",
            "" if high is None else f"at most {high:,.12g}",
        ]
        bounds = "".join(f" {each}" for each in [" and ".join(filter(None, words))] if each)
    received = "the field is empty" if typed is None else f"received {typed:,.12g}"
    return f"{label}: expected a {'whole ' * whole}number{bounds}; {received}."
