"""Training over several devices of one machine: each takes its share of every batch."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras

from core.amounts import n_of
from core.errors import RunError


def replicas(n: int) -> AbstractContextManager[Any]:
    """Return the context in which a network is made and trained on so many devices.

    They are the first GPUs that the process sees or, without any, CPUs. The network learns what one
    device would teach it, but for rounding and for dropout, of which each device draws its own.
    A batch should be a multiple of them. Raises a `RunError` if there are fewer, or Keras runs on
    another backend than TensorFlow.
    """
    if n == 1:
        return nullcontext()
    if keras.backend.backend() != "tensorflow":
        raise RunError(
            f"Training over {n_of(n, 'device')}: expected TensorFlow as Keras' backend, found "
            f"{keras.backend.backend()}. Choose one device, or KERAS_BACKEND=tensorflow."
        )
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if len(found) < n:
        raise RunError(
            f"Training over {n_of(n, 'device')}: TensorFlow sees {len(found)}. Choose as many, "
            "or install its GPU package (pip install 'xpz[cuda]')."
        )
    return tf.distribute.MirroredStrategy([one.name for one in found[:n]]).scope()
