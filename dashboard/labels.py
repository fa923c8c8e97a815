"""What people call settings and flags: one name for each, wherever it is shown."""

import re

from core.prediction.flags import Flag

LABELS = {
    "conv_layers": "Convolution layers",
    "filters": "Filters",
    "kernel_size": "Kernel",
    "strides": "Stride",
    "pool_size": "Pool",
    "dense_units": "Dense layers",
    "dense_layers": "Dense layers",
    "units": "Units",
    "scaling": "Scaling",
    "activation": "Activation",
    "padding": "Padding",
    "dropout": "Dropout",
    "head": "Head",
    "components": "Gaussians",
    "loss": "Loss",
    "density_loss": "Loss of p(z)",
    "huber_delta": "Huber delta [redshift]",
    "optimizer": "Optimiser",
    "weight_decay": "Weight decay",
    "learning_rate": "Learning rate",
    "warmup_epochs": "Warm-up [epochs]",
    "schedule": "Schedule",
    "seed": "Seed",
    "batch_size": "Batch size",
    "epochs": "Epochs",
    "early_stopping_patience": "Early stop [epochs]",
    "restore_best_weights": "Weights to keep",
    "noise_augmentation": "Added noise [error]",
    "weighting": "Rare redshifts",
    "weight_cap": "Largest weight",
}
FLAG_NAMES = {
    flag: str(flag.name).lower().replace("_", " ").replace("low sn", "low S/N") for flag in Flag
}
_FIELD = re.compile(r"\b(?:ConvLayer|NetworkConfig|TrainingConfig|Recipe)\.(\w+)")


def label_of(name: str) -> str:
    """Return what people call a setting; one of a layer's, like 'filters_2', ends in its number."""
    stem, _, number = name.rpartition("_")
    return f"{LABELS[stem]} {number}" if number.isdigit() and stem in LABELS else LABELS[name]


def in_words(message: str) -> str:
    """Return a message about a configuration with each setting called as the form calls it."""
    return _FIELD.sub(lambda found: LABELS.get(found[1], found[0]), message)
