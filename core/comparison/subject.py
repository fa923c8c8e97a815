"""What is compared: one estimate of many galaxies' redshifts, a run's or another's."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.errors import ConfigError
from core.runs import Run


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
    """Return a name per run: its id, or its folder where several have the same id.

    Raises
    ------
    ConfigError
        If a run is given twice.
    """
    for path, n in Counter(run.path.resolve() for run in runs).items():
        if n > 1:
            raise ConfigError(
                f"Expected different runs to compare, received '{path.name}' {n} times."
            )
    of_id = Counter(run.run_id for run in runs)
    return [run.run_id if of_id[run.run_id] == 1 else str(run.path) for run in runs]
