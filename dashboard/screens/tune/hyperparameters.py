"""Which hyperparameters of a search a figure draws, and which it leaves out."""

from collections.abc import Collection

import pandas as pd

from core.amounts import n_of
from core.tuning import Search, label_of, telling
from dashboard.shared.choose_several import choose_several
from dashboard.shared.messages import plain


def choose(
    label: str, search: Search, done: pd.DataFrame, key: str, most: int | None = None
) -> list[str]:
    """Draw the choice and return the names, in the space's order.

    At first those are drawn that took more than one value in the trials `done`; where they are
    more than `most`, those that tell most.
    """
    names = [one.name for one in search.config.space.dimensions]
    varied = [name for name in names if len(done[name].unique()) > 1]
    first = varied if most is None else telling(done, varied)[:most]
    which = (
        "all" if most is None else f"the {most} that the MAE of the trials follows most, of those"
    )
    chosen = choose_several(
        label,
        names,
        default=[name for name in varied if name in first],
        format_func=label_of,
        key=f"{key}.{search.search_id}",
        help=f"At first {which} that took more than one value. The download has all.",
    )
    return [name for name in names if name in chosen]


def left_out(search: Search, drawn: Collection[str], why: str) -> str:
    """Say which hyperparameters of the space are not among those `drawn`, and `why` or what to do.

    Nothing where all are.
    """
    names = [one.name for one in search.config.space.dimensions]
    missing = [label_of(name) for name in names if name not in drawn]
    if not missing:
        return ""
    of = n_of(len(names), "hyperparameter")
    return f" {len(missing)} of {of} not shown: {plain(', '.join(missing))}; {why}."
