"""What is compared: one estimate of many galaxies' redshifts, a run's or another's."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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


def names_of(runs: Sequence[Run]) -> list[str]:
    """Return a name per run that no other one has.

    What people called it, with its id, or the end of that, where it alone is no name of one run;
    its id where they did not; its folder where several have the same id. Runs that lie beside
    these count as well: a run has one name on all screens.

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
    ids = [run.run_id if of_id[run.run_id] == 1 else str(run.path) for run in runs]
    given = [_given(run) for run in runs]
    beside = given_names(*dict.fromkeys(run.root for run in runs)) if any(given) else {}
    real = {os.path.realpath(run.path) for run in runs}
    taken = {name for run, name in beside.items() if str(run.path) not in real}
    return distinct_names(ids, given, TAKEN | taken)


def _given(run: Run) -> str:
    """Return what people called a run; nothing where they did not or it cannot be read."""
    try:
        return run.annotations().name
    except (XpzError, OSError):
        return ""
