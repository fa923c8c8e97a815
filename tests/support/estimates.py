"""Two redshifts per galaxy as a table, and what is asked of it in many tests."""

import pandas as pd

from core.evaluation.comparison import Difference, differences, score
from core.evaluation.metrics import HEADLINE, errors, values


def table_of(z_spec, z_pred) -> pd.DataFrame:
    return pd.DataFrame({"z_spec": z_spec, "z_pred": z_pred})


def headline(z_spec, z_pred) -> dict[str, float]:
    """Every headline metric by name."""
    return values(HEADLINE, errors(z_spec, z_pred))


def paired(z_spec, z_pred_a, z_pred_b, **options) -> dict[str, Difference]:
    """Two estimates of the same galaxies compared, without densities."""
    return differences(
        *(score(table_of(z_spec, z_pred), **options) for z_pred in (z_pred_a, z_pred_b))
    )
