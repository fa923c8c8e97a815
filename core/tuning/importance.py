"""Which hyperparameters decide how good a trial is, as far as the trials of a search can tell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import ShuffleSplit

from core.errors import DataError

MIN_TRIALS = 10
N_PARTITIONS = 20
TEST_FRACTION = 0.25
N_TREES = 50
N_SHUFFLES = 5


@dataclass(frozen=True, eq=False)
class Importance:
    """What random forests learnt of a search's trials.

    Attributes
    ----------
    table : pd.DataFrame
        name, importance, standard_error; the most important first. An importance is
        the share of the variance of the trials' ranks that goes with this
        hyperparameter: 0 where it does not matter, below it by chance.
    explained : float
        Share of that variance which the forests predict of trials that they have not
        seen, at most 1. About 0 or below: the importances say nothing.
    n_trials : int
        Trials they learnt from.
    """

    table: pd.DataFrame
    explained: float
    n_trials: int


def importance(trials: pd.DataFrame, names: Sequence[str], *, seed: int = 0) -> Importance:
    """Fit random forests to the trials' errors and shuffle one hyperparameter after the other.

    The forests learn the rank of a trial's MAE, not the MAE: a few trainings that came apart would
    else outweigh all others. An importance is that of permutation (Breiman 2001, Machine Learning
    45, 5, section 10) on trials held out: half the rise of the mean squared error, which in an
    additive model is the variance that goes with the hyperparameter (Gregorutti, Michel &
    Saint-Pierre 2017, Statistics and Computing 27, 659, proposition 1), averaged over J random
    partitions. Its standard error is that of Nadeau & Bengio (2003, Machine Learning 52, 239,
    section 3): partitions share trials, so the variance over them is multiplied by 1 / J + n_test /
    n_train.

    `trials` has 'mae' and a column for each of `names`; rows without an MAE are left out, and so is
    a hyperparameter that had the same value in all trials: it cannot be judged. A missing value
    says that the hyperparameter had no effect in this trial. Raises a `DataError` if fewer than
    `MIN_TRIALS` have an MAE, or nothing varied.
    """
    done = trials[trials["mae"].notna()]
    if len(done) < MIN_TRIALS:
        raise DataError(
            f"The importance of hyperparameters needs at least {MIN_TRIALS} finished trials; "
            f"there are {len(done)}."
        )
    varied = [name for name in names if len(done[name].unique()) > 1]
    if not varied:
        raise DataError("No hyperparameter varied over these trials: there is nothing to compare.")
    features, owner = _encode(done[varied])
    rank = rankdata(done["mae"])
    random = np.random.default_rng(seed)
    rises, errors = [], []
    partitions = ShuffleSplit(N_PARTITIONS, test_size=TEST_FRACTION, random_state=seed)
    for train, test in partitions.split(features):
        forest = RandomForestRegressor(N_TREES, min_samples_leaf=2, random_state=seed)
        forest.fit(features[train], rank[train])
        shuffled = _shuffled(features[test], owner, random)
        predicted = forest.predict(np.concatenate([features[test], *shuffled]))
        squared = (predicted.reshape(-1, len(test)) - rank[test]) ** 2
        errors.append(squared[0].mean())
        rises.append(squared[1:].reshape(len(varied), -1).mean(axis=1) - errors[-1])
    variance = rank.var()
    shares = np.array(rises) / (2 * variance)
    inflation = 1 / N_PARTITIONS + len(test) / len(train)
    table = pd.DataFrame(
        {
            "name": varied,
            "importance": shares.mean(axis=0),
            "standard_error": np.sqrt(shares.var(axis=0, ddof=1) * inflation),
        }
    ).sort_values("importance", ascending=False, ignore_index=True)
    return Importance(table, float(1 - np.mean(errors) / variance), len(done))


def _encode(settings: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers for a forest (n, k), and which column of `settings` each comes from (k,).

    A choice gives a column per value; a number stays one, NaN included.
    """
    columns, owner = [], []
    for index, name in enumerate(settings):
        column = settings[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            numbers = column.to_numpy(float, na_value=np.nan)[:, None]
        else:
            numbers = pd.get_dummies(column, dummy_na=True).to_numpy(float)
        columns.append(numbers)
        owner += [index] * numbers.shape[1]
    return np.concatenate(columns, axis=1), np.array(owner)


def _shuffled(
    features: np.ndarray, owner: np.ndarray, random: np.random.Generator
) -> list[np.ndarray]:
    """Return copies in which one hyperparameter is shuffled: `N_SHUFFLES` of each, in order."""
    copies = []
    for index in range(owner.max() + 1):
        for _ in range(N_SHUFFLES):
            copy = features.copy()
            copy[:, owner == index] = random.permutation(features[:, owner == index])
            copies.append(copy)
    return copies
