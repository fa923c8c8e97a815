"""What the form of a training stands for: parameters, layers, parts of the data."""

import math

import pandas as pd
import streamlit as st

from core.data import DatasetEntry, SplitConfig
from core.model import LABELS, Layer, Recipe
from dashboard.screens.train.basis import Basis
from dashboard.screens.train.recipe_form import changes
from dashboard.shared.messages import plain
from dashboard.shared.shown import NUMBER, show_table

LARGEST_BATCH_OF_FEW = 1024
"""Spectra of a batch that small data sets need not have: presets are made for larger ones."""


def batch_too_large(recipe: Recipe, entry: DatasetEntry, split: SplitConfig) -> str:
    """Say that a batch is larger than all that there is to train with; nothing if it is not."""
    n, n_train = recipe.training.batch_size, _parts(entry, split)[0]
    if n <= max(n_train, LARGEST_BATCH_OF_FEW):
        return ""
    return (
        f"{LABELS['batch_size']}: expected at most the training part, about {n_train:,.0f} "
        f"galaxies; received {n:,}."
    )


def _parts(entry: DatasetEntry, split: SplitConfig) -> tuple[float, float, float]:
    """Return about how many galaxies are to train, to validate and to test."""
    n_test = entry.card.n_galaxies * split.test_fraction
    n_validation = (entry.card.n_galaxies - n_test) * split.validation_fraction
    return entry.card.n_galaxies - n_test - n_validation, n_validation, n_test


def show(
    recipe: Recipe, layers: list[Layer], basis: Basis, entry: DatasetEntry, split: SplitConfig
) -> None:
    """Say what the form stands for: parameters, layers, parts of the data."""
    n_train, n_validation, n_test = _parts(entry, split)
    left, right = st.columns(2)
    left.metric("Parameters", f"{sum(layer.parameters for layer in layers):,}", border=True)
    right.metric(
        "Steps per epoch",
        f"≈ {math.ceil(n_train / recipe.training.batch_size):,}",
        help=(
            "Batches of the training part. Approximate: a hash of its id assigns each galaxy to "
            "a part, so the parts are close to the requested shares."
        ),
        border=True,
    )
    st.caption(
        f"About {n_train:,.0f} galaxies to train, {n_validation:,.0f} to validate, "
        f"{n_test:,.0f} to test."
    )
    differing = changes(recipe, basis.recipe)
    if differing:
        st.caption(f"Differs from *{plain(basis.title)}* in: {', '.join(differing)}.")
    else:
        what = "The preset" if basis.run is None else "The"
        st.caption(f"{what} *{plain(basis.title)}*, unchanged.")
    table = pd.DataFrame(
        {
            "Layer": [layer.name for layer in layers],
            "Output": [" × ".join(map(str, layer.output_shape)) for layer in layers],
            "Parameters": [layer.parameters for layer in layers],
        }
    )
    show_table(
        table,
        None,
        "Layers of the network with output shape and number of parameters",
        "Layers",
        table,
        f"{basis.name}-layers",
        column_config={"Parameters": NUMBER(format="localized")},
    )
