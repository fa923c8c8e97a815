"""Galaxies of which several estimates say different redshifts."""

from collections.abc import Sequence

import pandas as pd

from core.comparison.subject import Subject


def disagreement(subjects: Sequence[Subject]) -> pd.DataFrame:
    """Return how far apart the estimates of each galaxy are, the farthest first.

    Of `aligned` subjects: source_id, z_spec, g_mag if known, spread = (highest - lowest z_pred) /
    (1 + z_spec), and the z_pred of each estimate in a column of its name.
    """
    first = subjects[0].predictions
    known = [name for name in ("source_id", "z_spec", "g_mag") if name in first]
    table = first[known].reset_index(drop=True)
    redshifts = pd.DataFrame(
        {subject.name: subject.predictions["z_pred"].to_numpy() for subject in subjects}
    )
    apart = redshifts.max(axis=1) - redshifts.min(axis=1)
    table = table.assign(spread=apart / (1 + table["z_spec"])).join(redshifts)
    return table.sort_values("spread", ascending=False, kind="stable", ignore_index=True)
