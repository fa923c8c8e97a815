"""How often the true redshift lies in an estimate's own interval, of whatever level that is."""

import numpy as np
import pandas as pd

from core.evaluation.coverage import coverage_row

OWN_INTERVAL = "In its own 68 % interval"
"""What the share is called of runs and UGC, which have intervals of that level."""

ENDS = ("z_lower", "z_upper")


def own_coverage(predictions: pd.DataFrame) -> dict[str, float]:
    """Return that share as value, low and high (95 %); empty unless each estimate has one.

    The level stands in no table: it is that with which z_lower and z_upper were made.
    """
    if not {"z_spec", *ENDS} <= set(predictions):
        return {}
    ends = [predictions[name].to_numpy(float, na_value=np.nan) for name in ENDS]
    if not np.isfinite(ends).all():
        return {}
    found = coverage_row(predictions["z_spec"], *ends)
    return {"value": found["coverage"]} | {end: found[f"coverage_{end}"] for end in ("low", "high")}
