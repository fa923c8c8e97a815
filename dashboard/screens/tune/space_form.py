"""The form of a search's space: every hyperparameter with its range, its choices or one value."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core.prediction import Notice
from core.tuning import (
    HYPERPARAMETERS,
    Dimension,
    Space,
    label_of,
    settings_of,
    split_name,
    value_in_words,
)
from dashboard.figures.parallel import OWN_SIGN
from dashboard.screens.tune.space_rows import ENDS, read_row, row_of
from dashboard.screens.tune.space_words import of_left_out
from dashboard.shared.choose_several import choose_several
from dashboard.shared.chooser import choose_one
from dashboard.shared.columns import width_for_list
from dashboard.shared.messages import plain
from dashboard.shared.number_cells import number_column
from dashboard.shared.ways import SPACE_KEY

SPACE_HELP = (
    "Dissertation: numbers, filters, kernels and units of the layers, activation, loss and "
    "optimiser, around its convolutional network. Compact: ours, dense layers with p(z), which "
    "also varies learning rate, decay, scaling and added noise. From a file: the space that you "
    "opened, with its own ranges; what it does not vary is as in its base, a recipe in the same "
    "file."
)
_VALUES_HELP = (
    "Type a value, or choose from the list, which holds the values of all hyperparameters."
)


def choose_space(names: Sequence[str]) -> str:
    """Draw the choice of what the form begins with, and the button that fills it anew."""
    kept = {"persist_state": "session", "help": SPACE_HELP}
    name: str = choose_one("Space", names, SPACE_KEY, **kept)
    st.button("Reset", icon=":material/undo:", key="reset_space", on_click=reset_form, args=(name,))
    return name


def space_form(name: str, filled: Space) -> tuple[Space, tuple[Notice, ...]]:
    """Draw the whole form, filled with a space at first; return that in it, and what it leaves out.

    Forms of different `name` keep different values. Raises a `ConfigError` if it is no space.
    """
    prefix = f"space.{name}.{st.session_state.setdefault(_version_key(name), 0)}"
    with st.container(border=True):
        tables = st.container(key="space_tables")
        dimensions = [*filled.dimensions, *_further(filled, prefix)]
        choices = [one for one in dimensions if one.kind == "choice"]
        ranges = [one for one in dimensions if one.kind != "choice"]
        with tables:
            left, right = st.columns(_SHARES, gap="small")
        with left:
            st.caption("**Ranges**; with equal ends, one value")
            range_rows = _edited(
                f"{prefix}.ranges",
                [row_of(one) for one in ranges],
                _RANGE_COLUMNS,
                "Hyperparameters with a range: from, to, step, logarithmic",
            )
        with right:
            st.caption("**Choices**; a single one is fixed")
            choice_rows = _edited(
                f"{prefix}.choices",
                [row_of(one) for one in choices],
                _choice_columns(choices),
                "Hyperparameters with a choice of values",
            )
            if choices:
                st.caption(_VALUES_HELP)
            for row in choice_rows:
                _show_cut(row)
        _show_meanings(dimensions)
    rows = {row["name"]: row for row in (*range_rows, *choice_rows)}
    space, left_out = replace(filled, dimensions=()), defaultdict[str, list[str]](list)
    # In the order of a space: what decides whether a row counts stands before it.
    for one in replace(filled, dimensions=tuple(dimensions)).dimensions:
        if why := space.why_idle(one.name, label_of, value_in_words):
            left_out[why].append(label_of(one.name))
            continue
        made = read_row(one, rows[one.name])
        space = replace(space, dimensions=(*space.dimensions, made))
    space.check()
    return space, tuple(of_left_out(names, why) for why, names in left_out.items())


def _version_key(name: str) -> str:
    return f"space_version.{name}"


def reset_form(name: str) -> None:
    """Fill the form anew with what it began with."""
    st.session_state[_version_key(name)] = st.session_state.get(_version_key(name), 0) + 1


def _further(space: Space, prefix: str) -> list[Dimension]:
    """Draw the choice of settings to vary as well, and return what they begin with."""
    base = settings_of(space.base)
    fixed = [name for name in base if space.dimension(name) is None]
    chosen = choose_several(
        "Vary as well",
        fixed,
        format_func=lambda name: f"{label_of(name)} ({value_in_words(name, base[name])})",
        key=f"{prefix}.further",
        persist_state="session",
        placeholder="Settings that keep one value in this space",
    )
    return [_begin(name, base[name]) for name in chosen]


def _begin(name: str, value: Any) -> Dimension:
    """Return a dimension to edit: all values of a choice, or the one number that it had."""
    known = HYPERPARAMETERS[split_name(name)[0]]
    if known.kind == "choice":
        return Dimension(name, "choice", values=tuple(known.choices))
    return Dimension(name, known.kind, value, value)


def _show_meanings(dimensions: Sequence[Dimension]) -> None:
    """Draw, folded, what each hyperparameter of the form does; those of every layer once."""
    settings = dict.fromkeys(split_name(one.name)[0] for one in dimensions)
    known = [HYPERPARAMETERS[name] for name in settings]
    with st.expander("What each hyperparameter does", icon=":material/help:"):
        st.markdown("\n".join(f"- **{plain(one.label)}**: {plain(one.about)}" for one in known))


def _show_cut(row: Mapping[str, Any]) -> None:
    """Draw all values of a choice below the table if they are too many for its cell."""
    values = row["values"]
    if pd.api.types.is_list_like(values) and width_for_list(values) > _VALUES_WIDTH:
        st.caption(f"**{row['setting']}**: {plain(', '.join(values))}")


def _number(label: str, help: str) -> Any:
    return number_column(label, help=help, width=60)


# Of a window of 1280 pixels: every value of our spaces is seen whole.
_SHARES, _VALUES_WIDTH = (49, 51), 259


def _setting(width: int) -> Any:
    return st.column_config.TextColumn("Hyperparameter", disabled=True, width=width)


_OWN_COLUMN = st.column_config.TextColumn(
    f"{OWN_SIGN} Published",
    disabled=True,
    width=84,
    help="The value of the dissertation's own network; – where it has no such setting.",
)
_RANGE_COLUMNS: dict[str, Any] = {
    "setting": _setting(118),
    "low": _number(ENDS["low"], "The least value."),
    "high": _number(ENDS["high"], "The largest value."),
    "step": _number(
        ENDS["step"],
        "From one value to the next: added or, logarithmic, multiplied. Empty: any value between "
        "the ends (any whole number where only those make sense).",
    ),
    "log": st.column_config.CheckboxColumn("Log", width=54, help="All factors are equally likely."),
    "own": _OWN_COLUMN,
}


def _choice_columns(choices: Sequence[Dimension]) -> dict[str, Any]:
    known = {
        one.name: HYPERPARAMETERS[split_name(one.name)[0]].choices or one.options() or ()
        for one in choices
    }
    options = dict.fromkeys(
        value_in_words(name, value) for name, values in known.items() for value in values
    )
    return {
        "setting": _setting(110),
        "values": st.column_config.MultiselectColumn(
            "Values",
            options=list(options),
            accept_new_options=True,
            width=_VALUES_WIDTH,
            help=_VALUES_HELP,
        ),
        "own": _OWN_COLUMN,
    }


def _edited(
    key: str, rows: list[dict[str, Any]], columns: Mapping[str, Any], alt: str
) -> list[dict[str, Any]]:
    """Draw an editable table and return its rows; edits survive a change of page."""
    if not rows:
        return []
    latest = f"{key}.latest"
    # A table of other rows is another one: the editor knows its rows by their number alone.
    editor = ".".join([key, *(row["name"] for row in rows)])
    if editor not in st.session_state:
        kept = {row["name"]: row for row in st.session_state.get(latest, ())}
        st.session_state[f"{key}.base"] = [kept.get(row["name"], row) for row in rows]
    table = pd.DataFrame(st.session_state[f"{key}.base"], columns=list(rows[0]))
    found = st.data_editor(
        table,
        key=editor,
        hide_index=True,
        height="content",
        row_height=30,
        column_order=list(columns),
        column_config=dict(columns),
        placeholder="–",
        alt=alt,
    )
    st.session_state[latest] = found.to_dict("records")
    return st.session_state[latest]
