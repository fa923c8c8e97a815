"""The form of every hyperparameter, filled from a preset; it gives back a `Recipe`."""

from typing import Any

import pandas as pd
import streamlit as st

from core.config import to_dict
from core.errors import ConfigError
from core.model.config import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    PADDINGS,
    SCALINGS,
    SCHEDULES,
    NetworkConfig,
    Recipe,
    TrainingConfig,
)
from dashboard.conv_editor import conv_editor, conv_layers

SCALING_NAMES = {
    "minmax": "Min-max per sample",
    "standard": "Standard per sample",
    "robust": "Robust (median, IQR)",
    "quantile": "Quantile to normal",
    "shape": "Shape and amplitude",
}
LOSS_NAMES = {"huber": "Huber", "mae": "MAE", "mse": "MSE", "logcosh": "log cosh"}
OPTIMIZER_NAMES = {
    "adamax": "Adamax",
    "adam": "Adam",
    "adamw": "AdamW",
    "nadam": "Nadam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}
PADDING_NAMES = {"valid": "None (valid)", "same": "Zeros (same)"}
SCHEDULE_NAMES = {"constant": "Constant", "cosine": "Cosine to zero"}


def recipe_form(preset_name: str, preset: Recipe) -> Recipe:
    """Draw the form and return the recipe that stands in it.

    The values of each preset's form are kept for the session, also when another
    page is shown in between.

    Raises
    ------
    ConfigError
        If the values make no recipe; every widget is drawn first.
    """
    version = st.session_state.setdefault(f"recipe_version.{preset_name}", 0)
    form = _Form(f"recipe.{preset_name}.{version}")
    with st.container(border=True):
        network = _network(form, preset)
    with st.container(border=True):
        training = _training(form, preset.training)
    return Recipe(
        network=NetworkConfig(
            conv_layers=conv_layers(network.pop("conv_table")),
            dense_units=parse_units(network.pop("dense_text")),
            activation=network.pop("activation"),
            padding=network.pop("padding"),
            dropout=network.pop("dropout"),
        ),
        scaling=network.pop("scaling"),
        training=TrainingConfig(**training),
    )


def reset_form(preset_name: str) -> None:
    """Fill the form anew from its preset."""
    st.session_state[f"recipe_version.{preset_name}"] += 1


def changes(recipe: Recipe, preset: Recipe) -> list[str]:
    """Return the names of the settings in which a recipe differs from its preset."""
    ours, theirs = (pd.json_normalize(to_dict(each)).iloc[0] for each in (recipe, preset))
    return [name.rpartition(".")[2] for name in ours.index if ours[name] != theirs[name]]


def parse_units(text: str) -> tuple[int, ...]:
    """Read the dense layers from text such as '256, 128'; empty: none.

    Raises
    ------
    ConfigError
        If a word is no whole number.
    """
    words = text.replace(",", " ").split()
    for word in words:
        if not word.isdecimal():
            raise ConfigError(
                f"Dense layers: expected whole numbers such as '256, 128', received '{word}'."
            )
    return tuple(int(word) for word in words)


class _Form:
    """Widgets with keys of one form, whose values outlive a change of page."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def common(self, name: str) -> dict[str, Any]:
        return {"key": f"{self.prefix}.{name}", "persist_state": "session"}

    def choice(
        self, label: str, name: str, known: tuple[str, ...], value: str, names: dict[str, str]
    ) -> str:
        chosen = st.selectbox(
            label,
            known,
            index=known.index(value),
            format_func=lambda each: names.get(each, each),
            **self.common(name),
        )
        return str(chosen)

    def whole(self, label: str, name: str, value: int, low: int, help: str | None = None) -> int:
        return int(
            st.number_input(
                label, min_value=low, value=value, step=1, help=help, **self.common(name)
            )
        )

    def real(
        self, label: str, name: str, value: float, step: float, help: str | None = None
    ) -> float:
        return float(
            st.number_input(
                label,
                min_value=0.0,
                value=value,
                step=step,
                format="%g",
                help=help,
                **self.common(name),
            )
        )


def _network(form: _Form, preset: Recipe) -> dict[str, Any]:
    network = preset.network
    st.markdown("**Network**")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.caption("Convolution layers over the 186 samples, first to last")
        table = conv_editor(f"{form.prefix}.conv", network.conv_layers)
        dense = st.text_input(
            "Dense layers (units, first to last)",
            value=", ".join(map(str, network.dense_units)),
            help="They stand between the convolutions and the output z, e.g. 256, 128.",
            **form.common("dense"),
        )
    with right:
        scaling = form.choice("Scaling", "scaling", SCALINGS, preset.scaling, SCALING_NAMES)
        activation = form.choice("Activation", "activation", ACTIVATIONS, network.activation, {})
        padding = form.choice("Padding", "padding", PADDINGS, network.padding, PADDING_NAMES)
        dropout = st.slider("Dropout", 0.0, 0.9, network.dropout, 0.05, **form.common("dropout"))
    return {
        "conv_table": table,
        "dense_text": dense,
        "scaling": scaling,
        "activation": activation,
        "padding": padding,
        "dropout": dropout,
    }


def _training(form: _Form, preset: TrainingConfig) -> dict[str, Any]:
    values: dict[str, Any] = {}
    st.markdown("**Training**")
    first, second, third, fourth = st.columns(4)
    with first:
        values["loss"] = form.choice("Loss", "loss", LOSSES, preset.loss, LOSS_NAMES)
        values["huber_delta"] = preset.huber_delta
        if values["loss"] == "huber":
            values["huber_delta"] = form.real(
                "Huber delta",
                "delta",
                preset.huber_delta,
                0.1,
                "Error in z from which the loss grows linearly instead of quadratically.",
            )
    with second:
        values["optimizer"] = form.choice(
            "Optimiser", "optimizer", OPTIMIZERS, preset.optimizer, OPTIMIZER_NAMES
        )
        values["weight_decay"] = preset.weight_decay
        if values["optimizer"] == "adamw":
            values["weight_decay"] = form.real("Weight decay", "decay", preset.weight_decay, 0.001)
    with third:
        values["learning_rate"] = form.real("Learning rate", "rate", preset.learning_rate, 0.0001)
        values["warmup_epochs"] = form.real(
            "Warm-up [epochs]",
            "warmup",
            preset.warmup_epochs,
            0.5,
            "The learning rate rises linearly from zero over these epochs.",
        )
    with fourth:
        values["schedule"] = form.choice(
            "Schedule", "schedule", SCHEDULES, preset.schedule, SCHEDULE_NAMES
        )
        values["seed"] = form.whole("Seed", "seed", preset.seed, 0)
    first, second, third, fourth = st.columns(4)
    with first:
        values["batch_size"] = form.whole("Batch size", "batch", preset.batch_size, 1)
    with second:
        values["epochs"] = form.whole("Epochs", "epochs", preset.epochs, 1)
    with third:
        patience = st.number_input(
            "Early stopping",
            min_value=1,
            value=preset.early_stopping_patience,
            step=1,
            placeholder="never",
            help="Stop after so many epochs without a lower validation loss; empty: never.",
            **form.common("patience"),
        )
        values["early_stopping_patience"] = None if patience is None else int(patience)
    with fourth:
        values["restore_best_weights"] = (
            form.choice(
                "Weights to keep",
                "weights",
                ("best", "last"),
                "best" if preset.restore_best_weights else "last",
                {"best": "Best epoch", "last": "Last epoch"},
            )
            == "best"
        )
    return values
