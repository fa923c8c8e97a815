"""Which galaxies to look at."""

import numpy as np
import pandas as pd

from core.errors import ConfigError

HIGH_Z = 0.35

CHOICES = {
    "Narrow to wide": "from the smallest to the largest predicted error, in equal steps of rank",
    "Random": "drawn at random, the same each time",
    "High redshift": f"drawn at random from those with z_spec of {HIGH_Z:g} or more",
    "Worst": "those with the largest CRPS, the worst first",
}
"""Names of the choices, and what each takes."""


def choose_examples(predictions: pd.DataFrame, which: str, n: int) -> np.ndarray:
    """Return the rows of some galaxies.

    Parameters
    ----------
    predictions : pd.DataFrame
        With z_spec, sigma_z and crps.
    which : str
        Of `CHOICES`.
    n : int
        At most.

    Returns
    -------
    np.ndarray of int
        Positions in the table.

    Raises
    ------
    ConfigError
        If the choice is unknown.
    """
    if which not in CHOICES:
        raise ConfigError(f"Examples: expected one of {', '.join(CHOICES)}, received '{which}'.")
    if which == "Narrow to wide":
        order = np.argsort(predictions["sigma_z"].to_numpy(), kind="stable")
        steps = np.linspace(0, len(order) - 1, min(n, len(order)))
        return order[steps.round().astype(int)]
    if which == "Worst":
        return np.argsort(-predictions["crps"].to_numpy(), kind="stable")[:n]
    low = HIGH_Z if which == "High redshift" else -np.inf
    rows = np.flatnonzero(predictions["z_spec"].to_numpy() >= low)
    return np.random.default_rng(0).permutation(rows)[:n]
