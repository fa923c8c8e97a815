"""The state of a training after an epoch, as one .npz file without pickle.

It holds the network's variables (weights, and the states of random generators such as dropout's),
the optimiser's, the weights of the best epoch so far, and the curve. The order of the spectra needs
no state: it follows from the seed and the number of the epoch.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from core.atomic import replacing
from core.errors import RunError
from core.npz import read_npz
from core.stored import reading

Record = dict[str, float]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What has to be remembered beside the network itself."""

    history: list[Record]  # a record per finished epoch
    best_weights: list[np.ndarray]  # of the epoch with the lowest validation loss so far


def save_checkpoint(path: Path, model: keras.Model, checkpoint: Checkpoint) -> None:
    """Write the state beside `path`, then rename."""
    arrays = {f"variable_{i}": value for i, value in enumerate(_values(_state(model)))}
    arrays |= {f"best_{i}": value for i, value in enumerate(checkpoint.best_weights)}
    history = np.array(json.dumps(checkpoint.history))
    with replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, history=history, **arrays)


def load_checkpoint(path: Path, model: keras.Model) -> Checkpoint:
    """Put the stored state into a compiled network of the same recipe.

    Raises a `RunError` if the file is damaged or belongs to another network.
    """
    variables = _state(model)
    with reading(f"The checkpoint {path.name}", "Remove it to train from the start."):
        stored = read_npz(path)
        values = [stored[f"variable_{i}"] for i in range(len(variables))]
        best = [stored[f"best_{i}"] for i in range(len(model.weights))]
        history = json.loads(str(stored["history"]))
    for variable, value in zip(variables, values, strict=True):
        if tuple(variable.shape) != value.shape:
            raise RunError(
                f"The checkpoint {path.name} is of another network: expected {variable.path} "
                f"of shape {tuple(variable.shape)}, received {value.shape}."
            )
        variable.assign(value)
    return Checkpoint(history, best)


def weights_of(model: keras.Model) -> list[np.ndarray]:
    """Return a copy of the weights that later training does not change."""
    return _values(model.weights)


def _state(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]


def _values(variables: list[keras.Variable]) -> list[np.ndarray]:
    # On PyTorch the array shares its memory with the variable, hence the copy.
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
