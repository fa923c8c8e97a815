"""Rows are counted from 1 in all sentences for people."""

import numpy as np

from core.data.row_numbers import number_of


def test_rows_count_from_1_within_their_file():
    assert number_of(0) == 1
    assert number_of(2, 100) == 103
    assert number_of(1, np.array([7, 9])) == 10
