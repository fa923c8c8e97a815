"""Runs of the same settings but the seed: how far a number scatters from training to training."""

from collections.abc import Mapping

import pandas as pd

from core.comparison.settings import SEED, settings_of
from core.runs import Run


def seed_groups(runs: Mapping[str, Run]) -> list[tuple[str, ...]]:
    """Return the names of the runs, those together whose settings differ in the seed alone.

    Groups and their members stand in the order of `runs`; the seed is that of weights
    and batches, not that of the split.
    """
    groups: dict[str, list[str]] = {}
    for name, run in runs.items():
        settings = settings_of(run) | {SEED: None}
        groups.setdefault(repr(settings), []).append(name)
    return [tuple(names) for names in groups.values()]


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
        correction), lowest, highest. Empty where no runs share their settings.
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
