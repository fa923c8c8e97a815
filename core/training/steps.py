"""Batches of a training, many in one call of the device, so that it never waits for the host."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np

SECONDS_PER_CALL = 0.25
"""[s] How long the device works on its own before the host looks whether to stop."""

FIRST_CALL = 8
"""Batches of the first call, whose time nobody knows."""


@dataclass(frozen=True, eq=False)
class Block:
    """Galaxies to train on, in an order: a training part, or as much of one as fits in memory.

    A block whose arrays are those of the one before stays on the device.
    """

    x: np.ndarray  # scaled spectra, float32 (n, n_inputs)
    y: np.ndarray  # redshifts, float32 (n, 1)
    weight: np.ndarray | None  # float32 (n,)
    order: np.ndarray  # which rows, one after the other; int32 (m,)


class Steps(Protocol):
    """What takes batches of a block on one of Keras' backends, to learn from them or to judge."""

    def begin(self) -> None:
        """Start an epoch."""

    def put(self, block: Block) -> None:
        """Bring a block to the device."""

    def take(self, first: int, last: int) -> dict[str, float]:
        """Take these batches of the block; return the epoch's loss and MAE so far."""

    def end(self) -> None:
        """Leave in the network what the epoch has taught it."""


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


def make_metrics(model: keras.Model, block: Block) -> None:
    """Let Keras make the variables of the metrics, which it puts off, and cannot in a loop."""
    x, y = block.x[:1], block.y[:1]
    model.compute_metrics(x, y, model(x))
    model.reset_metrics()


class KerasSteps:
    """Batch by batch, as Keras itself does: for PyTorch, which compiles nothing."""

    def __init__(self, model: keras.Model, batch_size: int, *, learns: bool) -> None:
        self._step: Callable[..., Any] = model.train_on_batch if learns else model.test_on_batch
        self._batch_size = batch_size
        self._block: Block
        self.begin()

    def begin(self) -> None:
        """Start an epoch."""
        self._totals: dict[str, float] = {}
        self._seen = 0

    def put(self, block: Block) -> None:
        """Keep the block; its batches go to the device one by one."""
        self._block = block

    def take(self, first: int, last: int) -> dict[str, float]:
        """Take these batches; return the epoch's loss and MAE so far."""
        block, size = self._block, self._batch_size
        for batch in range(first, last):
            rows = block.order[batch * size : (batch + 1) * size]
            weight = None if block.weight is None else block.weight[rows]
            logs = self._step(
                x=block.x[rows], y=block.y[rows], sample_weight=weight, return_dict=True
            )
            self._seen += len(rows)
            for name, value in logs.items():
                self._totals[name] = self._totals.get(name, 0.0) + len(rows) * float(value)
        return {name: total / self._seen for name, total in self._totals.items()}

    def end(self) -> None:
        """Do nothing: the network has learnt all along."""
