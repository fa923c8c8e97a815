"""What a search tries next: KerasTuner's algorithms.

KerasTuner keeps files of its own to go on from; they can be cut off by a kill, and lack what its
grid needs. So it keeps none here: it is told the trials anew in each process, and what it draws
follows from the seed, the number of the trial, and the trials that had ended by then. Of a search
whose trials run side by side that is an order of events, which each trial keeps (`Trial.told`).
"""

import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner import oracles
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from core.errors import RunError
from core.tuning.config import SearchConfig, Trial
from core.tuning.hyperparameters import conditions
from core.tuning.space import Space

# Of the budget's trials, the share (1 in N) that a Bayesian search draws at random before its
# model of the error decides; and how many where the budget is in minutes.
INITIAL_SHARE = 3
INITIAL_TRIALS = 10
MIN_INITIAL_TRIALS = 3
# Between Hyperband's rounds, one network in so many goes on, for so many times the epochs
# (Li et al. 2018, Journal of Machine Learning Research 18, 185, section 3: 3 or 4).
REDUCTION = 3
# We count the trials and the failures ourselves.
UNLIMITED = 10**9


class _Kept(keras_tuner.Oracle):
    """An oracle without files."""

    def save(self) -> None:
        """Keep nothing: `trials.jsonl` is the truth."""

    def _save_trial(self, trial: Any) -> None:
        pass


class _Told(_Kept):
    """An oracle whose first trials are given: values by the number of the trial from 0."""

    given: dict[int, dict[str, Any]]

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Return given values, else those of the algorithm; none twice."""
        if int(trial_id) in self.given:
            return {"status": "RUNNING", "values": dict(self.given[int(trial_id)])}
        # Its matrices are small: threads would only wait for one another.
        with warnings.catch_warnings(), threadpool_limits(1):
            # From few trials the scales of a Gaussian process are badly known; it explores.
            warnings.simplefilter("ignore", ConvergenceWarning)
            response = super().populate_space(trial_id)
        if response["values"] is not None and self._duplicate(response["values"]):
            values = self._random_values()
            return {"status": "STOPPED" if values is None else "RUNNING", "values": values}
        return response


class _Random(_Told, oracles.RandomSearchOracle):
    pass


class _Bayesian(_Told, oracles.BayesianOptimizationOracle):
    def _vectorize_trials(self) -> Any:
        told: Any = self
        if told.ongoing_trials:
            # It guesses how those under way will end by its last fit, whenever that was made.
            # Let the guess follow from the ended ones instead.
            every, ongoing = told.trials, told.ongoing_trials
            told.trials = {name: one for name, one in every.items() if one.status == "COMPLETED"}
            told.ongoing_trials = {}
            x, y = super()._vectorize_trials()
            told.trials, told.ongoing_trials = every, ongoing
            self.gpr.fit(x, np.nan_to_num(y, posinf=0, neginf=0))
        return super()._vectorize_trials()


class _Hyperband(_Kept, oracles.HyperbandOracle):
    pass


class _Grid(_Kept, oracles.GridSearchOracle):
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Return the next combination; none waits for a trial, which could find no new settings."""
        response: dict[str, Any] = super().populate_space(trial_id)
        if response["status"] == "RUNNING":
            self._populate_next.append(trial_id)
        return response


class WaitError(Exception):
    """The algorithm must know how a trial under way ends before it proposes another."""


class Oracle:
    """Proposes trials and learns from those that ended.

    `trials` is how many there may be in all, if that is known; `ended` and `begun` are the trials
    so far (see `follow`).
    """

    def __init__(
        self,
        config: SearchConfig,
        trials: int | None,
        ended: Sequence[Trial] = (),
        begun: Sequence[Trial] = (),
    ) -> None:
        self._config = config
        self._oracle = _make(config, trials)
        self._learnt = 0
        if isinstance(self._oracle, _Told):
            first = config.space.values_of(config.space.base)
            self._oracle.given = {} if first is None else {0: self._varied(first)}
        self.follow(ended, begun)

    def follow(self, ended: Sequence[Trial], begun: Sequence[Trial] = ()) -> None:
        """Catch up with the trials of a search: those that ended, in that order, and under way.

        Raises a `RunError` if the algorithm would not have proposed one of them.
        """
        trials = sorted([*ended, *begun], key=lambda trial: trial.number)
        for trial in trials[len(self._oracle.trials) :]:
            self._learn_first(ended, trial.known)
            if isinstance(self._oracle, _Told):
                self._oracle.given[trial.number - 1] = self._varied(trial.values)
            if not self._proposes(trial):
                raise RunError(
                    f"Search '{self._config.search_id}' cannot go on: its trial {trial.number} is "
                    "not the one that follows from its configuration and the trials before. A file "
                    "or KerasTuner may have changed. Start a new search."
                )
        self._learn_first(ended, len(ended))

    def propose(self) -> Trial | None:
        """Return the next trial, None if the algorithm has no other combination.

        Raises a `WaitError` if it cannot tell before a trial under way has ended.
        """
        index = len(self._oracle.trials)
        self._seed(index)
        proposed = self._oracle.create_trial(f"xpz-{index}")
        if proposed.status == "IDLE":
            raise WaitError
        if proposed.status != "RUNNING":
            return None
        values = {name: _plain(value) for name, value in proposed.hyperparameters.values.items()}
        after = values.get("tuner/trial_id")
        return Trial(
            number=index + 1,
            values=self._complete(values),
            stop_epoch=values.get("tuner/epochs", self._config.epochs),
            after=None if after is None else int(after) + 1,
            told=self._learnt,
        )

    def learn(self, trial: Trial) -> None:
        """Take note of how a proposed trial ended."""
        known = list(self._oracle.trials.values())[trial.number - 1]
        if trial.state == "done":
            self._oracle.update_trial(known.trial_id, {"mae": trial.mae}, step=trial.best_epoch)
        known.status = "COMPLETED" if trial.state == "done" else "FAILED"
        self._oracle.end_trial(known)
        self._learnt += 1

    def _learn_first(self, ended: Sequence[Trial], number: int) -> None:
        for trial in ended[self._learnt : number]:
            self.learn(trial)

    def _proposes(self, trial: Trial) -> bool:
        try:
            again = self.propose()
        except WaitError:
            return False
        return again is not None and again.values == trial.values

    def _seed(self, index: int) -> None:
        """Let what is drawn follow from the seed and the trial, whatever was drawn before."""
        draws = np.random.SeedSequence((self._config.seed, index))
        self._oracle._seed_state = int(draws.generate_state(1)[0])
        if isinstance(self._oracle, oracles.BayesianOptimizationOracle):
            self._oracle._random_state = np.random.RandomState(draws.generate_state(4))

    def _complete(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the value of every dimension that counts, the fixed ones too."""
        space = self._config.space
        fixed = {one.name: one.ends()[0] for one in space.dimensions if one.fixed}
        known = {**fixed, **values}
        return {name: known[name] for name in space.active(known)}

    def _varied(self, values: dict[str, Any]) -> dict[str, Any]:
        dimensions = self._config.space.dimensions
        fixed = {one.name for one in dimensions if one.fixed}
        return {name: value for name, value in values.items() if name not in fixed}


def _make(config: SearchConfig, trials: int | None) -> _Kept:
    settings = {
        "objective": keras_tuner.Objective("mae", "min"),
        "hyperparameters": _hyperparameters(config.space, as_choices=config.algorithm == "grid"),
        "allow_new_entries": False,
        "tune_new_entries": False,
        # KerasTuner takes 0 for "any".
        "seed": config.seed + 1,
        "max_consecutive_failed_trials": UNLIMITED,
    }
    if config.algorithm == "hyperband":
        oracle = _Hyperband(
            max_epochs=config.epochs, factor=REDUCTION, hyperband_iterations=None, **settings
        )
    elif config.algorithm == "bayesian":
        share = INITIAL_TRIALS if trials is None else trials // INITIAL_SHARE
        initial = max(share, MIN_INITIAL_TRIALS)
        oracle = _Bayesian(max_trials=None, num_initial_points=initial, **settings)
    else:
        oracle = {"random": _Random, "grid": _Grid}[config.algorithm](max_trials=None, **settings)
    oracle.verbose = 0
    return oracle


def _hyperparameters(space: Space, *, as_choices: bool) -> keras_tuner.HyperParameters:
    """Return the space in KerasTuner's words; fixed dimensions are none of its business."""
    found = keras_tuner.HyperParameters()
    base = space.values_of(space.base) or {}
    for one in space.dimensions:
        if one.fixed:
            continue
        with ExitStack() as scopes:
            for parent, fits in conditions(one.name).items():
                deciding = space.dimension(parent)
                if deciding is not None and not deciding.fixed:
                    fitting = [value for value in deciding.options() or () if fits(value)]
                    scopes.enter_context(found.conditional_scope(parent, fitting))
            # Where a grid begins, and what stands for it where it does not count.
            default = base.get(one.name)
            if one.kind == "choice" or as_choices:
                options = list(one.options() or ())
                found.Choice(one.name, options, default=default if default in options else None)
            else:
                add = found.Int if one.kind == "int" else found.Float
                sampling = "log" if one.log else "linear"
                add(one.name, one.low, one.high, step=one.step, sampling=sampling, default=default)
    return found


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
