"""Fields of numbers that take what is typed, and say what is wrong with it.

They are text (`number_text` says why). What is wrong is said below the field, or the row of fields,
and beside the button that it blocks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import streamlit as st

from dashboard.shared.messages import plain
from dashboard.shared.number_text import received, to_number, to_text

_wrong: ContextVar[list[str] | None] = ContextVar("_wrong", default=None)
_below: ContextVar[Any] = ContextVar("_below", default=None)


@contextmanager
def wrong_fields() -> Iterator[list[str]]:
    """Collect what is wrong with the fields that are drawn inside, a sentence each."""
    found: list[str] = []
    token = _wrong.set(found)
    try:
        yield found
    finally:
        _wrong.reset(token)


@contextmanager
def row_of_fields() -> Iterator[list[str]]:
    """Draw side by side; collect what is wrong with the fields inside, said below the row."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    token = _below.set(st.container())
    try:
        with row, wrong_fields() as found:
            yield found
    finally:
        _below.reset(token)


def number_field(
    label: str,
    key: str,
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    why_high: str = "",
    **how: Any,
) -> Any:
    """Draw the field of a number, kept for the session, and return the number.

    A whole number if `value` is one; of `value` None the field may be empty, which is None. Of a
    number that is not from `low` to `high`, or not above `above`, or none at all, `wrong_fields`
    tells; `value` is returned, which nobody must go on with. `why_high` says what `high` is for.
    `how` are further settings of `st.text_input`. A number that others put under `key` of the
    session is shown.
    """
    whole, shown = isinstance(value, int), to_text(value) or ""
    if "bind" in how:  # the address fills it, or else the value does
        how["value"] = shown
    else:
        _fill(key, shown)
    how = {"persist_state": "session", "autocomplete": "off"} | how
    typed = (st.text_input(label, key=key, **how) or "").strip()
    if not typed and value is None:
        return None
    number = to_number(typed, whole=whole)
    least = low if above is None else above
    too_low = number is not None and least is not None and (number < least or number == above)
    too_high = number is not None and high is not None and number > high
    if number is not None and not too_low and not too_high:
        return int(number) if whole else number
    problem = f"expected a {'whole ' * whole}number{_bounds(low, high, above)}; "
    problem += received(typed, whole=whole) if typed else "the field is empty."
    if too_high and why_high:
        problem += f" {why_high}"
    tell_wrong(label, problem)
    return value


def tell_wrong(label: str, problem: str) -> None:
    """Say below a field what is wrong with it, and tell `wrong_fields`."""
    found, below = _wrong.get(), _below.get()
    if found is not None:
        found.append(f"{label}: {problem}")
    # No caption: those are pale, and red on top of that could not be read.
    if below is None:
        st.markdown(f":small[:red[{plain(problem)}]]")
    else:
        below.markdown(f":small[:red[{plain(f'{label}: {problem}')}]]")


def forget_number(key: str) -> None:
    """Have the field of a number begin anew with its value."""
    st.session_state.pop(key, None)


def _fill(key: str, shown: str) -> None:
    """Have the field show what is kept for it, or what it begins with."""
    kept, screen, drawn_on = st.session_state, st.context.url, f"{key}.drawn_on"
    found = kept.setdefault(key, shown)
    text = found if isinstance(found, str) else to_text(found)
    # From a screen that was drawn but once Streamlit keeps no text that was set by us.
    if text is not found or kept.get(drawn_on) != screen:
        kept[key] = text
    kept[drawn_on] = screen


def _bounds(low: float | None, high: float | None, above: float | None) -> str:
    """Return between which numbers one has to lie, in words that follow 'a number'."""
    if above is None and low is not None and high is not None:
        return f" from {low:,.12g} to {high:,.12g}"
    least = low if above is None else above
    words = [
        "" if least is None else f"{'of at least' if above is None else 'above'} {least:,.12g}",
        "" if high is None else f"at most {high:,.12g}",
    ]
    return "".join(f" {each}" for each in [" and ".join(filter(None, words))] if each)
