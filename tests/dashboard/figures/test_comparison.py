import numpy as np
import pandas as pd
import pytest

from core.data.published import published
from core.evaluation.bins import binned_errors, standard_errors
from dashboard.figures import comparison, theme
from dashboard.figures.errors import STANDARD_DEVIATION

EIGHT = [f"run-{i}" for i in range(8)]


@pytest.fixture(scope="module")
def bins():
    rng = np.random.default_rng(2)
    z = rng.uniform(0, 0.3, 2000)
    parts = [
        binned_errors(z, z + rng.normal(shift, 0.02, len(z))).assign(run=name)
        for name, shift in (("one", 0.0), ("two", 0.01))
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "run": ["b", "c", "d"],
            "difference": [-0.0007, 0.001, 0.0001],
            "low": [-0.0009, 0.0005, -0.0002],
            "high": [-0.0005, 0.0015, 0.0004],
            "verdict": ["better", "worse", "not distinguished"],
        }
    )


def test_eight_runs_look_different_and_none_like_what_is_published():
    colors, shapes, dashes = (
        make(EIGHT).to_dict()["range"]
        for make in (comparison.color, comparison.shape, comparison.dash)
    )
    assert len(set(zip(colors, shapes, strict=True))) == 8
    assert len(set(zip(colors, map(tuple, dashes), strict=True))) == 8
    assert theme.NEUTRAL not in colors


def test_a_run_keeps_its_colour_when_another_is_added():
    two, three = (comparison.color(EIGHT[:n]).to_dict()["range"] for n in (2, 3))
    assert three[:2] == two


def test_differences_are_points_with_their_intervals_from_zero(table, layers_of):
    zero, bars, points = layers_of(comparison.differences(table, "MAE", "a"))
    assert zero.data["x"].tolist() == [0]
    assert (bars.encoding["x"]["field"], bars.encoding["x2"]["field"]) == ("low", "high")
    assert points.data["difference"].tolist() == [-0.0007, 0.001, 0.0001]
    assert points.encoding["y"]["sort"] == ["b", "c", "d"]
    assert points.title("x") == bars.title("x") == "MAE minus that of a"
    told = layers_of(comparison.differences(table, "MAE", "a", 7))[-1].encoding["tooltip"]
    assert [each["format"] for each in told if "format" in each] == ["+.7f"] * 3


def test_the_verdict_has_a_colour(table, layers_of):
    scale = layers_of(comparison.differences(table, "MAE", "a"))[-1].scale("color")
    assert dict(zip(scale["domain"], scale["range"], strict=True)) == {
        "better": theme.GREEN,
        "worse": theme.VERMILLION,
        "not distinguished": theme.NEUTRAL,
    }


@pytest.mark.parametrize("quantity", list(comparison.QUANTITIES))
def test_every_run_has_a_mark_in_each_of_its_bins(bins, layers_of, quantity):
    marks = layers_of(comparison.binned(bins, ["one", "two"], quantity))[-1]
    assert marks.encoding["y"]["field"] == quantity
    pd.testing.assert_frame_equal(
        marks.data[["run", "z_low", quantity]],
        bins.dropna(subset=[quantity])[["run", "z_low", quantity]],
        check_dtype=False,
    )
    assert marks.data["z"].between(marks.data["z_low"], marks.data["z_high"]).all()
    assert marks.data["z"].is_unique
    assert marks.title("x") == "True redshift z_spec (bins of 0.05)"
    assert marks.title("y").endswith("[redshift]")


@pytest.mark.parametrize(
    ("quantity", "known"), [("mean_error", True), ("std", True), ("mae", False)]
)
def test_published_values_are_drawn_where_they_are_known(bins, layers_of, quantity, known):
    chart = comparison.binned(bins, ["one", "two"], quantity, published())
    marks = layers_of(chart)[-1]
    theirs = marks.data[marks.data["run"] == "Published"]
    assert len(theirs) == (len(published().table3) if known else 0)
    assert marks.scale("color")["range"] == [
        *comparison.COLORS[:2],
        *([theme.NEUTRAL] if known else []),
    ]
    assert ("with the published" in chart.to_dict()["description"]) == known


def test_the_callers_tables_are_not_changed(bins, table):
    before = bins.copy(), table.copy()
    comparison.binned(bins, ["one", "two"], "std", published())
    comparison.differences(table, "MAE", "a")
    assert bins.equals(before[0])
    assert table.equals(before[1])


@pytest.mark.parametrize(
    ("quantity", "known"), [("mean_error", True), ("mae", True), ("std", False)]
)
def test_bars_are_standard_errors_and_bins_of_few_galaxies_are_faint(
    bins, layers_of, quantity, known
):
    chart = comparison.binned(bins, ["one", "two"], quantity, published(), min_galaxies=330)
    bars, marks = layers_of(chart)[-2:]
    assert (bars.encoding["y"]["field"], bars.encoding["y2"]["field"]) == ("low", "high")
    ours = marks.data[marks.data["run"] != "Published"]
    few = ours["n"] < 330
    assert 0 < few.sum() < len(ours)
    assert (marks.data["opacity"] < 1).sum() == few.sum()
    assert (ours["opacity"] < 1).equals(few)
    if known:
        errors = standard_errors(bins)[quantity].dropna()
        np.testing.assert_allclose((ours["high"] - ours["low"]) / 2, errors)
    else:
        assert ours["half"].isna().all()


def test_bars_can_be_standard_deviations_of_the_mean_error(bins, layers_of):
    chart = comparison.binned(
        bins, ["one", "two"], "mean_error", published(), bars=STANDARD_DEVIATION
    )
    points = layers_of(chart)[-1].data
    np.testing.assert_allclose((points["high"] - points["low"]) / 2, points["std"])


def test_what_ranks_no_run_is_not_called_alike(table, layers_of):
    unranked = table.assign(verdict="not ranked")
    scale = layers_of(comparison.differences(unranked, "Outliers, RAIL", "a"))[-1].scale("color")
    assert scale["domain"] == ["better", "worse", "not ranked"]
    assert scale["range"][-1] == theme.NEUTRAL
