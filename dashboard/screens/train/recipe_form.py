"""The form of every hyperparameter, filled with a recipe; it gives back a `Recipe`."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core.config import to_dict
from core.model.config import (
    ACTIVATIONS,
    HEADS,
    MIXTURE_LOSSES,
    OPTIMIZERS,
    PADDINGS,
    POINT_LOSSES,
    SCALINGS,
    SCHEDULES,
    WEIGHTINGS,
    NetworkConfig,
    Recipe,
    TrainingConfig,
)
from dashboard.shared.labels import LABELS
from dashboard.shared.layer_editor import conv_editor, conv_layers, dense_editor, dense_units

LARGEST_SEED = 2**32 - 1  # what Keras takes
MOST_COMPONENTS = 50

SCALING_NAMES = {
    "minmax": "Min-max",
    "standard": "Standard",
    "robust": "Robust",
    "quantile": "Quantile",
    "shape": "Shape + level",
    "shape_noise": "Shape + level + noise",
}
SCALING_HELP = (
    "Fitted on the training part. Min-max, standard, robust (median and IQR) and quantile (to a "
    "normal distribution) take each sample by itself; shape + level divides a spectrum by its own "
    "mean and gives the logarithm of the mean to the dense layers; with noise, those of the noise "
    "of BP and RP as well."
)
HEAD_NAMES = {"point": "A redshift", "mixture": "p(z), a mixture"}
HEAD_HELP = (
    "What the network puts out: one redshift, or a mixture of Gaussians in redshift, from which "
    "come intervals, several possible redshifts, and answers under another prior."
)
LOSS_NAMES = {
    "huber": "Huber",
    "mae": "MAE",
    "mse": "MSE",
    "logcosh": "log cosh",
    "nll": "Likelihood",
    "crps": "CRPS",
}
NOISE_HELP = (
    "Fresh noise that every epoch adds to the training spectra, in units of their errors; 0: none."
)
WEIGHTING_NAMES = {
    "none": "As they come",
    "inverse_density": "Weigh more",
    "balanced": "Drawn more often",
}
WEIGHTING_HELP = (
    "Galaxies at rare redshifts can weigh more in the loss, or be drawn more often, by one over "
    "the density of redshifts: high redshifts are pulled down less, and the rest gets worse. "
    "With p(z), choose a prior when you predict instead."
)
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


def recipe_form(name: str, filled: Recipe, *, network_fixed: bool = False) -> Recipe:
    """Draw the form and return the recipe that stands in it.

    The values of each form are kept for the session, also when another page is
    shown in between.

    Parameters
    ----------
    name : str
        Tells this form from others: that of the preset, or of the run to start from.
    filled : Recipe
        What the form is filled with at first.
    network_fixed : bool
        Whether network and scaling stay as they are, and are not drawn.

    Raises
    ------
    ConfigError
        If the values make no recipe; every widget is drawn first.
    """
    version = st.session_state.setdefault(f"recipe_version.{name}", 0)
    form = _Form(f"recipe.{name}.{version}")
    drawn = None
    if not network_fixed:
        with st.container(border=True):
            drawn = _network(form, filled)
    head = filled.network.head if drawn is None else drawn["head"]
    with st.container(border=True):
        training = _training(form, filled.training, head)
    if drawn is None:
        return replace(filled, training=TrainingConfig(**training))
    scaling, conv_table, dense_table = (
        drawn.pop(each) for each in ("scaling", "conv_table", "dense_table")
    )
    network = NetworkConfig(conv_layers(conv_table), dense_units(dense_table), **drawn)
    return Recipe(network, scaling, TrainingConfig(**training))


def reset_form(name: str) -> None:
    """Fill the form anew with what it began with."""
    st.session_state[f"recipe_version.{name}"] += 1


def changes(recipe: Recipe, filled: Recipe) -> list[str]:
    """Return the labels of the settings in which a recipe differs from that of the first form."""
    ours, theirs = (pd.json_normalize(to_dict(each)).iloc[0] for each in (recipe, filled))
    return [LABELS[name.rpartition(".")[2]] for name in ours.index if ours[name] != theirs[name]]


class _Form:
    """Widgets of one form, each for a setting, whose values outlive a change of page."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def key(self, name: str) -> str:
        return f"{self.prefix}.{name}"

    def common(self, name: str) -> dict[str, Any]:
        return {"label": LABELS[name], "key": self.key(name), "persist_state": "session"}

    def choice(
        self,
        name: str,
        known: tuple[str, ...],
        value: str,
        names: dict[str, str],
        help: str | None = None,
        key: str | None = None,
    ) -> str:
        chosen = st.selectbox(
            options=known,
            index=known.index(value) if value in known else 0,
            format_func=lambda each: names.get(each, each),
            help=help,
            **self.common(name) | {"key": self.key(key or name)},
        )
        return str(chosen)

    def whole(self, name: str, value: int, low: int, high: int | None = None) -> int:
        return int(
            st.number_input(min_value=low, max_value=high, value=value, step=1, **self.common(name))
        )

    def real(self, name: str, value: float, step: float, help: str | None = None) -> float:
        return float(
            st.number_input(
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
    left, right = st.columns([7, 3], gap="medium")
    with left:
        st.caption("Convolution layers over the 186 samples")
        convolutions = conv_editor(form.key("conv_layers"), network.conv_layers)
    with right:
        st.caption("Dense layers behind them")
        dense = dense_editor(form.key("dense_units"), network.dense_units)
    first, second, third = st.columns([5, 4, 6])
    with first:
        head = form.choice("head", HEADS, network.head, HEAD_NAMES, HEAD_HELP)
    components = network.components
    if head == "mixture":
        with second:
            components = form.whole("components", components, 1, MOST_COMPONENTS)
    with third:
        scaling = form.choice("scaling", SCALINGS, preset.scaling, SCALING_NAMES, SCALING_HELP)
    first, second, third = st.columns([5, 4, 6])
    with first:
        activation = form.choice("activation", ACTIVATIONS, network.activation, {})
    with second:
        padding = form.choice("padding", PADDINGS, network.padding, PADDING_NAMES)
    with third:
        dropout = st.slider(
            min_value=0.0,
            max_value=0.9,
            value=network.dropout,
            step=0.05,
            **form.common("dropout"),
        )
    return {
        "conv_table": convolutions,
        "dense_table": dense,
        "scaling": scaling,
        "activation": activation,
        "padding": padding,
        "dropout": dropout,
        "head": head,
        "components": components,
    }


def _training(form: _Form, preset: TrainingConfig, head: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    st.markdown("**Training**")
    first, second, third, fourth = st.columns(4)
    with first:
        # Heads have losses of their own, and a field each, which keeps what was chosen in it.
        losses = MIXTURE_LOSSES if head == "mixture" else POINT_LOSSES
        values["loss"] = form.choice("loss", losses, preset.loss, LOSS_NAMES, key=f"loss.{head}")
        values["huber_delta"] = preset.huber_delta
        if values["loss"] == "huber":
            values["huber_delta"] = form.real(
                "huber_delta",
                preset.huber_delta,
                0.1,
                "|z_pred - z_spec| from which the loss grows linearly instead of quadratically.",
            )
    with second:
        values["optimizer"] = form.choice(
            "optimizer", OPTIMIZERS, preset.optimizer, OPTIMIZER_NAMES
        )
        values["weight_decay"] = preset.weight_decay
        if values["optimizer"] == "adamw":
            values["weight_decay"] = form.real("weight_decay", preset.weight_decay, 0.001)
    with third:
        values["learning_rate"] = form.real("learning_rate", preset.learning_rate, 0.0001)
        values["warmup_epochs"] = form.real(
            "warmup_epochs",
            preset.warmup_epochs,
            0.5,
            "The learning rate rises linearly from zero over these epochs.",
        )
    with fourth:
        values["schedule"] = form.choice("schedule", SCHEDULES, preset.schedule, SCHEDULE_NAMES)
        values["seed"] = form.whole("seed", preset.seed, 0, LARGEST_SEED)
    first, second, third, fourth = st.columns(4, vertical_alignment="bottom")
    with first:
        values["batch_size"] = form.whole("batch_size", preset.batch_size, 1)
    with second:
        values["epochs"] = form.whole("epochs", preset.epochs, 1)
    with third:
        patience = st.number_input(
            min_value=0,
            value=preset.early_stopping_patience or 0,
            step=1,
            help="Stop after so many epochs without a lower validation loss; 0: never.",
            **form.common("early_stopping_patience"),
        )
        values["early_stopping_patience"] = int(patience) or None
    with fourth:
        values["restore_best_weights"] = (
            form.choice(
                "restore_best_weights",
                ("best", "last"),
                "best" if preset.restore_best_weights else "last",
                {"best": "Best epoch", "last": "Last epoch"},
            )
            == "best"
        )
    first, second, third, _ = st.columns(4, vertical_alignment="bottom")
    with first:
        values["noise_augmentation"] = form.real(
            "noise_augmentation", preset.noise_augmentation, 0.1, NOISE_HELP
        )
    values["weighting"], values["weight_cap"] = "none", preset.weight_cap
    if head == "point":
        with second:
            values["weighting"] = form.choice(
                "weighting", WEIGHTINGS, preset.weighting, WEIGHTING_NAMES, WEIGHTING_HELP
            )
    if values["weighting"] != "none":
        with third:
            values["weight_cap"] = form.real(
                "weight_cap",
                preset.weight_cap,
                1.0,
                "Weight of the rarest redshifts over that of the most common.",
            )
    return values
