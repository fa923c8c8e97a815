"""Runs of the same settings but the seed: how far a number scatters from training to training."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.comparison.settings import SEED, settings_of
from core.runs import Run


def seed_groups(runs: Mapping[str, Run]) -> list[tuple[str, ...]]:
    """Return the names of the runs, those together whose settings differ in the seed alone.

    Of several runs of one seed the first is named: another one repeats it, and has no chance of its
    own (see `repetitions`). Groups and their members stand in the order of `runs`; the seed is that
    of weights and batches, not that of the split.
    """
    return [tuple(names[0] for names in seeds.values()) for seeds in _by_seed(runs)]


def seeds_of(run: Run, at_hand: Mapping[str, Run]) -> dict[str, Run]:
    """Return the runs at hand that differ from one in their seed alone, that one first."""
    in_order = {run.run_id: run, **at_hand}
    return {name: in_order[name] for name in seed_groups(in_order)[0]}


def repetitions(runs: Mapping[str, Run]) -> list[tuple[str, ...]]:
    """Return the names of several runs of the same settings and the same seed, together."""
    return [tuple(names) for seeds in _by_seed(runs) for names in seeds.values() if len(names) > 1]


def of_repetition(names: Sequence[str]) -> str:
    """Return what runs of the same settings and seed tell of chance: nothing."""
    return (
        f"The same settings and the same seed: {', '.join(names)}. A repetition, in which there is "
        "no scatter to see; it counts once."
    )


def _by_seed(runs: Mapping[str, Run]) -> list[dict[Any, list[str]]]:
    """Return the names of runs by their seed, a mapping for all that agree in all else."""
    groups: dict[str, dict[Any, list[str]]] = {}
    for name, run in runs.items():
        settings = settings_of(run)
        group = groups.setdefault(repr(settings | {SEED: None}), {})
        group.setdefault(settings[SEED], []).append(name)
    return list(groups.values())


def seed_table(runs: Mapping[str, Run], metrics: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return mean and spread of each metric over the runs of each group of several.

    Parameters
    ----------
    runs : mapping of str to Run
        By name.
    metrics : mapping of str to mapping of str to float
        The metrics of each run on the same galaxies, by its name.

    Returns
    -------
    pd.DataFrame
        group (number from 0), runs and seeds (tuples), metric, n_runs, mean, std (with Bessel's
        correction), lowest, highest. Empty where no runs share their settings
        but the seed; of several with one seed the first counts.
    """
    columns = ["group", "runs", "seeds", "metric", "n_runs", "mean", "std", "lowest", "highest"]
    rows = []
    for number, names in enumerate(group for group in seed_groups(runs) if len(group) > 1):
        seeds = tuple(runs[name].config.recipe.training.seed for name in names)
        for metric in metrics[names[0]]:
            values = pd.Series([metrics[name][metric] for name in names])
            spread = (values.mean(), values.std(), values.min(), values.max())
            rows.append((number, names, seeds, metric, len(names), *spread))
    return pd.DataFrame(rows, columns=columns)
