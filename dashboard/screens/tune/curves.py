"""The curves of a search's trials, the best ones over each other."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.tuning import Search
from dashboard.figures import trial_curves
from dashboard.shared.chooser import choose_one
from dashboard.shared.log_toggle import log_toggle
from dashboard.shared.shared_loss import sharing_loss
from dashboard.shared.shown import show_figure
from dashboard.shared.whole_range import whole_range

HOW_MANY = (5, 10, 20, 50)
USUAL = 20
NAMES = {"MAE": "val_mae", "Loss": "val_loss"}


def show(search: Search, done: pd.DataFrame) -> None:
    """Draw the curves of the best of the finished trials."""
    what, many, log_place, whole_place = st.columns(
        [3, 5, 3, 3], vertical_alignment="bottom", gap="small"
    )
    with what:
        quantity = NAMES[_choice("Of the validation part", tuple(NAMES), "trial_curves_of")]
    with many:
        n = int(_choice("Trials, the best first", HOW_MANY, "trial_curves_n", default=USUAL))
    best = done.nsmallest(n, "mae")
    if quantity == "val_loss":
        best = best[best["trial"].isin(_sharing_loss(search, best["trial"]))]
    table = _table(search, best)
    if table.empty:
        st.info("The curves of these trials are not there.", icon=":material/show_chart:")
        return
    with log_place:
        log = log_toggle([table[quantity].to_numpy(float)], "trial_curves_log")
    with whole_place:
        whole = whole_range()
    number = int(best["trial"].iloc[0])
    figure = trial_curves.trial_curves(table, quantity, number, log, whole=whole)
    show_figure(figure, "trial_curves", "Curves", table, f"{search.search_id}-curves")
    st.caption(
        f"Trial {number}, the best of these, is thick. Curves that still fall at their end were "
        "cut short by the epochs of a trial."
    )


def _choice(label: str, options: Sequence[Any], key: str, **how: Any) -> Any:
    return choose_one(label, options, key, persist_state="session", **how)


def _sharing_loss(search: Search, numbers: pd.Series) -> list[int]:
    """Return the trials of one loss: where it varies, values of different ones do not compare."""
    trials = {trial.number: trial for trial in search.ended_trials()}
    recipes = {int(number): search.recipe(trials[number]) for number in numbers}
    return sharing_loss(recipes, "trials", "trial_curves_loss")


def _table(search: Search, trials: pd.DataFrame) -> pd.DataFrame:
    """Return trial, its lowest MAE, and its curve, a row per epoch."""
    found = [
        search.curves(int(trial)).assign(trial=int(trial), mae_of_trial=float(mae))
        for trial, mae in zip(trials["trial"], trials["mae"], strict=True)
    ]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    if table.empty:
        return table
    names = ["trial", "mae_of_trial", "epoch", "val_mae", "val_loss"]
    return table[names].rename(columns={"mae_of_trial": "mae"})
