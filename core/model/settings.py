"""The settings of a recipe for people: what each is called, and whether it has an effect."""

from core.model.config import Recipe

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
"""What people call each setting, wherever it is shown."""


def counting(recipe: Recipe) -> dict[str, bool]:
    """Return of each setting that may have no effect whether it has one."""
    network, training = recipe.network, recipe.training
    return {
        "padding": bool(network.conv_layers),
        "components": network.head == "mixture",
        "weight_decay": training.optimizer == "adamw",
        "huber_delta": training.loss == "huber",
        "weight_cap": training.weighting != "none",
    }
