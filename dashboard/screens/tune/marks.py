"""Where the dissertation's own network stands in a search."""

import pandas as pd

from core.errors import ConfigError
from core.model import DISSERTATION
from core.tuning import Search, Trial


def with_own(search: Search, trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials with `own`: if it is the dissertation's network, however trained."""
    own = {trial.number for trial in search.ended_trials() if _is_own(search, trial)}
    return trials.assign(own=trials["trial"].isin(own))


def _is_own(search: Search, trial: Trial) -> bool:
    try:
        return search.recipe(trial).network == DISSERTATION.network
    except ConfigError:  # values of which no network can be made: the trial failed
        return False
