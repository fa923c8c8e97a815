"""Epochs of a training: many batches in one call, so that the device never waits for the host."""

import time
from collections.abc import Callable, Iterable, Iterator

import keras
import numpy as np

from core.training.steps import Block, KerasSteps, Steps

SECONDS_PER_CALL = 0.25
"""[s] How long the device works on its own before the host looks whether to stop."""

FIRST_CALL = 8
"""Batches of the first call, whose time nobody knows."""


class Epochs:
    """All batches of one epoch after the other, for a network to learn from or to be judged by."""

    def __init__(self, model: keras.Model, batch_size: int, *, learns: bool) -> None:
        self._steps = steps_of(model, batch_size, learns=learns)
        self._batch_size = batch_size
        self._pace = Pace()

    def take(
        self, blocks: Iterable[Block], after: Callable[[int, dict[str, float]], None]
    ) -> dict[str, float]:
        """Take all batches of an epoch's blocks; return its loss and MAE.

        `after` is called after each call of the device with the number of batches that are done,
        and the loss and MAE so far.
        """
        self._steps.begin()
        done, logs = 0, {}
        for block in blocks:
            self._steps.put(block)
            n_batches = -(-len(block.order) // self._batch_size)
            for first, last in self._pace.calls(n_batches):
                logs = self._steps.take(first, last)
                after(done + last, logs)
            done += n_batches
        self._steps.end()
        return logs


def steps_of(model: keras.Model, batch_size: int, *, learns: bool) -> Steps:
    """Return what takes batches on the backend that Keras runs on, and whether it learns."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from core.training.steps_tensorflow import TensorFlowSteps

        return TensorFlowSteps(model, batch_size, learns=learns)
    if backend == "jax":
        from core.training.steps_jax import JaxSteps

        return JaxSteps(model, batch_size, learns=learns)
    return KerasSteps(model, batch_size, learns=learns)


class Pace:
    """How many batches go into one call: as many as the device takes in a quarter of a second.

    The number changes nothing in what is learnt, only how often the host looks.
    """

    def __init__(self) -> None:
        self._batches = FIRST_CALL

    def calls(self, n_batches: int) -> Iterator[tuple[int, int]]:
        """Yield first and last (beyond the end) batch of every call; each is made in between."""
        first = 0
        while first < n_batches:
            last = min(first + self._batches, n_batches)
            clock = time.perf_counter()
            yield first, last
            self._learn(last - first, time.perf_counter() - clock)
            first = last

    def _learn(self, n: int, seconds: float) -> None:
        """Go towards the aim, at most fourfold at once: a first call compiles as well."""
        if n == self._batches:
            wanted = n * SECONDS_PER_CALL / max(seconds, 1e-6)
            self._batches = int(np.clip(wanted, max(FIRST_CALL, n // 2), 4 * n))
