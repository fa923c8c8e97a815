"""Which runs the table shows: by words, state, tags, settings."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.comparison import SETTING, setting_label
from core.runs import STATES
from dashboard.screens.runs.rows import differing, is_number, shown_setting
from dashboard.shared import state
from dashboard.shared.choose_several import choose_several
from dashboard.shared.run_row import DAMAGED

_KEYS = ("runs_states", "tags", "filtered_settings")
_SEARCHED = ("run", "name", "notes", "recipe", "data")


def passing(
    table: pd.DataFrame,
    words: str = "",
    *,
    states: Sequence[str] = (),
    tags: Sequence[str] = (),
    archived: bool = False,
    settings: Mapping[str, Collection[Any]] | None = None,
) -> pd.DataFrame:
    """Return the rows of `rows_of` with all words, any of the states, each tag.

    `settings` are the values that each column of settings may have, as `shown_setting` shows them.
    """

    def passes(row: dict[Hashable, Any]) -> bool:
        line = "\n".join([*(row[name] for name in _SEARCHED), *row["tags"]]).casefold()
        return (
            (archived or not row["archived"])
            and (not states or row["state"] in states)
            and set(tags) <= set(row["tags"])
            and all(word in line for word in words.casefold().split())
        )

    kept = [passes(row) for row in table.to_dict("records")]
    for name, values in (settings or {}).items():
        within = shown_setting(table, name).isin(values)
        kept = [one and other for one, other in zip(kept, within, strict=True)]
    return table.loc[kept]


def find() -> str:
    """Draw the field for words and return them."""
    words = st.text_input(
        "Find",
        key="find",
        bind="query-params",
        type="search",
        placeholder="Name, tag, note, recipe, data set",
        width=260,
    )
    return words or ""


def choose(table: pd.DataFrame) -> dict[str, Any]:
    """Draw the filters that are of use for these runs; return the keywords of `passing`."""
    present = [name for name in (*STATES, DAMAGED) if (table["state"] == name).any()]
    tags = sorted({tag for tags in table["tags"] for tag in tags}, key=str.casefold)
    able = differing(table)
    chosen: dict[str, Any] = {}
    if tags:
        state.check_address("tags", tags, "tag")
    if len(present) < 2 and not tags and not able:
        return chosen
    n = sum(bool(st.session_state.get(key)) for key in _KEYS)
    title = f"Filter ({n})" if n else "Filter"
    with st.popover(title, icon=":material/filter_list:", key="runs_filter", width=150):
        if len(present) > 1:
            chosen["states"] = st.pills("State", present, selection_mode="multi", key="runs_states")
        if tags:
            chosen["tags"] = choose_several("Tags", tags, key="tags", bind="query-params")
        if able:
            chosen["settings"] = _by_settings(table, able)
    return chosen


def _by_settings(table: pd.DataFrame, able: list[str]) -> dict[str, Collection[Any]]:
    """Draw the choice of settings and of their values; return the values by column."""
    names = choose_several(
        "Settings that differ",
        able,
        format_func=lambda name: setting_label(name.removeprefix(SETTING)),
        key="filtered_settings",
        placeholder="Choose settings",
    )
    return {name: _values(table, name) for name in names}


def _values(table: pd.DataFrame, name: str) -> Collection[Any]:
    """Draw the choice among a setting's values: a range of numbers, any of words."""
    values = sorted(shown_setting(table, name).dropna().unique().tolist())
    title = setting_label(name.removeprefix(SETTING))
    # Others, once there are other runs, are another field.
    key = f"filter {name} {values}"
    if is_number(table[name]) and len(values) > 1:
        low, high = st.select_slider(
            title,
            values,
            (values[0], values[-1]),
            key=key,
            format_func=lambda value: f"{value:g}",
        )
        return [value for value in values if low <= value <= high]
    return choose_several(title, values, key=key, placeholder="Any") or values
