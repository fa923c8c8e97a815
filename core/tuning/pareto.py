"""Trials that no other one beats in everything at once."""

import numpy as np


def pareto_front(costs: np.ndarray) -> np.ndarray:
    """Return which rows are not dominated: the Pareto front.

    A row is dominated if another one is nowhere larger and somewhere smaller.
    Equal rows do not dominate each other.

    Parameters
    ----------
    costs : np.ndarray, shape (n, k)
        What is to be small, e.g. MAE and CPU time of n trials. A row with a NaN is
        never on the front and dominates none.

    Returns
    -------
    np.ndarray of bool, shape (n,)
    """
    known = ~np.isnan(costs).any(axis=1)
    some = costs[known]
    front = np.zeros(len(costs), bool)
    # A column of candidates at a time: a table of all pairs would grow with the square.
    front[known] = [
        not ((some <= row).all(axis=1) & (some < row).any(axis=1)).any() for row in some
    ]
    return front
