"""Blocks of examples, and what takes batches of them on one of Keras' backends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np


@dataclass(frozen=True, eq=False)
class Block:
    """Galaxies to train on, in an order: a training part, or as much of one as fits in memory.

    A block whose arrays are those of the one before stays on the device.
    """

    x: np.ndarray  # scaled spectra, float32 (n, n_inputs)
    y: np.ndarray  # redshifts, float32 (n, 1)
    weight: np.ndarray | None  # float32 (n,)
    order: np.ndarray  # which rows, one after the other; int32 (m,)


def filled(array: np.ndarray, n: int) -> np.ndarray:
    """Return the array, made n long by zeros at its end.

    What is compiled for one block serves for shorter ones, whose batches take no such row.
    """
    if len(array) == n:
        return array
    made = np.zeros((n, *array.shape[1:]), array.dtype)
    made[: len(array)] = array
    return made


def arrays_of(block: Block, n: int) -> tuple[np.ndarray, ...]:
    """Return what a step takes of a block, made n long: spectra, redshifts, weights if any."""
    weight = () if block.weight is None else (block.weight,)
    return tuple(filled(array, n) for array in (block.x, block.y, *weight))


def batches_of(block: Block, batch_size: int, n: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the rows of every full batch of a block, those of the rest, and how many are full.

    Int32 of shape (n // batch_size, batch_size) and (1, n_rest).
    """
    n_full = len(block.order) // batch_size
    split = n_full * batch_size
    full = filled(block.order[:split], n // batch_size * batch_size)
    return full.reshape(-1, batch_size), block.order[None, split:], n_full


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
