"""The two recipes that come with xpz."""

from core.config import require
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

# Strides in place of pooling: the convolutions cost a tenth, and the flux level goes straight
# to the dense layers, so that the convolutions see the shape of the spectrum alone.
COMPACT = Recipe(
    network=NetworkConfig(
        conv_layers=(
            ConvLayer(filters=32, kernel_size=9, strides=3),
            ConvLayer(filters=48, kernel_size=5, strides=2),
            ConvLayer(filters=64, kernel_size=5, strides=2),
        ),
        dense_units=(256, 128),
        activation="silu",
        padding="same",
    ),
    scaling="shape",
    training=TrainingConfig(
        optimizer="adamw",
        learning_rate=0.001,
        weight_decay=0.01,
        loss="mae",
        schedule="cosine",
        warmup_epochs=1.0,
        batch_size=64,
        epochs=30,
    ),
)

PRESETS: dict[str, Recipe] = {"dissertation": DISSERTATION, "compact": COMPACT}


def get_preset(name: str) -> Recipe:
    """Return the preset `name`.

    Raises
    ------
    ConfigError
        If there is no such preset.
    """
    require(
        name in PRESETS,
        f"Unknown preset '{name}': expected one of {', '.join(PRESETS)}.",
    )
    return PRESETS[name]
