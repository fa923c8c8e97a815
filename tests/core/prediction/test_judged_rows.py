import numpy as np
import pandas as pd
import pytest

from core.data.labelling import NO_REDSHIFT, Z_OUT_OF_RANGE
from core.data.labels.agreement import CONTRADICTING
from core.data.labels.plausibility import STARS, ZEROS
from core.prediction.catalogue.with_own import COLUMNS
from core.prediction.judged_rows import NO_PREDICTION, galaxies_of, judged_rows

nan = np.nan


def made(z_spec, z_pred=None, **own):
    """Return a catalogue, and what is found of it."""
    n = len(z_spec)
    z_pred = np.full(n, 0.2) if z_pred is None else z_pred
    ours = dict.fromkeys(COLUMNS[2:], 0) | {"source_id": np.arange(n) + 10**15, "z": z_pred}
    table = pd.DataFrame(ours | {"z_spec": z_spec} | own)
    return judged_rows(table, z_spec, z_pred, galaxies_of(table))


def test_what_is_no_redshift_is_left_out_and_counted():
    found = made([0.1, nan, -9999, 99, -99, 0, 0, 1.7, -0.02, 0.2, 0.3], [0.1] * 10 + [nan])
    assert found.rows.tolist() == [0, 9]
    assert found.z_spec.tolist() == [0.1, 0.2]
    assert found.left_out == {NO_REDSHIFT: 4, NO_PREDICTION: 1, ZEROS: 2, Z_OUT_OF_RANGE: 2}


def test_a_single_zero_is_a_redshift():
    assert made([0.1, 0]).rows.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("column", "cells", "reason"),
    [
        ("ZWARN", [0, 4, 0], "warning flag (ZWARN)"),
        ("zWarning", ["0", "4", "0"], "warning flag (zWarning)"),
        ("ZWARN", pd.array([0, None, 0], "Int64"), "warning flag (ZWARN)"),
        ("nQ", [4, 2, 3], "not nQ >= 3"),
        ("class", ["GALAXY", "STAR", "galaxy"], "not of type GALAXY (class)"),
        ("specprimary", pd.array([True, None, True], "boolean"), None),
    ],
)
def test_redshifts_that_a_data_set_would_not_take_are_left_out(column, cells, reason):
    found = made([0.1, 0.2, 0.3], **{column: cells})
    assert found.rows.tolist() == [0, 2]
    assert found.left_out == {reason or "not the best spectrum of its object (specprimary)": 1}


def test_where_types_are_told_stars_are_left_out():
    found = made([0.1, 0.0001, 0.3], CLASS=["GALAXY"] * 3)
    assert found.left_out == {STARS: 1}


def test_where_no_column_of_quality_is_known_nothing_is_cut():
    found = made([0.1, 0.0001, 0.3], goodness=[0, 1, 2], flags_input=[4, 4, 4])
    assert len(found.rows) == 3
    assert not found.left_out


def test_each_file_is_cut_by_its_own_columns():
    found = made([0.1, 0.2, 0.3, 0.4], file=list("aabb"), ZWARN=[0, 4, nan, nan])
    assert found.rows.tolist() == [0, 2, 3]


def test_a_galaxy_counts_once_by_the_first_row_that_can_be_judged():
    table = pd.DataFrame({"source_id": np.array([5, 5, 5, 9, 9, -1, -1]) + (10**15)})
    table.loc[5:, "source_id"] = -1
    z_spec = [0.1, 0.1, 0.1, 0.3, 0.4, 0.5, 0.6]
    found = judged_rows(table, z_spec, [nan, *[0.2] * 6], galaxies_of(table))
    assert found.rows.tolist() == [1, 5, 6]
    assert found.n_rows == 4
    assert found.left_out == {NO_PREDICTION: 1, CONTRADICTING: 2}


@pytest.mark.parametrize(
    ("first", "repeated", "n"),
    [
        (10**15, {}, 2),
        (10**15, {"repeated": [False] * 4}, 2),  # catalogues that were made apart, and joined
        (1, {}, 4),
        (1, {"repeated": [True, False, True, False]}, 3),
        (1, {"repeated": [True, None, True, None]}, 3),
    ],
)
def test_numbers_of_rows_are_no_ids(first, repeated, n):
    table = pd.DataFrame({"source_id": [first, first + 1, first, first + 1], **repeated})
    assert len(np.unique(galaxies_of(table))) == n


@pytest.mark.parametrize("ids", [{}, {"source_id": [nan, 5.0]}])
def test_without_whole_ids_each_row_is_a_galaxy(ids):
    assert galaxies_of(pd.DataFrame({"z": [0.1, 0.1], **ids})).tolist() == [-1, -2]
