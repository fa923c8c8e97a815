import numpy as np
import pytest

from core.evaluation.bins import binned_errors
from dashboard.figures import ugc

Z = np.linspace(0.011, 0.49, 200)


def shades(tables):
    """Zones that the chart shades, their ends by name."""
    data = ugc.by_predicted(tables, min_galaxies=1).to_dict()
    rows = data["datasets"][data["layer"][0]["data"]["name"]]
    return {row["zone"]: (row["z"], row["end"]) for row in rows}


def test_bad_zones_are_shaded_as_far_as_the_axis_goes():
    tables = {
        "Our run": binned_errors(Z, Z + 0.01, against="z_pred"),
        "Gaia UGC": binned_errors(Z, Z, against="z_pred"),
    }
    found = shades(tables)
    assert found["z < 0.02"] == (0.0, 0.02)
    assert found["0.07 to 0.071"] == (0.07, 0.071)
    assert "z > 0.58" not in found
    beyond = tables | {"Gaia UGC": binned_errors(Z, Z + 0.2, against="z_pred")}
    assert shades(beyond)["z > 0.58"] == pytest.approx((0.58, 0.7))
