"""The first epochs of a training, often far above all others: an axis ends below them.

They would press all others together.
"""

import numpy as np
import pandas as pd

# Of the first epochs: one in so many, and how far above the others' range the axis goes on, in
# units of it.
ONE_IN, ROOM = 20, 0.3
FEWEST = 4  # epochs of which the first may be taken for such a one


def axis_top(data: pd.DataFrame, columns: list[str]) -> float:
    """Return where an axis ends that first epochs do not squash; infinity where none would.

    `data` has run, epoch and the columns that are drawn, a row per point.
    """
    later = []
    for _, rows in data.groupby("run", sort=False):
        epochs = np.unique(rows["epoch"])
        n = max(1, len(epochs) // ONE_IN) if len(epochs) >= FEWEST else 0
        first = epochs[:n]
        later.append(rows.loc[~rows["epoch"].isin(first), columns].to_numpy(float))
    values = np.concatenate(later)
    low, high = np.nanmin(values), np.nanmax(values)
    top = high + ROOM * (high - low)
    return float(top) if top > low and data[columns].to_numpy(float).max() > top else np.inf
