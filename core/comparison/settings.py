"""In which settings runs differ, and what each of them cost."""

import functools
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.amounts import n_of
from core.comparison.subject import keys_of
from core.config import to_dict
from core.errors import XpzError
from core.model.config import ConvLayer
from core.runs import Run, RunConfig

SEED = "training.seed"
# As many tell data sets and networks apart.
HASH_DIGITS = 12

FACTS = {
    "best_epoch": "Best epoch",
    "epochs_run": "Epochs",
    "parameters": "Parameters",
    "n_train": "Training galaxies",
    "train_seconds": "Training time [s]",
    "cpu_seconds": "CPU time [s]",
    "spectra_per_second": "Training speed [spectra/s]",
    "device": "Device",
    "backend": "Backend",
}


def settings_of(run: Run) -> dict[str, Any]:
    """Return every setting that counts in a run's training, by its dotted name.

    A setting without effect is None: the number of Gaussians of a network that
    has none, the Huber delta of another loss.
    """
    return dict(_settings_of(run.config))


# A thousand runs are listed again at each click, and a configuration never changes.
@functools.lru_cache(maxsize=4096)
def _settings_of(config: RunConfig) -> Mapping[str, Any]:
    recipe, idle, start = to_dict(config.recipe), config.recipe.idle, config.start
    parts = {"network.": recipe.pop("network"), "training.": recipe.pop("training"), "": recipe}
    del parts["network."]["conv_layers"]  # a row per layer instead
    layers = config.recipe.network.conv_layers
    return {
        **{f"network.conv_layers[{i}]": _layer(layer) for i, layer in enumerate(layers)},
        **{
            f"{part}{name}": None if name in idle else value
            for part, values in parts.items()
            for name, value in values.items()
        },
        **{f"data.{name}": getattr(config.data, name) for name in ("name", "origin", "n_galaxies")},
        "data.hash": config.data.hash[:HASH_DIGITS],
        **{f"split.{name}": value for name, value in to_dict(config.split).items()},
        "start.run_id": None if start is None else start.run_id,
        "start.hash": None if start is None else start.hash[:HASH_DIGITS],
    }


def settings_table(runs: Sequence[Run], *, differing_only: bool = True) -> pd.DataFrame:
    """Return the settings of runs side by side.

    Parameters
    ----------
    runs : sequence of Run
        Different runs.
    differing_only : bool
        Leave out what is the same in all of them.

    Returns
    -------
    pd.DataFrame
        A row per setting, indexed by its dotted name; a column per run, called as
        by `keys_of`. None where a run does not have a setting, or it has no effect.
    """
    columns = {key: settings_of(run) for key, run in zip(keys_of(runs), runs, strict=True)}
    # Layers of a deeper network come where its other layers are.
    rows = sorted({row for values in columns.values() for row in values}, key=_place)
    table = pd.DataFrame(
        {key: [values.get(row) for row in rows] for key, values in columns.items()},
        index=pd.Index(rows, name="setting"),
        dtype=object,
    )
    differs = [len(set(map(repr, row))) > 1 for row in table.to_numpy()]
    return table[differs] if differing_only else table


def facts_table(runs: Sequence[Run]) -> pd.DataFrame:
    """Return what the runs' trainings came to, and what they cost.

    Returns
    -------
    pd.DataFrame
        A row per name in `FACTS`; a column per run, called as by `keys_of`. None where a run does
        not tell. Of a run that was calibrated anew, the training of its network.
        `spectra_per_second` is all epochs' training galaxies over the time of training.
    """
    columns = {}
    for key, run in zip(keys_of(runs), runs, strict=True):
        told = _told_of_training(run)
        if told.get("train_seconds"):
            passes = (told.get("n_train") or 0) * told.get("epochs_run", 0)
            told["spectra_per_second"] = passes / told["train_seconds"] or None
        columns[key] = list(map(told.get, FACTS))
    return pd.DataFrame(columns, index=pd.Index(list(FACTS), name="fact"), dtype=object)


def _told_of_training(run: Run) -> dict[str, Any]:
    """Return a run's summary; of a calibration, which trains nothing, with its start's training."""
    told = dict(run.summary() or {})
    if run.config.recalibrated is None:
        return told
    try:
        start = (run.start and run.start.summary()) or {}
    except (XpzError, OSError):
        start = {}  # it may be damaged by now
    return told | {name: start.get(name) for name in ("n_train", "cpu_seconds")}


def _layer(layer: ConvLayer) -> str:
    """Return a convolution in a few words."""
    words = f"{n_of(layer.filters, 'filter')} of {layer.kernel_size}"
    words += f", stride {layer.strides}" if layer.strides > 1 else ""
    return words + (f", pool {layer.pool_size}" if layer.pool_size > 1 else "")


_LAYER = re.compile(r"network\.conv_layers\[(\d+)\]")
_ORDER = ("network", "scaling", "training", "data", "split", "start")


def _place(setting: str) -> tuple[int, float, str]:
    layer = _LAYER.fullmatch(setting)
    # Convolutions first, by number: [10] comes after [9].
    number = int(layer[1]) if layer else math.inf
    return _ORDER.index(setting.split(".")[0]), number, setting
