"""The form of every hyperparameter, filled with a recipe; it gives back a `Recipe`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.config import to_dict
from core.model import (
    LABELS,
    LOSSES_OF,
    SETTINGS,
    NetworkConfig,
    Recipe,
    Setting,
    TrainingConfig,
    conditions,
    counts,
    settings_of,
)
from core.training import of_warmup
from dashboard.shared.layer_editor import conv_editor, conv_layers, dense_editor, dense_units
from dashboard.shared.number_field import number_field
from dashboard.shared.ways import SETTINGS_KEY

NETWORK = (*settings_of(NetworkConfig), *settings_of(Recipe))
TRAINING = tuple(settings_of(TrainingConfig))

# What most people look at, row by row of its column; all other settings are further ones.
NETWORK_ROWS = (("head",), ("scaling",), ("activation", "components"))
TRAINING_ROWS = (
    ("epochs", "batch_size"),
    ("learning_rate",),
    ("loss",),
    ("early_stopping_patience", "seed"),
)
FOREMOST = {name for row in (*NETWORK_ROWS, *TRAINING_ROWS) for name in row}
FURTHER_WIDTH = 4  # settings in a row


@dataclass(frozen=True)
class Places:
    """Containers that the form is drawn into.

    Attributes
    ----------
    network, training : DeltaGenerator
        Of the foremost settings.
    convolutions, dense : DeltaGenerator
        Of the tables of layers.
    further : DeltaGenerator
        Of all other settings, in rows of `FURTHER_WIDTH`.
    cells : tuple of DeltaGenerator
        Above it, where the first of these stand.
    """

    network: Any
    training: Any
    convolutions: Any
    dense: Any
    further: Any
    cells: tuple[Any, ...]


def recipe_form(
    name: str, filled: Recipe, places: Places, *, network_fixed: bool = False
) -> Recipe:
    """Draw the form, filled with a recipe at first, and return the recipe that stands in it.

    Each form, told from others by `name`, keeps its values for the session. With `network_fixed`,
    network and scaling stay as they are and are not drawn. Raises a `ConfigError` if the values
    make no recipe; every widget is drawn first.
    """
    asked_for, settings = st.session_state.get(SETTINGS_KEY, ("", {}))
    st.session_state.setdefault(f"recipe_version.{name}", 0)
    if asked_for == name:
        del st.session_state[SETTINGS_KEY]
        reset_form(name)
    prefix = f"recipe.{name}.{st.session_state[f'recipe_version.{name}']}"
    if asked_for == name:
        for setting, value in settings.items():
            st.session_state[f"{prefix}.{setting}"] = value
    values, network = filled.settings, filled.network
    drawn: list[str] = []
    if not network_fixed:
        with places.convolutions:
            convolutions = conv_editor(f"{prefix}.conv_layers", network.conv_layers)
        with places.dense:
            dense = dense_editor(f"{prefix}.dense_units", network.dense_units)
        # Whether there are any decides what counts; they are read when all is drawn.
        values |= {"conv_layers": len(convolutions), "dense_units": len(dense)}
        with places.network:
            _draw_rows(prefix, NETWORK_ROWS, values)
        drawn += NETWORK
        suited = filled.with_settings({"head": values["head"]}).settings
        values |= {each: suited[each] for each in TRAINING}
    with places.training:
        _draw_rows(prefix, TRAINING_ROWS, values)
    drawn += TRAINING
    with places.further:
        names = [each for each in drawn if each not in FOREMOST]
        _draw_grid(prefix, names, values, iter(places.cells))
    if not network_fixed:
        values |= {"conv_layers": conv_layers(convolutions), "dense_units": dense_units(dense)}
    return filled.with_settings(values)


def reset_form(name: str) -> None:
    """Fill the form anew with what it began with."""
    st.session_state[f"recipe_version.{name}"] += 1


def changes(recipe: Recipe, filled: Recipe) -> list[str]:
    """Return the labels of the settings in which a recipe differs from that of the first form."""
    ours, theirs = (pd.json_normalize(to_dict(each)).iloc[0] for each in (recipe, filled))
    return [LABELS[name.rpartition(".")[2]] for name in ours.index if ours[name] != theirs[name]]


def _draw_rows(prefix: str, rows: Sequence[Sequence[str]], values: dict[str, Any]) -> None:
    """Draw the settings that count, as many rows as there are, and put in what is chosen."""
    for row in rows:
        cells = st.columns(len(row), vertical_alignment="bottom")
        for cell, name in zip(cells, row, strict=True):
            if counts(name, values):
                with cell:
                    values[name] = _field(prefix, name, values)


def _draw_grid(
    prefix: str, names: Sequence[str], values: dict[str, Any], free: Iterator[Any]
) -> None:
    """Draw the settings that count, in the `free` cells and new rows, and put in what is chosen.

    Those that hang on another of these come last, so that nothing moves when they go.
    """
    drawn = [name for name in names if SETTINGS[name].open]
    for name in sorted(drawn, key=lambda name: bool(conditions(name, SETTINGS).keys() & {*drawn})):
        if not counts(name, values):
            continue
        cell = next(free, None)
        if cell is None:
            free = iter(st.columns(FURTHER_WIDTH))
            cell = next(free)
        with cell:
            values[name] = _field(prefix, name, values)
            if name == "warmup_epochs" and of_warmup(values["epochs"], values[name]):
                st.markdown(":small[Not shorter than the training: it is cut short.]")


def _field(prefix: str, name: str, values: dict[str, Any]) -> Any:
    """Draw the field of one setting, whose value outlives a change of page; return the value."""
    one, value, key, choices = SETTINGS[name], values[name], name, SETTINGS[name].choices
    if name == "loss":
        # Heads have losses of their own, and a field each, which keeps what was chosen in it.
        key, choices = f"loss.{values['head']}", LOSSES_OF[values["head"]]
    common: dict[str, Any] = {
        "label": one.label,
        "key": f"{prefix}.{key}",
        "help": one.about or None,
    }
    if choices:
        options = list(choices)
        chosen = options.index(value)
        return st.selectbox(
            options=options,
            index=chosen,
            format_func=choices.__getitem__,
            persist_state="session",
            **common,
        )
    return _number(one, value, common)


def _number(one: Setting, value: Any, common: dict[str, Any]) -> Any:
    low = 0 if one.optional else one.at_least
    if one.below is not None:  # a share
        ends: dict[str, Any] = {"min_value": float(low), "max_value": one.most, "step": one.step}
        return float(st.slider(value=value, persist_state="session", **ends, **common))
    most, begin = one.most or one.at_most, value or low
    if one.kind == "int":
        found = number_field(value=begin, low=low, high=most, **common)
        return found or None if one.optional else found
    begin = float(begin)
    how: dict[str, Any] = {"above": one.above, "why_high": one.why_most}
    return number_field(value=begin, low=low, high=most, **how, **common)
