"""The recipes that come with xpz."""

import functools
from dataclasses import replace
from typing import Any

from core.config import require
from core.did_you_mean import alike
from core.model.config import ConvLayer, NetworkConfig, Recipe, TrainingConfig

# Table 2 of the dissertation: 699,073 parameters, min-max scaling, no early stopping.
DISSERTATION = Recipe(
    network=NetworkConfig(
        conv_layers=(
            ConvLayer(filters=256, kernel_size=5, pool_size=2),
            ConvLayer(filters=256, kernel_size=5, pool_size=2),
            ConvLayer(filters=128, kernel_size=3, pool_size=2),
            ConvLayer(filters=64, kernel_size=2, pool_size=2),
        ),
        dense_units=(256, 256, 128, 64),
    ),
    scaling="minmax",
    training=TrainingConfig(
        optimizer="adamax",
        learning_rate=0.001,
        loss="huber",
        huber_delta=1.0,
        batch_size=16,
        epochs=20,
    ),
)

# Chosen by the study in docs/network-study.md. Dense layers alone do as well as with convolutions
# in front of them, at less than half the cost: at this resolution there are no narrow features to
# look for, and every sample has a weight of its own. The noise of the spectrum is an input, since
# p(z) widens with it. Fresh noise in every epoch and the strong decay keep the network from
# learning the noise of the training part. `huber_delta`, near the error of a typical galaxy, is for
# those who choose a point head.
COMPACT = Recipe(
    network=NetworkConfig(
        conv_layers=(), dense_units=(512, 256, 128), activation="silu", head="mixture", components=5
    ),
    scaling="shape_noise",
    training=TrainingConfig(
        optimizer="adamw",
        learning_rate=0.003,
        weight_decay=0.4,
        loss="nll",
        huber_delta=0.03,
        schedule="cosine",
        warmup_epochs=2.0,
        batch_size=128,
        epochs=40,
        noise_augmentation=1.5,
    ),
)

# For some ten thousand spectra and fewer. They are too few to learn by themselves that neighbouring
# samples belong together, which convolutions know: 1.6 % better there, at three times the cost.
COMPACT_FEW = replace(
    COMPACT,
    network=replace(
        COMPACT.network,
        conv_layers=(
            ConvLayer(filters=32, kernel_size=9, strides=3),
            ConvLayer(filters=48, kernel_size=5, strides=2),
            ConvLayer(filters=64, kernel_size=5, strides=2),
        ),
        padding="same",
    ),
    training=replace(COMPACT.training, weight_decay=0.2),
)

# For several hundred thousand spectra, which can teach a wider network, need less to keep it from
# learning their noise, and show it more of them in an epoch. The wider network wants smaller steps.
COMPACT_SURVEY = replace(
    COMPACT,
    network=replace(COMPACT.network, dense_units=(1024, 512, 256)),
    training=replace(
        COMPACT.training,
        learning_rate=0.0015,
        weight_decay=0.1,
        batch_size=256,
        epochs=12,
        noise_augmentation=0.7,
    ),
)

PRESETS: dict[str, Recipe] = {
    "dissertation": DISSERTATION,
    "compact": COMPACT,
    "compact-few": COMPACT_FEW,
    "compact-survey": COMPACT_SURVEY,
}

FEW, MANY = 40_000, 300_000
"""Galaxies of a data set up to which, and from which, they are few and many for `compact`."""


def suited_preset(n_galaxies: int) -> str:
    """Return that of the presets with p(z) which was chosen for data sets of this size."""
    if n_galaxies <= FEW:
        return "compact-few"
    return "compact-survey" if n_galaxies >= MANY else "compact"


def preset_of(recipe: Recipe) -> str | None:
    """Return the name of the preset that a recipe is, None if it is none.

    The seed may be another, and settings without effect as well: all else, epochs included, decides
    what a training comes to.
    """
    own = recipe.effective
    return next((name for name in PRESETS if _effective(name) == own), None)


def id_of(recipe: Recipe) -> str:
    """Return how the id of a run of a recipe begins: like its preset, or that it is an own one."""
    return preset_of(recipe) or "own-recipe"


@functools.cache  # lists ask it of thousands of runs
def _effective(preset: str) -> dict[str, Any]:
    return PRESETS[preset].effective


def get_preset(name: str) -> Recipe:
    """Return the preset `name`.

    Raises
    ------
    ConfigError
        If there is no such preset.
    """
    require(
        name in PRESETS,
        f"Unknown preset '{name}': expected one of {', '.join(PRESETS)}.{alike(name, PRESETS)}",
    )
    return PRESETS[name]
