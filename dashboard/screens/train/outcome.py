"""What the form of a training stands for: parameters, layers, parts of the data, time."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.data import DatasetEntry, SplitConfig
from core.model import Layer, Recipe, as_cell
from core.questions import BESIDE, EXPECTED_TIME, Expected
from dashboard.screens.train.basis import Basis
from dashboard.screens.train.expected import expected, question_of, show_measuring
from dashboard.screens.train.recipe_form import changes
from dashboard.shared.job_form import Asked
from dashboard.shared.messages import plain
from dashboard.shared.shown import NUMBER, show_table


def show(
    recipe: Recipe, layers: list[Layer], basis: Basis, entry: DatasetEntry, how: Asked
) -> None:
    """Say what the form stands for, and how long it may take."""
    n_train, n_validation, _ = how.split.sizes(entry.card.n_galaxies)
    about = question_of(recipe, how, n_train, n_validation)
    known = expected(recipe, n_train, about)
    _show_numbers(recipe, layers, entry, how.split, known)
    words, button = st.columns([3, 1], vertical_alignment="center", gap="small")
    with words:
        _show_basis(recipe, basis)
        if known is not None:
            st.caption(f"{EXPECTED_TIME}: {plain(known.source)}.")
    with button:
        show_measuring(about, known)


def _show_basis(recipe: Recipe, basis: Basis) -> None:
    """Say in what the form differs from what it began with."""
    differing = changes(recipe, basis.recipe)
    if differing:
        st.caption(f"Differs from *{plain(basis.title)}* in: {', '.join(differing)}.")
    else:
        what = "The preset" if basis.run is None else "The"
        st.caption(f"{what} *{plain(basis.title)}*, unchanged.")


def _show_numbers(
    recipe: Recipe,
    layers: list[Layer],
    entry: DatasetEntry,
    split: SplitConfig,
    known: Expected | None,
) -> None:
    """Draw what the form comes to: parameters, galaxies, steps, time."""
    n_train, n_validation, n_test = split.sizes(entry.card.n_galaxies)
    with st.container(key="numbers"):
        parameters, galaxies, steps, seconds = st.columns(4, gap="small")
    how: dict[str, Any] = {"border": True, "height": "stretch"}
    parameters.metric("Parameters", f"{sum(layer.parameters for layer in layers):,}", **how)
    galaxies.metric(
        "Galaxies to train",
        f"≈ {n_train:,.0f}",
        help=(
            f"And about {n_validation:,.0f} to validate, {n_test:,.0f} to test. Approximate: a "
            "hash of its id assigns each galaxy to a part, so the parts are close to the requested "
            "shares."
        ),
        **how,
    )
    steps.metric(
        "Steps per epoch",
        f"≈ {math.ceil(n_train / recipe.training.batch_size):,}",
        help="Batches of the training part.",
        **how,
    )
    seconds.metric(
        EXPECTED_TIME,
        None if known is None else _time(known),
        help=(
            f"Of {n_of(recipe.training.epochs, 'epoch')}, if none is spared by an early stop: "
            f"{'not known yet' if known is None else plain(known.source)}. {BESIDE}"
        ),
        **how,
    )


def _time(known: Expected) -> str:
    words = known.words.removeprefix("about ")
    return words if known.is_rough or not words[0].isdigit() else f"≈ {words}"


def show_layers(layers: list[Layer], basis: Basis) -> None:
    """Draw the layers of the network."""
    table = pd.DataFrame(
        {
            "name": [layer.name for layer in layers],
            "kind": [layer.kind for layer in layers],
            "output_shape": [as_cell(layer.output_shape) for layer in layers],
            "parameters": [layer.parameters for layer in layers],
        }
    )
    show_table(
        table.assign(
            output_shape=[" × ".join(map(str, layer.output_shape)) for layer in layers],
        ),
        _LAYERS,
        "Layers of the network with output shape and number of parameters",
        "Layers",
        table,
        f"{basis.name}-layers",
    )


_LAYERS: dict[str, Any] = {
    "name": "Layer",
    "output_shape": "Output",
    "parameters": NUMBER("Parameters", format="localized"),
}


def in_short(recipe: Recipe) -> str:
    """Return the layers of a network in a line, as Markdown."""
    network = recipe.network
    found = []
    if network.conv_layers:
        found.append(f"convolutions {', '.join(str(each.filters) for each in network.conv_layers)}")
    if network.dense_units:
        found.append(f"dense {', '.join(map(str, network.dense_units))}")
    return f"Layers: {'; '.join(found) or 'none but the output'}"
