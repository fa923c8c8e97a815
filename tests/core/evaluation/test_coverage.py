import numpy as np
import pytest

from core.errors import DataError
from core.evaluation.coverage import coverage_by_bin, coverage_row, percent_axis


def coverage(*intervals):
    return coverage_row(*intervals)["coverage"]


def test_known_shares():
    z = np.array([0.1, 0.2, 0.3, 0.4])
    assert coverage(z, z, z) == 1  # ends belong to the interval
    assert coverage(z, z + 0.01, z + 0.02) == 0
    assert coverage(z, [0.1, 0.1, 0.4, 0.1], [0.2, 0.3, 0.5, 0.5]) == 0.75


def test_normal_errors_are_covered_as_the_normal_law_says():
    random = np.random.default_rng(1)
    z = random.normal(0.3, 0.02, 20_000)
    row = coverage_row(z, np.full(len(z), 0.28), np.full(len(z), 0.32))
    assert row["coverage_low"] < 0.6827 < row["coverage_high"]
    # Wilson's interval of many galaxies is the normal one: 1.96 sqrt(p (1 - p) / n) either way.
    expected = 2 * 1.96 * np.sqrt(0.6827 * 0.3173 / 20_000)
    assert row["coverage_high"] - row["coverage_low"] == pytest.approx(expected, rel=0.02)
    assert row["half_width"] == pytest.approx(0.02)
    assert row["n"] == 20_000


def test_a_share_of_all_has_an_error_too():
    z = np.full(20, 0.2)
    row = coverage_row(z, z - 0.1, z + 0.1)
    assert row["coverage"] == row["coverage_high"] == 1
    # Wilson: n / (n + 1.96^2)
    assert row["coverage_low"] == pytest.approx(20 / (20 + 1.96**2), abs=1e-3)


def test_bins_of_z_pred_hold_their_own_galaxies():
    z_pred = np.array([0.01, 0.02, 0.12, 0.13, 0.14])
    z_spec = np.array([0.01, 0.50, 0.12, 0.13, 0.50])
    table = coverage_by_bin(z_spec, z_pred, z_pred - 0.01, z_pred + 0.01)
    assert table["z_low"].tolist() == [0.0, 0.1]  # the empty bin is left out
    assert table["z_high"].tolist() == [0.05, 0.15]
    assert table["n"].tolist() == [2, 3]
    assert table["coverage"].tolist() == pytest.approx([1 / 2, 2 / 3])


def test_axes_hold_the_lowest_coverage_and_the_line():
    assert percent_axis([0.67, 0.94]) == (40, 100)
    assert percent_axis([0.67, 0.125]) == (12.5, 100)


def test_bad_intervals_are_refused():
    z = np.array([0.1, 0.2])
    with pytest.raises(DataError, match=r"at index 1 runs from 0\.3 to 0\.1"):
        coverage(z, [0.0, 0.3], [0.2, 0.1])
    with pytest.raises(DataError, match="nan at index 0"):
        coverage(z, [np.nan, 0.1], [0.2, 0.3])
    with pytest.raises(DataError, match="at least one galaxy"):
        coverage([], [], [])
