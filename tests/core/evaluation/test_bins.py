import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from core.errors import ConfigError, DataError
from core.evaluation.bins import (
    LOW_Z,
    MAX_BINS,
    bin_edges,
    bin_index,
    binned_errors,
    bins_with_galaxies,
    in_same_bins,
    mean_absolute_bin_error,
    ranges,
    standard_errors,
    with_standard_errors,
)


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(2)
    z_spec = np.clip(rng.gamma(3, 0.05, 5000), 0, 0.6)
    return z_spec, z_spec + rng.normal(0.01 - 0.1 * z_spec, 0.02)


@pytest.mark.parametrize("against", ["z_spec", "z_pred"])
def test_agrees_with_scipy(galaxies, against):
    z_spec, z_pred = galaxies
    table = binned_errors(z_spec, z_pred, against=against)
    x, d = (z_spec if against == "z_spec" else z_pred), z_pred - z_spec
    edges = np.append(table["z_low"], table["z_high"].iloc[-1])

    def expected(values, statistic):
        return stats.binned_statistic(x, values, statistic, bins=edges).statistic

    np.testing.assert_array_equal(table["n"], expected(d, "count"))
    np.testing.assert_allclose(table["percent"], expected(d, "count") / 50)
    np.testing.assert_allclose(table["mean_error"], expected(d, "mean"))
    np.testing.assert_allclose(table["std"], expected(d, "std"), atol=1e-12)
    np.testing.assert_allclose(table["mae"], expected(np.abs(d), "mean"))


def test_table3_has_its_twelve_bins(galaxies):
    table = binned_errors(*galaxies)
    np.testing.assert_allclose(table["z_low"], np.arange(12) * 0.05)
    np.testing.assert_allclose(table["z_high"], np.arange(1, 13) * 0.05)
    assert table["n"].sum() == 5000
    assert table["percent"].sum() == pytest.approx(100)


def test_empty_bins_are_kept_as_nan():
    table = binned_errors([0.01, 0.02, 0.22], [0.02, 0.05, 0.20])
    assert table["n"].tolist() == [2, 0, 0, 0, 1]
    assert table["mean_error"].iloc[0] == pytest.approx(0.02)
    assert table.loc[1:3, ["mean_error", "std", "mae"]].isna().all().all()


def test_one_galaxy_alone_has_an_error_and_no_deviation():
    table = binned_errors([0.01, 0.02, 0.22], [0.02, 0.05, 0.20])
    assert table["mean_error"].iloc[4] == pytest.approx(-0.02)
    assert np.isnan(table["std"].iloc[4])


def test_an_edge_belongs_to_the_bin_above_it_but_for_the_last():
    table = binned_errors([0.05, 0.10, 0.15], [0.05, 0.10, 0.15])
    assert table["n"].tolist() == [0, 1, 2]


def test_negative_predictions_have_bins_of_their_own():
    table = binned_errors([0.01, 0.02], [-0.06, 0.03], against="z_pred")
    assert table["z_low"].tolist() == [-0.10, -0.05, 0]
    assert table["n"].tolist() == [1, 0, 1]


def test_mean_error_by_truth_shows_regression_to_the_mean_and_by_prediction_does_not():
    # Truth N(0.3, 0.05), a measurement with as much noise: the best estimate is halfway
    # to 0.3, unbiased at any prediction but pulled to 0.3 at any truth.
    rng = np.random.default_rng(3)
    z_spec = rng.normal(0.3, 0.05, 200_000)
    z_pred = 0.3 + (z_spec + rng.normal(0, 0.05, len(z_spec)) - 0.3) / 2
    by_truth = binned_errors(z_spec, z_pred).query("n > 1000")
    by_prediction = binned_errors(z_spec, z_pred, against="z_pred").query("n > 1000")
    assert by_truth["mean_error"].iloc[0] > 0.02
    assert by_truth["mean_error"].iloc[-1] < -0.02
    assert by_prediction["mean_error"].abs().max() < 0.005


@given(
    hnp.arrays(float, st.integers(1, 50), elements=st.floats(-0.5, 1.5)),
    st.sampled_from([0.01, 0.02, 0.05, 0.1, 0.3]),
)
def test_every_value_lies_in_its_bin(values, width):
    edges = bin_edges(values, width)
    index = bin_index(values, edges)
    tolerance = 1e-8  # values that close to a whole multiple of the width count as it
    assert (values >= edges[index] - tolerance).all()
    assert (values <= edges[index + 1] + tolerance).all()
    np.testing.assert_allclose(np.diff(edges), width)
    assert edges[0] <= 0 <= edges[-1]


def test_mean_absolute_bin_error_is_the_published_0013():
    table3 = [0.0216, 0.0117, 0.0013, -0.0081, -0.0110, -0.0122, -0.0248, -0.0458, -0.0793]
    edges = np.arange(10) * 0.05
    table = pd.DataFrame({"z_low": edges[:-1], "z_high": edges[1:], "mean_error": table3})
    assert round(mean_absolute_bin_error(table, z_max=0.35), 3) == 0.013
    assert mean_absolute_bin_error(table) == pytest.approx(np.mean(np.abs(table3)))


def test_mean_absolute_bin_error_leaves_empty_bins_out():
    table = pd.DataFrame({"z_low": [0.0, 0.05, 0.1], "z_high": [0.05, 0.10, 0.15]})
    table["mean_error"] = [0.02, np.nan, -0.04]
    assert mean_absolute_bin_error(table) == pytest.approx(0.03)
    with pytest.raises(DataError, match=r"bin with galaxies between z = -inf and 0.01"):
        mean_absolute_bin_error(table, z_max=0.01)


def test_mean_absolute_bin_error_of_some_bins():
    table = binned_errors([0.01, 0.06, 0.11, 0.16], [0.02, 0.03, 0.15, 0.10])
    assert mean_absolute_bin_error(table, z_min=0.05, z_max=0.15) == pytest.approx(0.035)


def test_bins_with_galaxies_are_those_of_a_range_and_others_are_taken_in_the_same():
    z = np.array([0.12, 0.22, 0.27, 0.42])
    table = binned_errors(z, z + 0.01)
    here = bins_with_galaxies(table, *LOW_Z)
    np.testing.assert_allclose(here["z_low"], [0.10, 0.20, 0.25])
    assert ranges(here) == [(0.10, 0.15), (0.20, 0.30)]
    assert ranges(here[:0]) == []
    # Of another table the rows of the same bins, though its edges are rounded otherwise.
    other = pd.DataFrame({"z_low": np.arange(12) * 0.05, "mean_error": np.arange(12.0)})
    assert in_same_bins(other, here)["mean_error"].tolist() == [2, 4, 5]


@pytest.mark.parametrize("width", [0, -0.05, np.nan, np.inf])
def test_a_width_that_is_no_width_is_refused(width):
    with pytest.raises(ConfigError, match="Bin width: expected a redshift above 0"):
        binned_errors([0.1], [0.1], width=width)


def test_wild_predictions_are_refused_rather_than_binned_for_ever():
    with pytest.raises(DataError, match=rf"at most {MAX_BINS} bins.*network was trained"):
        binned_errors([0.1, 0.2], [0.1, 1e9], against="z_pred")


def test_unknown_axis_is_refused():
    with pytest.raises(ConfigError, match="one of z_spec, z_pred, received 'z'"):
        binned_errors([0.1], [0.1], against="z")


def test_standard_errors_are_those_of_means_of_the_galaxies_in_a_bin():
    rng = np.random.default_rng(4)
    d = rng.normal(0.01, 0.03, 50)
    z_spec = np.concatenate([np.full(50, 0.02), [0.07]])
    table = binned_errors(z_spec, z_spec + np.append(d, 0.1))
    found = standard_errors(table)
    assert found.loc[0, "mean_error"] == pytest.approx(d.std(ddof=1) / np.sqrt(50))
    assert found.loc[0, "mae"] == pytest.approx(np.abs(d).std(ddof=1) / np.sqrt(50))
    assert found.loc[1].isna().all()
    columns = ["mean_error_standard_error", "mae_standard_error"]
    assert with_standard_errors(table)[columns].to_numpy() == pytest.approx(
        found[["mean_error", "mae"]].to_numpy(), nan_ok=True
    )
