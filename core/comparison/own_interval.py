"""How often the true redshift lies in an estimate's own 68 % interval."""

import pandas as pd

from core.evaluation import coverage_row

OWN_INTERVAL = "In its own 68 % interval"


def own_coverage(predictions: pd.DataFrame) -> dict[str, float]:
    """Return that share as value, low and high (95 %); empty of an estimate without intervals."""
    columns = ["z_spec", "z_lower", "z_upper"]
    if not set(columns) <= set(predictions):
        return {}
    found = coverage_row(*(predictions[name] for name in columns))
    ends = {end: found[f"coverage_{end}"] for end in ("low", "high")}
    return {"value": found["coverage"], **ends}
