"""Many batches in one call on TensorFlow: a loop on the device, over examples that are there."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.training.steps import Block, arrays_of, batches_of, make_metrics


class TensorFlowSteps:
    """Batches of a block by a loop on the device, compiled where that is a GPU.

    Under a strategy of TensorFlow each of several devices takes its share of every batch to learn
    from. The last batch of an epoch, if it cannot be shared evenly, is taken by each as a whole:
    the network learns what it should, and the epoch's loss counts that batch more than once.

    The loop's length is no part of what is compiled, nor is the number of examples as long as no
    block is larger than the first. What is not compiled serves batches of any size.
    """

    def __init__(self, model: keras.Model, batch_size: int, *, learns: bool) -> None:
        self._model, self._batch_size, self._learns = model, batch_size, learns
        self._strategy = tf.distribute.get_strategy()
        # One is enough to judge, and Keras judges by uneven shares wrongly.
        self._replicas = self._strategy.num_replicas_in_sync if learns else 1
        self._loop: Any = None
        self._block: Block | None = None
        self._arrays: tuple[Any, ...] = ()
        self._capacity = 0

    def begin(self) -> None:
        """Start an epoch."""
        self._model.reset_metrics()

    def put(self, block: Block) -> None:
        """Bring a block to the device, but for what is there."""
        before = self._block
        if before is None:
            make_metrics(self._model, block)
        if before is None or before.x is not block.x:
            self._arrays = ()  # free the old ones first
            self._capacity = max(self._capacity, len(block.x))
            arrays = arrays_of(block, self._capacity)
            self._arrays = tuple(self._on_every_device(array) for array in arrays)
            self._loop = self._loop or self._traced(arrays)
        self._block = block
        full, rest, self._n_full = batches_of(block, self._batch_size, self._capacity)
        self._full, self._rest = tf.constant(full), tf.constant(rest)

    def take(self, first: int, last: int) -> dict[str, float]:
        """Take these batches; return the epoch's loss and MAE so far."""
        logs = {}
        if first < (stop := min(last, self._n_full)):
            logs = self._loop(self._arrays, self._full, tf.constant(first), tf.constant(stop))
        if last > self._n_full:
            logs = self._loop(self._arrays, self._rest, tf.constant(0), tf.constant(1))
        return {name: float(value) for name, value in logs.items()}

    def end(self) -> None:
        """Do nothing: the network has learnt all along."""

    def _traced(self, arrays: tuple[np.ndarray, ...]) -> Any:
        """Return the loop over batches, by XLA on a GPU.

        Keras says no to XLA where there is none, or more than one: then one trace, which takes as
        long as many batches, serves the full batches and the rest.
        """
        # As in Keras' own loop, nothing in it is Python to be rewritten.
        if self._model.jit_compile or self._replicas > 1:
            return tf.function(self._many, jit_compile=self._model.jit_compile, autograph=False)
        examples = tuple(tf.TensorSpec([None, *a.shape[1:]], a.dtype) for a in arrays)
        rows, number = tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([], tf.int32)
        return tf.function(
            self._many, input_signature=(examples, rows, number, number), autograph=False
        )

    def _many(self, arrays: Any, order: tf.Tensor, first: tf.Tensor, last: tf.Tensor) -> Any:
        def body(batch: tf.Tensor) -> tuple[tf.Tensor]:
            if self._learns:
                self._strategy.run(self._learn, args=(arrays, order[batch]))
            else:
                self._model.test_step(_rows_of(arrays, order[batch]))
            return (batch + 1,)

        tf.while_loop(lambda batch: batch < last, body, (first,), parallel_iterations=1)
        return self._model.get_metrics_result()

    def _learn(self, arrays: tuple[tf.Tensor, ...], rows: tf.Tensor) -> None:
        if self._replicas > 1 and rows.shape[0] % self._replicas == 0:
            mine = tf.distribute.get_replica_context().replica_id_in_sync_group
            rows = tf.reshape(rows, (self._replicas, -1))[mine]
        self._model.train_step(_rows_of(arrays, rows))

    def _on_every_device(self, array: np.ndarray) -> Any:
        if self._replicas == 1:
            return tf.constant(array)
        return self._strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(array)
        )


def _rows_of(arrays: tuple[tf.Tensor, ...], rows: tf.Tensor) -> tuple[tf.Tensor, ...]:
    return tuple(tf.gather(array, rows) for array in arrays)
