"""How long trainings take on this machine: a few passes over made spectra, by the clock."""

from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np

from core.model.config import Recipe
from core.spectra import N_SAMPLES
from core.training.examples import InMemory
from core.training.expected_time import MeasuredTime
from core.training.loop import Record, fit_spectra

PASSES = 3
"""Epochs of a measurement; the first one, which compiles the network, tells the start's time."""


def measure(
    recipe: Recipe,
    n: int,
    n_validation: int,
    *,
    n_devices: int = 1,
    on_pass: Callable[[int], None] = lambda done: None,
) -> MeasuredTime:
    """Train a recipe for `PASSES` epochs on made spectra as real ones are, and time that.

    What is learnt is thrown away. The time does not hang on the values: the spectra are smooth
    curves with noise, n to learn from and `n_validation` to be judged by. `on_pass` is called with
    the number of epochs that are done. The start of Keras does not count, as it does not in what a
    run took (`core.runs.training_seconds`).
    """
    training = replace(recipe.training, epochs=PASSES, early_stopping_patience=None)
    history: list[Record] = []

    def keep(records: list[Record]) -> None:
        history[:] = records
        on_pass(len(records))

    fit_spectra(
        replace(recipe, training=training),
        _made(n, seed=0),
        _made(n_validation, seed=1),
        on_epoch=keep,
        n_devices=n_devices,
    )
    first, *later = (record["seconds"] for record in history)
    usual = median(later)
    return MeasuredTime(max(first - usual, 0.0), usual, n)


def _made(n: int, seed: int) -> InMemory:
    random = np.random.default_rng(seed)
    z = random.uniform(0.01, 0.6, n)
    x = np.linspace(0, 1, N_SAMPLES)
    flux = 1 + np.exp(-(((x - 0.2 - z[:, None]) / 0.1) ** 2))
    error = np.full((n, N_SAMPLES), 0.05)
    return InMemory(flux + random.normal(0, 0.05, flux.shape), error, z)
