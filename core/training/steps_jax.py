"""Many batches in one call on JAX: a compiled loop on the device, over examples that are there."""

from typing import Any

import jax
import keras

from core.training.steps import Block, arrays_of, batches_of, make_metrics

State = tuple[list[Any], ...]
"""Values of the network's trainable and other variables, the optimiser's if it learns, and the
metrics'."""


class JaxSteps:
    """Batches of a block by a loop on the device.

    The loop's length is no part of what is compiled, nor is the number of examples as long as no
    block is larger than the first.
    """

    def __init__(self, model: keras.Model, batch_size: int, *, learns: bool) -> None:
        self._model, self._batch_size, self._learns = model, batch_size, learns
        self._step = model.train_step if learns else model.test_step
        self._loop = jax.jit(self._many, donate_argnums=0)
        self._block: Block | None = None
        self._arrays: tuple[jax.Array, ...] = ()
        self._capacity = 0
        self._state: State | None = None

    def begin(self) -> None:
        """Start an epoch."""
        self._model.reset_metrics()
        self._state = None

    def put(self, block: Block) -> None:
        """Bring a block to the device, but for what is there."""
        before = self._block
        if before is None or before.x is not block.x:
            self._arrays = ()  # free the old ones first
            self._capacity = max(self._capacity, len(block.x))
            self._arrays = jax.device_put(arrays_of(block, self._capacity))
        self._block = block
        if self._state is None:
            if before is None:
                make_metrics(self._model, block)
            self._state = self._read()
        full, rest, self._n_full = batches_of(block, self._batch_size, self._capacity)
        self._full, self._rest = jax.device_put((full, rest))

    def take(self, first: int, last: int) -> dict[str, float]:
        """Take these batches; return the epoch's loss and MAE so far."""
        if first < (stop := min(last, self._n_full)):
            self._state = self._loop(self._state, self._arrays, self._full, first, stop)
        if last > self._n_full:
            self._state = self._loop(self._state, self._arrays, self._rest, 0, 1)
        assert self._state is not None, "a block comes first"
        values = zip(self._model.metrics_variables, self._state[-1], strict=True)
        with keras.StatelessScope(state_mapping=list(values)):
            logs = self._model.get_metrics_result()
        return {name: float(value) for name, value in logs.items()}

    def end(self) -> None:
        """Leave in the network what the epoch has taught it."""
        assert self._state is not None, "an epoch has a block"
        for variables, values in zip(self._variables(), self._state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def _many(self, state: State, arrays: Any, order: jax.Array, first: Any, last: Any) -> State:
        def body(batch: Any, state: State) -> State:
            rows = order[batch]
            return self._step(state, tuple(array[rows] for array in arrays))[1]

        return jax.lax.fori_loop(first, last, body, state)

    def _read(self) -> State:
        """Return copies, since each call of the loop uses up what it is given."""
        return tuple(
            [jax.numpy.array(variable.value, copy=True) for variable in variables]
            for variables in self._variables()
        )

    def _variables(self) -> tuple[list[keras.Variable], ...]:
        model = self._model
        optimizer = (model.optimizer.variables,) if self._learns else ()
        return (
            model.trainable_variables,
            model.non_trainable_variables,
            *optimizer,
            model.metrics_variables,
        )
