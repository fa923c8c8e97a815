"""The order of a search's trials, on the screen, in its files and on the command line."""

import pandas as pd


def best_first(trials: pd.DataFrame) -> pd.DataFrame:
    """Return trials by MAE, those that are alike by number; those without an MAE are the last."""
    return trials.sort_values(["mae", "trial"], ignore_index=True)
