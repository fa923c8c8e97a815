import numpy as np
import pytest

from core.errors import ConfigError
from core.evaluation.histograms import (
    histogram2d,
    magnitude_histogram,
    paired_histogram,
    pit_histogram,
    residual_density,
    running_percentiles,
)


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(8)
    z_spec = rng.uniform(0, 0.58, 20_000)
    return z_spec, z_spec + rng.normal(0.01, 0.02, len(z_spec))


def test_one_galaxy_lands_in_its_cell_true_along_x():
    histogram = histogram2d([0.42], [0.13], bins=45)
    (i,), (j,) = np.nonzero(histogram.counts)
    assert histogram.edges_x[i] <= 0.42 < histogram.edges_x[i + 1]
    assert histogram.edges_y[j] <= 0.13 < histogram.edges_y[j + 1]
    row = histogram.to_frame().iloc[0]
    assert row["x_low"] <= 0.42 < row["x_high"]
    assert row["y_low"] <= 0.13 < row["y_high"]
    assert row["n"] == 1


def test_axes_are_equal_and_nothing_is_lost(galaxies):
    histogram = histogram2d(*galaxies)
    np.testing.assert_array_equal(histogram.edges_x, histogram.edges_y)
    assert (histogram.edges_x[0], histogram.edges_x[-1]) == (0, pytest.approx(0.6))
    outside = (galaxies[1] < 0) | (galaxies[1] > 0.6)
    assert histogram.n_outside == outside.sum() > 0
    assert histogram.counts.sum() + histogram.n_outside == 20_000
    assert histogram.to_frame()["n"].sum() == histogram.counts.sum()


def test_pictures_never_hold_more_than_10000_cells(galaxies):
    assert histogram2d(*galaxies).counts.size == 10_000
    assert residual_density(*galaxies).counts.size == 10_000
    for bins in (0, 101):
        with pytest.raises(ConfigError, match=f"expected 1 to 100, received {bins}"):
            histogram2d(*galaxies, bins=bins)


def test_wild_predictions_do_not_stretch_the_axes():
    z_spec, z_pred = np.full(1000, 0.12), np.full(1000, 0.13)
    z_pred[0] = 1e9
    histogram = histogram2d(z_spec, z_pred)
    assert histogram.edges_y[-1] == pytest.approx(0.15)
    assert histogram.n_outside == 1
    residuals = residual_density(z_spec, z_pred)
    assert residuals.edges_y[-1] == pytest.approx(0.05)
    assert residuals.n_outside == 1


@pytest.mark.parametrize("against", ["z_spec", "z_pred"])
def test_residuals_are_the_errors(galaxies, against):
    z_spec, z_pred = galaxies
    residuals = residual_density(z_spec, z_pred, against=against)
    np.testing.assert_allclose(residuals.edges_y, -residuals.edges_y[::-1], atol=1e-12)
    x, d = (z_spec if against == "z_spec" else z_pred), z_pred - z_spec
    low, high = residuals.edges_y[60], residuals.edges_y[-1]
    expected = ((d >= low) & (d <= high) & (x >= 0) & (x <= 0.6)).sum()
    assert residuals.counts[:, 60:].sum() == expected
    assert residuals.counts.sum() + residuals.n_outside == 20_000


def test_running_percentiles_recover_the_known_errors(galaxies):
    table = running_percentiles(*galaxies)
    assert table["n"].sum() == 20_000
    np.testing.assert_allclose(table["z"], np.arange(29) * 0.02 + 0.01)
    np.testing.assert_allclose(table["median"], 0.01, atol=0.004)
    # 16 and 84 %: 0.9945 sigma from the median.
    np.testing.assert_allclose(table["p16"], 0.01 - 0.0199, atol=0.005)
    np.testing.assert_allclose(table["p84"], 0.01 + 0.0199, atol=0.005)
    expected = 1.2533 * 0.0199 / np.sqrt(table["n"])
    np.testing.assert_allclose(table["median_standard_error"], expected, rtol=0.2)


def test_along_magnitude_errors_stand_where_their_galaxies_are():
    rng = np.random.default_rng(3)
    g_mag = rng.uniform(17.1, 20.9, 4000)
    g_mag[::40] = np.nan
    z_spec = rng.uniform(0, 0.3, 4000)
    z_pred = z_spec + 0.01 * (g_mag - 17) * rng.choice([-1, 1], 4000)
    z_pred[::40] = 5.0  # of galaxies without a magnitude
    table = running_percentiles(z_spec, z_pred, width=0.25, g_mag=g_mag)
    assert table["n"].sum() == 3900
    np.testing.assert_allclose(table["p84"], 0.01 * (table["g_mag"] - 17), atol=0.0015)
    np.testing.assert_allclose(table["p16"], -table["p84"], atol=0.003)
    plane = residual_density(z_spec, z_pred, g_mag=g_mag, bins=8)
    assert plane.edges_x.tolist() == [17, 17.5, 18, 18.5, 19, 19.5, 20, 20.5, 21]
    expected = np.histogram(g_mag[np.isfinite(g_mag)], plane.edges_x)[0]
    np.testing.assert_array_equal(plane.counts.sum(axis=1), expected)


def test_running_percentiles_leave_sparse_bins_out():
    z_spec = np.append(np.full(12, 0.05), np.full(9, 0.35))
    table = running_percentiles(z_spec, z_spec + 0.01, width=0.1)
    assert table["z"].tolist() == pytest.approx([0.05])
    assert table["n"].tolist() == [12]


def test_running_percentiles_by_prediction_bin_the_prediction():
    table = running_percentiles(np.full(20, 0.05), np.full(20, 0.25), "z_pred", width=0.1)
    assert table["z"].tolist() == pytest.approx([0.25])
    assert table["median"].tolist() == pytest.approx([0.2])


def test_paired_histogram_counts_both_in_the_same_bins(galaxies):
    table = paired_histogram(*galaxies, width=0.05)
    assert table["n_spec"].sum() == table["n_pred"].sum() == 20_000
    inside = (galaxies[1] >= 0.1) & (galaxies[1] < 0.15)
    row = table[np.isclose(table["z_low"], 0.1)].iloc[0]
    assert row["n_pred"] == inside.sum()
    assert table.loc[table["z_low"] < -0.01, "n_spec"].sum() == 0


@pytest.mark.parametrize("function", [residual_density, running_percentiles])
def test_unknown_axis_is_refused(function):
    with pytest.raises(ConfigError, match="one of z_spec, z_pred"):
        function([0.1], [0.1], against="g_mag")


def test_pit_values_are_counted_beside_the_uniform_expectation():
    table = pit_histogram([0.0, 0.04, 0.05, 0.5, 1.0])
    assert len(table) == 20
    assert table["n"].tolist()[:2] == [2, 1]
    assert table["n"].iloc[-1] == 1  # the upper edge belongs to the last bin
    assert (table["expected"] == 0.25).all()
    assert table["n"].sum() == 5


def test_uniform_pit_values_lie_in_the_expected_band():
    table = pit_histogram(np.random.default_rng(1).uniform(0, 1, 50_000), bins=50)
    inside = (table["expected_low"] <= table["n"]) & (table["n"] <= table["expected_high"])
    assert inside.mean() > 0.8
    # 1.96 sqrt(n p (1 - p)) either way
    half = 1.96 * np.sqrt(1000 * 0.98)
    np.testing.assert_allclose(table["expected_high"] - 1000, half, atol=1)


def test_galaxies_of_a_cell_are_those_it_counts(galaxies):
    plane = histogram2d(*galaxies, bins=30)
    for cells in (plane.occupied[:1], plane.occupied[5:40], plane.occupied):
        inside = plane.in_cells(*galaxies, cells)
        assert inside.sum() == plane.counts[tuple(cells.T)].sum()
    assert plane.in_cells(*galaxies, plane.occupied).sum() == len(galaxies[0]) - plane.n_outside


@pytest.mark.parametrize("cells", [[], [[30, 0]], [[-1, 2]], [[0, 10**9]]])
def test_cells_that_do_not_exist_hold_nothing(galaxies, cells):
    assert not histogram2d(*galaxies, bins=30).in_cells(*galaxies, cells).any()


def test_the_upper_edge_belongs_to_the_last_cell():
    plane = histogram2d([0.1, 0.05], [0.1, 0.0], bins=2)
    np.testing.assert_array_equal(plane.in_cells([0.1], [0.1], [[1, 1]]), [True])
    np.testing.assert_array_equal(plane.in_cells([0.1, -0.1], [0.11, 0], [[0, 0], [1, 1]]), False)


def test_magnitudes_share_their_bins():
    table = magnitude_histogram([17.3, np.nan], [17.3, 18.0, 16.99, np.nan], 0.25)
    assert table["g_low"].tolist() == [16.75, 17.0, 17.25, 17.5, 17.75, 18.0]
    assert table["g_high"].iloc[-1] == 18.25
    assert table["n_selected"].tolist() == [0, 0, 1, 0, 0, 0]
    assert table["n_all"].tolist() == [1, 0, 1, 0, 0, 1]
    assert magnitude_histogram([np.nan], [17.0], 0.25).empty
