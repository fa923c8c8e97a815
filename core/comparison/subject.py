"""What is compared: one estimate of many galaxies' redshifts, a run's or another's."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.comparison.ugc import NAME as UGC
from core.errors import ConfigError, XpzError
from core.names import distinct_names
from core.runs import Run, given_names

# What a run cannot be called in tables and legends, where these stand for something else.
TAKEN = frozenset(
    {UGC, "Published", "source_id", "z_spec", "g_mag", "spread", "galaxy", "setting", "fact"}
)


@dataclass(frozen=True, eq=False)
class Subject:
    """Redshifts of some galaxies under a name.

    Attributes
    ----------
    name : str
        What people call it, different from those it is compared with.
    predictions : pd.DataFrame
        source_id, z_spec, z_pred and more, as `core.prediction.dataset.predict_dataset` returns.
    run : Run or None
        The run whose redshifts they are; None if no run of ours gave them.
    """

    name: str
    predictions: pd.DataFrame
    run: Run | None = None

    def take(self, rows: np.ndarray) -> "Subject":
        """Return those of some of its galaxies, by their numbers or a mask."""
        return replace(self, predictions=self.predictions.iloc[rows])


def keys_of(runs: Sequence[Run]) -> list[str]:
    """Return what scripts find each run by: its id; its folder where several have the same id.

    Unlike a name, which people may change, it stays the same.

    Raises
    ------
    ConfigError
        If a run is given twice.
    """
    for path, n in Counter(os.path.realpath(run.path) for run in runs).items():
        if n > 1:
            raise ConfigError(
                f"Expected different runs to compare, received '{Path(path).name}' "
                f"{n_of(n, 'time')}."
            )
    of_id = Counter(run.run_id for run in runs)
    return [run.run_id if of_id[run.run_id] == 1 else str(run.path) for run in runs]


def names_of(runs: Sequence[Run]) -> list[str]:
    """Return a name per run, for people, that no other one has.

    What people called it, with its key (see `keys_of`), or the end of that, where it alone is no
    name of one run; its key where they did not. Runs that lie beside these count as well: a run has
    one name on all screens.

    Raises
    ------
    ConfigError
        If a run is given twice.
    """
    keys = keys_of(runs)
    given = [_given(run) for run in runs]
    beside = given_names(*dict.fromkeys(run.root for run in runs)) if any(given) else {}
    real = {os.path.realpath(run.path) for run in runs}
    taken = {name for run, name in beside.items() if str(run.path) not in real}
    return distinct_names(keys, given, TAKEN | taken)


def keys_by_name(subjects: Sequence[Subject]) -> dict[str, str]:
    """Return what scripts find each estimate by; one that no run of ours gave by its name."""
    ours = [subject for subject in subjects if subject.run is not None]
    keys = keys_of([subject.run for subject in ours if subject.run is not None])
    found = dict(zip([subject.name for subject in ours], keys, strict=True))
    return {subject.name: found.get(subject.name, subject.name) for subject in subjects}


def _given(run: Run) -> str:
    """Return what people called a run; nothing where they did not or it cannot be read."""
    try:
        return run.annotations().name
    except (XpzError, OSError):
        return ""
