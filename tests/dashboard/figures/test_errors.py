import dataclasses

import numpy as np
import pytest

from core.data.published import published
from core.evaluation.bins import binned_errors, standard_errors
from core.evaluation.histograms import (
    paired_histogram,
    residual_density,
    running_percentiles,
)
from dashboard.figures import errors, theme


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(9)
    z_spec = np.append(rng.uniform(0, 0.3, 3000), 0.52)
    return z_spec, z_spec + rng.normal(0.01, 0.02, 3001)


@pytest.fixture(scope="module")
def table(galaxies):
    return binned_errors(*galaxies)


def test_points_are_the_mean_errors_with_bars_of_one_standard_deviation(table, layers_of):
    zero, bars, points = layers_of(errors.binned(table))
    filled = table[table["n"] > 0]
    assert len(filled) < len(table)
    np.testing.assert_allclose(points.data["mean_error"], filled["mean_error"])
    np.testing.assert_allclose(points.data["z"], (filled["z_low"] + filled["z_high"]) / 2)
    np.testing.assert_allclose(bars.data["low"], filled["mean_error"] - filled["std"])
    np.testing.assert_allclose(bars.data["high"], filled["mean_error"] + filled["std"])
    assert (bars.encoding["y"]["field"], bars.encoding["y2"]["field"]) == ("low", "high")
    assert zero.data["y"].tolist() == [0]


def test_bars_can_be_standard_errors_and_few_galaxies_look_uncertain(table, layers_of):
    _, bars, points = layers_of(errors.binned(table, published(), bars=errors.STANDARD_ERROR))
    ours = bars.data[bars.data["series"] != "Published"]
    half = standard_errors(table)["mean_error"][table["n"] > 0]
    np.testing.assert_allclose((ours["high"] - ours["low"]) / 2, half)
    assert bars.data[bars.data["series"] == "Published"]["half"].isna().all()
    assert points.encoding["opacity"]["field"] == "opacity"
    assert ((ours["opacity"] < 1) == (ours["n"] < errors.FEW)).all()
    assert (ours["opacity"] < 1).any()


def test_binned_axes(table, layers_of):
    points = layers_of(errors.binned(table))[-1]
    assert points.title("x") == "True redshift z_spec (bins of 0.05)"
    assert points.title("y") == "d = z_pred − z_spec"


def test_the_overlay_is_table_3_in_another_colour_and_shape(table, layers_of):
    points = layers_of(errors.binned(table, published()))[-1]
    theirs = points.data[points.data["series"] == "Published"]
    np.testing.assert_allclose(theirs["mean_error"], published().table3["mean_error"])
    np.testing.assert_allclose(theirs["high"] - theirs["low"], 2 * published().table3["std"])
    assert points.scale("color")["range"] == [theme.OURS, theme.REFERENCE]
    assert points.scale("shape")["range"] == ["circle", "diamond"]
    assert points.scale("color")["domain"] == points.scale("shape")["domain"]


def test_overlaid_points_stay_in_their_bins_and_apart(table, layers_of):
    data = layers_of(errors.binned(table, published()))[-1].data
    assert data["z"].between(data["z_low"], data["z_high"]).all()
    assert data["z"].is_unique
    low, high = layers_of(errors.binned(table, published()))[-1].scale("x")["domain"]
    assert (low, high) == (0, pytest.approx(0.6))


def test_binned_hover_gives_counts(table, layers_of):
    points = layers_of(errors.binned(table, published()))[-1]
    titles = [each["title"] for each in points.encoding["tooltip"]]
    assert {"Galaxies", "Mean error", "Standard deviation"} <= set(titles)
    assert points.data["galaxies"].iloc[0] == f"{table['n'].iloc[0]:,}"
    assert points.data["galaxies"].iloc[-1] == "not printed"


def test_the_callers_tables_are_not_changed(table):
    before = table.copy(), published().table3.copy()
    errors.binned(table, published())
    assert table.equals(before[0])
    assert published().table3.equals(before[1])


def test_true_and_predicted_are_counted_in_the_same_bins(galaxies, layers_of):
    expected = paired_histogram(*galaxies, 0.02)
    bars, line, hover = layers_of(errors.true_and_predicted(expected))
    np.testing.assert_array_equal(bars.data["n_spec"], expected["n_spec"])
    np.testing.assert_array_equal(line.data["n_pred"][:-1], expected["n_pred"])
    assert line.data["z_low"].iloc[-1] == expected["z_high"].iloc[-1]
    assert line.mark["interpolate"] == "step-after"
    assert bars.title("x") == "Redshift"
    assert bars.title("y") == "Galaxies per bin of 0.02"
    assert bars.scale("color")["domain"] == ["z_spec", "z_pred"]
    assert {"n_spec", "n_pred"} <= {each["field"] for each in hover.encoding["tooltip"]}


def test_residuals_along_magnitude(galaxies):
    g_mag = np.linspace(17, 20, len(galaxies[0]))
    density = residual_density(*galaxies, g_mag=g_mag)
    running = running_percentiles(*galaxies, width=0.25, g_mag=g_mag)
    figure = errors.residuals(density, running, "G")
    np.testing.assert_allclose(figure.data[1].x, running["g_mag"])
    assert figure.layout.xaxis.title.text == "Magnitude G [mag]"
    assert figure.layout.title.text == "Errors along the magnitude G"


@pytest.mark.parametrize(
    ("against", "title"),
    [("z_spec", "True redshift z_spec"), ("z_pred", "Predicted redshift z_pred")],
)
def test_residuals(galaxies, against, title):
    density = dataclasses.replace(residual_density(*galaxies, against), n_outside=7)
    running = running_percentiles(*galaxies, against)
    figure = errors.residuals(density, running, against)
    heat, median, p16, p84, unsure = figure.data
    np.testing.assert_array_equal(heat.customdata, density.counts.T)
    for line, column in ((median, "median"), (p16, "p16"), (p84, "p84")):
        np.testing.assert_allclose(line.x, running["z"])
        np.testing.assert_allclose(line.y, running[column])
    # Of a bin's median, wider the fewer its galaxies.
    n = len(running)
    half = (np.array(unsure.y[n:][::-1]) - np.array(unsure.y[:n])) / 2
    sigma = (running["p84"] - running["p16"]) / 2
    np.testing.assert_allclose(half, 1.2533 * sigma / np.sqrt(running["n"]), rtol=1e-3)
    assert unsure.name == "Standard error of the median"
    assert figure.layout.xaxis.title.text == title
    assert figure.layout.yaxis.title.text == "d = z_pred − z_spec"
    assert figure.layout.shapes[0].y0 == figure.layout.shapes[0].y1 == 0
    assert figure.layout.title.text == f"Errors along the {title.lower()}"
    counted = f"{density.counts.sum():,} galaxies, 7 more outside"
    assert figure.layout.title.subtitle.text == counted
    assert title.lower() in figure.layout.meta["alt"]


def test_altair_figures_say_in_words_what_they_show(table, galaxies):
    text = errors.binned(table, published()).to_dict()["description"]
    assert "11 bins of width 0.05 of the true redshift, with the published values" in text
    text = errors.true_and_predicted(paired_histogram(*galaxies)).to_dict()["description"]
    assert text == "Histograms of the true and the predicted redshifts of 3,001 galaxies"


def test_whose_redshifts_they_are_stands_in_the_legend(table, layers_of):
    points = layers_of(errors.binned(table, published(), "Gaia UGC"))[-1]
    assert points.scale("color")["domain"] == ["Gaia UGC", "Published"]
    assert set(points.data["series"]) == {"Gaia UGC", "Published"}
