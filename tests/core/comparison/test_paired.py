import numpy as np
import pandas as pd
import pytest

from core.comparison.paired import change_by_bin, paired_errors, share_nearer
from core.comparison.subject import Subject


def subject(name, z_pred):
    table = {"source_id": [1, 2, 3], "z_spec": [0.1, 0.2, 0.3], "z_pred": z_pred}
    return Subject(name, pd.DataFrame(table))


def test_the_change_is_that_of_the_sizes_of_the_errors():
    found = paired_errors(subject("a", [0.1, 0.25, 0.2]), subject("b", [0.12, 0.17, 0.2]))
    assert found["change"].tolist() == pytest.approx([0.02, -0.02, 0.0])
    assert found["z_reference"].tolist() == [0.1, 0.25, 0.2]
    assert found["source_id"].tolist() == [1, 2, 3]


def test_bins_hold_the_mean_and_students_interval_of_it():
    z, change = [0.01, 0.02, 0.03, 0.12], [0.01, 0.02, 0.06, -0.5]
    first, last = change_by_bin(z, change).to_dict("records")
    assert (first["z_low"], first["z_high"], first["n"]) == (0.0, 0.05, 3)
    assert first["change"] == pytest.approx(0.03)
    error = np.std(change[:3], ddof=1) / np.sqrt(3)
    assert first["standard_error"] == pytest.approx(error)
    # Of 2 degrees of freedom, by Student's table.
    assert first["high"] - first["change"] == pytest.approx(4.302653 * error, rel=1e-6)
    assert first["change"] - first["low"] == pytest.approx(4.302653 * error, rel=1e-6)
    assert (last["z_low"], last["n"], last["change"]) == (0.1, 1, -0.5)
    assert np.isnan([last["standard_error"], last["low"], last["high"]]).all()


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = []
    for _ in range(400):
        row = change_by_bin(np.full(8, 0.01), rng.normal(0.02, 0.1, 8)).iloc[0]
        held.append(row["low"] <= 0.02 <= row["high"])
    assert 0.92 < np.mean(held) < 0.98


def test_galaxies_on_which_both_agree_count_for_neither():
    found = share_nearer([-1.0, -2.0, 3.0, -0.5, 0.0])
    assert (found["n"], found["share"]) == (4, 0.75)
    # Wilson's interval of 3 out of 4.
    assert (found["low"], found["high"]) == (
        pytest.approx(0.30064, 1e-4),
        pytest.approx(0.95441, 1e-4),
    )
    assert share_nearer([0.0, 0.0]) is None
