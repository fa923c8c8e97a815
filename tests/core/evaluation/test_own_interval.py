import numpy as np
import pandas as pd
import pytest

from core.evaluation.own_interval import own_coverage
from core.evaluation.shares import share_interval

TABLE = pd.DataFrame({"z_spec": [0.1, 0.2, 0.3], "z_lower": 0.1, "z_upper": [0.1, 0.2, 0.25]})


def test_the_share_has_its_interval():
    low, high = share_interval(2, 3)
    assert own_coverage(TABLE) == {"value": pytest.approx(2 / 3), "low": low, "high": high}


@pytest.mark.parametrize(
    "table",
    [
        TABLE.drop(columns="z_upper"),
        TABLE.assign(z_lower=np.nan),
        TABLE.assign(z_upper=[0.1, np.nan, 0.25]),
        TABLE.assign(z_upper=pd.array([0.1, None, 0.25], dtype="Float64")),
    ],
)
def test_nothing_is_told_unless_each_estimate_has_an_interval(table):
    assert own_coverage(table) == {}
