import numpy as np
import pandas as pd
import pytest

from dashboard.figures import comparison, paired, seeds
from dashboard.figures.errors import FAINT


@pytest.fixture
def galaxies():
    z_spec, change = np.array([0.1, 0.2, 0.3]), np.array([-0.3, 0.01, 0.2])
    ids = np.array([2**60 + 1, 2**60 + 2, 2**60 + 3])
    table = {"source_id": ids, "z_spec": z_spec, "z_reference": z_spec, "z_other": z_spec + change}
    return pd.DataFrame(table | {"change": change})


@pytest.fixture
def bins():
    """One bin of many galaxies, of which the axis is; two of few."""
    return pd.DataFrame(
        {
            "z_low": [0.0, 0.05, 0.1],
            "z_high": [0.05, 0.1, 0.15],
            "n": [50, 2, 1],
            "change": [-0.01, 0.001, -0.002],
            "standard_error": [0.005, 0.4, np.nan],
            "low": [-0.02, -5.0, np.nan],
            "high": [0.0, 5.0, np.nan],
            "run": "b",
        }
    )


def test_what_lies_beyond_the_axis_is_drawn_at_its_ends(galaxies, layers_of):
    chart = paired.per_galaxy(galaxies, 0.1, "b", ["a", "b"])
    points, arrows, zero = layers_of(chart)
    assert points.data["beyond"].tolist() == [True, False, True]
    assert arrows.data["angle"].tolist() == [180, 0, 0]
    assert arrows.mark["shape"] == "triangle-up"
    assert points.data["at"].tolist() == [-0.1, 0.01, 0.1]
    assert points.scale("y")["domain"] == [-0.1, 0.1]
    assert points.data["source"].tolist() == galaxies["source_id"].astype(str).tolist()
    assert points.scale("color")["range"] == comparison.color(["a", "b"]).to_dict()["range"]
    assert zero.data["at"].tolist() == [0]
    said = "▲▼ 2 points are beyond the axis: point at them for their values"
    assert chart.to_dict()["title"]["subtitle"] == said


def test_means_of_few_galaxies_beyond_the_axis_are_told_from_those_on_it(bins, layers_of):
    bins["change"] = [-0.01, -0.0624, 0.0974]
    chart = paired.per_bin(bins, ["a", "b"])
    _, _, points, arrows = layers_of(chart)
    filters = [layer["transform"] for layer in chart.to_dict()["layer"][2:]]
    assert filters == [[{"filter": "!datum.beyond"}], [{"filter": "datum.beyond"}]]
    assert points.data["beyond"].tolist() == [False, True, True]
    low, high = points.scale("y")["domain"]
    assert points.data["at"].tolist() == [-0.01, low, high]
    assert points.encoding["y"]["field"] == arrows.encoding["y"]["field"] == "at"
    assert arrows.mark["shape"] == "triangle-up"
    assert arrows.data["angle"].tolist() == [0, 180, 0]
    said = "▲▼ 2 points are beyond the axis: point at them for their values"
    assert chart.to_dict()["title"]["subtitle"] == said


def test_intervals_of_few_galaxies_do_not_widen_the_axis(bins, layers_of):
    zero, bars, points = layers_of(paired.per_bin(bins, ["a", "b"]))
    low, high = points.scale("y")["domain"]
    assert -0.022 < low < -0.02
    assert 0 < high < 0.002
    assert points.scale("y")["clamp"]
    assert bars.scale("y") == points.scale("y")
    assert points.data["opacity"].tolist() == [1.0, FAINT, FAINT]
    assert points.data["z"].between(bins["z_low"], bins["z_high"]).all()
    assert [each.get("format") for each in points.encoding["tooltip"][3:6]] == ["+.4f"] * 3
    assert zero.data["at"].tolist() == [0]


def test_seeds_are_rows_over_their_mean_and_spread(layers_of):
    table = pd.DataFrame(
        {"run": ["a", "b"], "seed": [0, 7], "value": [1.0, 3.0], "low": [0.5, 2.5], "high": [2, 4]}
    )
    band, centre, bars, points = layers_of(seeds.scatter(table, "MAE", 2.0, 2**0.5))
    assert (band.data["below"][0], band.data["above"][0]) == pytest.approx((2 - 2**0.5, 2 + 2**0.5))
    assert centre.data["mean"].tolist() == [2.0]
    assert points.data["label"].tolist() == ["seed 0", "seed 7"]
    assert (bars.encoding["x"]["field"], bars.encoding["x2"]["field"]) == ("low", "high")
