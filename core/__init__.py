"""Galaxy redshifts from Gaia BP/RP (XP) spectra: data, networks, training, redshifts.

The names of this module are what a script or a notebook needs; each lives in the room that
`__getattr__` brings it from when it is first asked for, so that ``import core`` costs nothing.

Examples
--------
>>> import core
>>> found = core.predict_files("compact-520k", "data/samples/simulated-galaxies.csv")
>>> found.table.loc[:1, ["source_id", "z", "sigma_z", "z_spec"]].round(3)
             source_id      z  sigma_z  z_spec
0  2915477294342471680  0.203    0.014   0.208
1  2915477294342471681  0.165    0.026   0.166
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.comparison.report import compare
    from core.data.archive import fetch
    from core.data.build import build_dataset
    from core.data.dataset import Dataset, load_dataset, save_dataset
    from core.data.spectra.files import open_spectra
    from core.errors import XpzError
    from core.model.config import Recipe
    from core.model.presets import PRESETS
    from core.prediction.catalogue.catalogue import predict_files
    from core.prediction.estimator import Estimator
    from core.prediction.judging import evaluate
    from core.runs.finding import list_runs, open_run
    from core.runs.run import Run
    from core.simulation.simulate import simulate
    from core.spectra import Spectra
    from core.training.train import train
    from core.tuning.tune import tune

__all__ = [
    "PRESETS",
    "Dataset",
    "Estimator",
    "Recipe",
    "Run",
    "Spectra",
    "XpzError",
    "build_dataset",
    "compare",
    "evaluate",
    "fetch",
    "list_runs",
    "load_dataset",
    "open_run",
    "open_spectra",
    "predict_files",
    "save_dataset",
    "simulate",
    "train",
    "tune",
]
_MODULES = {
    "core.comparison.report": ("compare",),
    "core.data.archive": ("fetch",),
    "core.data.build": ("build_dataset",),
    "core.data.dataset": ("Dataset", "load_dataset", "save_dataset"),
    "core.data.spectra.files": ("open_spectra",),
    "core.errors": ("XpzError",),
    "core.model.config": ("Recipe",),
    "core.model.presets": ("PRESETS",),
    "core.prediction.catalogue.catalogue": ("predict_files",),
    "core.prediction.estimator": ("Estimator",),
    "core.prediction.judging": ("evaluate",),
    "core.runs.finding": ("list_runs", "open_run"),
    "core.runs.run": ("Run",),
    "core.simulation.simulate": ("simulate",),
    "core.spectra": ("Spectra",),
    "core.training.train": ("train",),
    "core.tuning.tune": ("tune",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Return a name of `__all__` from its room."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'core' has no attribute '{name}'")
    return getattr(importlib.import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
