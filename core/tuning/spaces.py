"""The spaces that come with xpz: around the dissertation's network, and around ours."""

from typing import Any

from core.model.presets import COMPACT, DISSERTATION
from core.tuning.dimension import Dimension
from core.tuning.space import Space


def _choice(name: str, *values: Any) -> Dimension:
    return Dimension(name, "choice", values=values)


# What the dissertation varied: the number of convolutions, the filters and the kernel of each, the
# number of dense layers, the units of each, the activation, the loss and the optimiser. It names
# no ranges; these hold the architecture that it found (Table 2) well inside.
_DISSERTATION = Space(
    "dissertation",
    DISSERTATION,
    (
        Dimension("conv_layers", "int", 1, 5),
        *(_choice(f"filters_{i}", 32, 64, 128, 256) for i in range(1, 6)),
        *(Dimension(f"kernel_size_{i}", "int", 2, 5) for i in range(1, 6)),
        *(_choice(f"pool_size_{i}", 2) for i in range(1, 6)),
        Dimension("dense_layers", "int", 1, 5),
        *(_choice(f"units_{i}", 32, 64, 128, 256, 512) for i in range(1, 6)),
        _choice("activation", "relu", "elu", "selu", "tanh"),
        _choice("loss", "huber", "mae", "mse", "logcosh"),
        _choice("optimizer", "adamax", "adam", "nadam", "rmsprop"),
    ),
)

# Around the preset, whose study (docs/network-study.md) says what is worth a look.
_COMPACT = Space(
    "compact",
    COMPACT,
    (
        _choice("scaling", "shape", "shape_noise"),
        Dimension("components", "int", 3, 8),
        Dimension("dense_layers", "int", 2, 4),
        *(_choice(f"units_{i}", 64, 128, 256, 512, 768) for i in range(1, 5)),
        _choice("activation", "silu", "relu", "elu"),
        Dimension("dropout", "float", 0.0, 0.2),
        _choice("density_loss", "nll", "crps"),
        Dimension("learning_rate", "float", 0.001, 0.01, log=True),
        Dimension("weight_decay", "float", 0.05, 1.0, log=True),
        _choice("batch_size", 64, 128, 256),
        Dimension("noise_augmentation", "float", 0.0, 2.5),
    ),
)

SPACES = {space.name: space for space in (_COMPACT, _DISSERTATION)}


def name_of_space(space: Space) -> str:
    """Return what people call a space; one that has but the name of ours is that one, edited."""
    ours = SPACES.get(space.name)
    return space.name if ours is None or space == ours else f"{space.name}, edited"
