"""In which order to look at the hyperparameters of a search, however few its trials are."""

from collections.abc import Sequence

import pandas as pd

FEW_VALUES = 4
"""Of a hyperparameter, which are told apart; more are in as many groups."""


def telling(trials: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Return the hyperparameters, those first whose values part good trials from bad ones.

    By the share of the variance of the trials' ranks that lies between groups of a value, or of a
    quarter of the values where they are many (the correlation ratio): an order to look at them in,
    which few trials suffice for; `importance` says what matters.

    Parameters
    ----------
    trials : pd.DataFrame
        mae, missing where a trial has none, and a column for each of `names`.
    names : sequence of str
        The hyperparameters.
    """
    done = trials[trials["mae"].notna()]
    ranks = done["mae"].rank()
    shares = {name: _between(done[name], ranks) for name in names}
    return sorted(names, key=lambda name: -shares[name])


def _between(values: pd.Series, ranks: pd.Series) -> float:
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > FEW_VALUES:
        values = pd.qcut(values, FEW_VALUES, labels=False, duplicates="drop")
    # A value that is missing, since the hyperparameter had no effect, is one more.
    means = ranks.groupby(values.astype(str)).transform("mean")
    spread = ranks.var(ddof=0)
    return float(means.var(ddof=0) / spread) if len(ranks) > 1 and spread > 0 else 0.0
