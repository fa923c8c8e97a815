import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.spectra.xp_arrays import to_arrays

numbers = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=6)


def objects(*cells):
    array = np.empty(len(cells), object)
    array[:] = cells
    return array


def rows(arrays):
    cuts = np.cumsum(arrays.lengths)[:-1]
    return [part.tolist() for part in np.split(arrays.values, cuts)]


@given(st.lists(numbers, min_size=1, max_size=5))
def test_text_of_the_archive_keeps_every_digit(lists):
    for around, separator in (("()", ", "), ("[]", ","), ("[]", " , ")):
        texts = [around[0] + separator.join(map(repr, row)) + around[1] for row in lists]
        arrays = to_arrays(np.array(texts, object))
        assert rows(arrays) == lists
        assert not arrays.wrong


@given(st.lists(numbers, min_size=1, max_size=5))
def test_arrays_and_lists_are_taken_as_they_are(lists):
    assert rows(to_arrays(objects(*lists))) == lists
    assert rows(to_arrays(objects(*map(np.array, lists)))) == lists


@pytest.mark.parametrize(
    "cell",
    [None, "", "()", "[ ]", "null", "NaN", "[null,null]", np.nan, [], [np.nan], np.ma.masked],
)
def test_empty_cells(cell):
    for cells in (objects(cell), objects("(1.0, 2.0)", cell, [3.0])):
        arrays = to_arrays(cells)
        assert arrays.lengths.tolist() == ([0] if len(cells) == 1 else [2, 0, 1])
        assert not arrays.wrong


def test_masked_cells_and_columns_without_any_value_are_empty():
    masked = np.ma.array(objects("(1)", "(2)"), mask=[False, True])
    assert to_arrays(masked).lengths.tolist() == [1, 0]
    assert to_arrays(np.full(3, np.nan)).lengths.tolist() == [0, 0, 0]
    assert to_arrays(np.empty(0, object)).lengths.tolist() == []


def test_arrays_of_one_length_may_be_masked_or_nan_where_they_are_missing():
    values = np.array([[1.0, 2.0], [np.nan, np.nan], [3.0, 4.0]])
    assert rows(to_arrays(values)) == [[1, 2], [], [3, 4]]
    hidden = np.ma.array(values, mask=[[False] * 2, [False] * 2, [True] * 2])
    assert rows(to_arrays(hidden)) == [[1, 2], [], []]


@pytest.mark.parametrize("cell", ["(1.0, x)", "1;2", "(1.0,, 2.0)", ["a"], {"a": 1}, "0x10", "(b"])
def test_what_is_no_array_of_numbers_is_told_by_row(cell):
    arrays = to_arrays(objects("(1.0, 2.0)", cell, "(3.0)"))
    assert list(arrays.wrong) == [1]
    assert rows(arrays) == [[1, 2], [], [3]]


def test_long_nonsense_is_shortened():
    assert len(to_arrays(objects("x" * 10_000)).wrong[0]) == 40


def test_values_that_are_not_finite_are_found():
    arrays = to_arrays(objects("(1.0, NaN)", "(2.0, 3.0)", "", "(inf, 4.0)"))
    (row_a, value_a), (row_b, value_b) = arrays.not_finite()
    assert (row_a, row_b) == (0, 3)
    assert np.isnan(value_a)
    assert value_b == np.inf


def test_rows_of_one_length_are_taken_together():
    arrays = to_arrays(objects("(1, 2)", "(3)", "(4, 5)"))
    np.testing.assert_array_equal(arrays.take(np.array([2, 0]), 2), [[4, 5], [1, 2]])


@pytest.mark.parametrize("cells", [np.array([["a", "b"]]), np.array([[1j, 2j]])])
def test_arrays_of_something_else_are_wrong(cells):
    assert list(to_arrays(cells).wrong) == [0]
