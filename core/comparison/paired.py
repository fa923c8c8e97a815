"""Whose error is smaller, galaxy by galaxy and in bins of redshift."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from core.comparison.subject import Subject
from core.evaluation.bins import bin_edges, bin_index
from core.evaluation.coverage import share_with_error


def paired_errors(reference: Subject, other: Subject) -> pd.DataFrame:
    """Return by how much an estimate's error is larger than the reference's, for each galaxy.

    Both must be `aligned`.

    Returns
    -------
    pd.DataFrame
        source_id, z_spec, g_mag if known, z_reference, z_other, and change = |z_other - z_spec| -
        |z_reference - z_spec|: below 0 where the other one is nearer to the truth.
    """
    first = reference.predictions
    known = [name for name in ("source_id", "z_spec", "g_mag") if name in first]
    table = first[known].reset_index(drop=True)
    true = table["z_spec"].to_numpy(float)
    theirs, ours = (each.predictions["z_pred"].to_numpy(float) for each in (reference, other))
    change = np.abs(ours - true) - np.abs(theirs - true)
    return table.assign(z_reference=theirs, z_other=ours, change=change)


def change_by_bin(z_spec: ArrayLike, change: ArrayLike, width: float = 0.05) -> pd.DataFrame:
    """Return the mean of paired differences in bins of the true redshift.

    The interval is that of the mean of paired differences by Student's t (1908, Biometrika 6, 1):
    both estimates see the same galaxies, so what makes one hard for both cancels.

    Parameters
    ----------
    z_spec, change : array-like, shape (n,)
        True redshifts, and differences of |d| as `paired_errors` gives them.
    width : float
        Of a bin [redshift].

    Returns
    -------
    pd.DataFrame
        z_low, z_high, n, change (the difference of the two MAEs in the bin), standard_error, and
        low and high, a 95 % interval. Empty bins are left out; NaN where one galaxy is alone.
    """
    true = np.asarray(z_spec, float)
    edges = bin_edges(true, width)
    groups = pd.Series(np.asarray(change, float)).groupby(bin_index(true, edges))
    table = groups.agg(["size", "mean", "std"])
    n = table["size"].to_numpy()
    error = table["std"] / np.sqrt(n)
    half = error * stdtrit(np.maximum(n - 1, 1), 0.975)
    return pd.DataFrame(
        {
            "z_low": edges[table.index],
            "z_high": edges[table.index + 1],
            "n": n,
            "change": table["mean"].to_numpy(),
            "standard_error": error.to_numpy(),
            "low": (table["mean"] - half).to_numpy(),
            "high": (table["mean"] + half).to_numpy(),
        }
    )


def thinned(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return at most `n` rows, always the same ones drawn by chance, for a picture of galaxies."""
    return table if len(table) <= n else table.sample(n, random_state=0).sort_index()


def share_nearer(change: ArrayLike) -> dict[str, int | float] | None:
    """Return the share of galaxies to whose redshift the other estimate is nearer.

    Among those on which the two differ (sign test): n, share, low and high, Wilson's 95 % interval
    (1927, JASA 22, 209). None where they never differ.
    """
    differing = np.asarray(change, float)
    differing = differing[differing != 0]
    if not len(differing):
        return None
    found = share_with_error(differing < 0)
    names = {"n": "n", "coverage": "share", "coverage_low": "low", "coverage_high": "high"}
    return {ours: found[theirs] for theirs, ours in names.items()}
