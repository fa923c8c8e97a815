import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.data.spectra import xp_arrays
from core.data.spectra.xp_arrays import expected_in_place_of, to_arrays

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


WITH_GAPS = np.array([1.5, np.nan, -2.25e-7, np.inf, -np.inf])
LISTED = WITH_GAPS.tolist()
MASKED = np.ma.array([1.5, 2.0, -0.25], mask=[False, True, False])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (str(WITH_GAPS), LISTED),
        (repr(WITH_GAPS), LISTED),
        (repr(WITH_GAPS.astype(np.float32)), LISTED),
        (str(LISTED), LISTED),
        (str(tuple(LISTED)), LISTED),
        (json.dumps(LISTED), LISTED),
        (json.dumps([str(value) for value in LISTED]), LISTED),
        (repr(list(WITH_GAPS)), LISTED),
        ("{1.5,NaN,-2.25e-07,Infinity,-Infinity}", LISTED),
        ("[1.5, null, -2.25e-07, inf, -inf]", LISTED),
        ("[1.5 None -2.25E-07 +inf -Infinity]", LISTED),
        ("np.array([1.5, nan, -2.25e-07, inf, -inf], dtype=np.float64)", LISTED),
        ("Array([1.5, nan, -2.25D-07, inf, -inf], dtype=float32)", LISTED),
        ("array((1.5, nan, -2.25e-07, inf, -inf), np.float32)", LISTED),
        ("[1.5; nan; -2.25e-07; inf; -inf]", LISTED),
        (str(MASKED), [1.5, np.nan, -0.25]),
        (repr(MASKED), [1.5, np.nan, -0.25]),
        ("{1.5,NULL,-0.25}", [1.5, np.nan, -0.25]),
        ("[1.5,\n +2,\t-.25,]", [1.5, 2, -0.25]),
        ("[ 1.  2.\n  3.]", [1, 2, 3]),
        ("[[1. 2. 3.]]", [1, 2, 3]),
        ("(1.0,)", [1]),
        ("array([], dtype=float64)", []),
        ("{}", []),
    ],
)
def test_text_of_other_programs(text, values):
    for cells in (objects(text), objects("(1.0, 2.0)", text, None, [3.0])):
        arrays = to_arrays(cells)
        assert not arrays.wrong
        found = rows(arrays)[0 if len(cells) == 1 else 1]
        np.testing.assert_allclose(found, values, rtol=1e-7)


@given(st.lists(st.floats(width=32), min_size=1, max_size=300))
@example([0.0003328867314849049])  # of which NumPy prints 0.000332887
def test_text_of_numpy_keeps_every_digit_that_numpy_prints(values):
    array = np.array(values, np.float32)
    with np.printoptions(precision=9, threshold=1000):
        for text in (str(array), repr(array)):
            inner = text[text.index("[") + 1 : text.rindex("]")]
            printed = np.array([float(word) for word in inner.replace(",", " ").split()])
            found = to_arrays(objects(text, "[0. 0.]"))
            kept = printed if not np.isnan(printed).all() else printed[:0]
            np.testing.assert_array_equal(found.values[:-2], kept)


@pytest.mark.parametrize(
    "text",
    [str(np.arange(2000.0)), repr(np.arange(2000.0)), "[1, 2, ..., 3]", "[0.1 0.2 ... 0.3]", "..."],
)
def test_what_was_cut_is_told(text):
    arrays = to_arrays(objects("(1.0, 2.0)", text))
    assert list(arrays.wrong) == [1]
    assert "..." in arrays.wrong[1]
    assert "a whole array of numbers" in expected_in_place_of(arrays.wrong[1])
    assert expected_in_place_of("[a b]") == "an array of numbers"


@pytest.mark.parametrize(
    "text",
    ["[[1, 2], [3, 4]]", "[[1. 2.]\n [3. 4.]]", "array([[1, 2], [3, 4]])", "[1 2", "[1, 2 3]",
     "[1,5; 2,5]", '{"a": 1}', "[True, False]", "[one two]", "[1,,2]", "(1.0|2.0)", "f(x=1)"],
)  # fmt: skip
def test_text_that_could_be_understood_in_two_ways_is_wrong(text):
    assert list(to_arrays(objects("(1.0, 2.0)", text)).wrong) == [1]


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


NUMBERS = (
    *("1", "-2.5e-3", "+1", " 1 ", "1_0", "0x1p3", "1e400", "-1e400", "1e-400", "nan", "-nan"),
    *("inf", "-Infinity", "", "null", "1.", ".5", "1d2", "1e", "--", "1 2", "\t3", "4\n", "5\r"),
    *(
        "-0",
        "-0.0",
        "9007199254740993",
        "12345678901234567890",
        "1" * 30,
        "2.2250738585072011e-308",
    ),
    *("1E5", "-1e+5", "2],[3", "[4]", "[]", "\ufeff1", "{}", '{"a": 1}', "//", "\u20280"),
    *("１", "٣", "1,5", "(6", "7)", "...", "é", "\0", "8\v", "NaN(1)", "00012", '"9"', "true"),
)
AROUND = (
    ("[", "]"),
    ("(", ")"),
    ("{", "}"),
    ("[", ")"),
    ("[", ""),
    ("", ")"),
    ("", ""),
    ("[[", "]]"),
)
CELLS = st.one_of(
    st.sampled_from(["", None, "[]", "[ ]", "()", "nan"]),
    st.builds(
        lambda numbers, around, comma: around[0] + comma.join(numbers) + around[1],
        st.one_of(
            st.lists(st.floats().map(repr), min_size=1, max_size=5),
            st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=5),
        ),
        st.sampled_from(AROUND),
        st.sampled_from([",", ", ", " ,", " "]),
    ),
)


@given(st.lists(CELLS, min_size=1, max_size=4), st.booleans(), st.sampled_from([1, 40, 2**17]))
@example(["[[1],2]", "[3,[]]"], True, 2**17)  # as many numbers as the cells have values
@example(["[1],[2]", "[3]"], True, 2**17)
@example(["(1, 2)", "{3}", "[]", "", None, "[4, 5, 6]"], True, 1)
def test_all_at_once_or_one_by_one_is_the_same(cells, as_bytes, at_once):
    """`_read` takes most texts at once; what it does not take is for the ways of old."""
    given_ = [c.encode() if as_bytes and c and len(c) > 1 else c for c in cells]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xp_arrays, "DOCUMENT_BYTES", at_once)
        found = to_arrays(objects(*given_))
        patch.setattr(xp_arrays, "_read", lambda texts: None)
        slowly = to_arrays(objects(*cells))
    np.testing.assert_array_equal(found.values, slowly.values)
    np.testing.assert_array_equal(found.lengths, slowly.lengths)
    assert found.wrong == slowly.wrong


def test_what_the_archive_writes_is_read_at_once(monkeypatch):
    monkeypatch.setattr(xp_arrays, "_parse", None)
    cells = [b"(-1.5, 2.25e-07, 0.1)", None, b"[3,4]", "(5.0)", b"{6.0}", b"()"]
    arrays = to_arrays(objects(*cells))
    assert rows(arrays) == [[-1.5, 2.25e-07, 0.1], [], [3, 4], [5], [6], []]


def test_what_was_read_stays_as_it_is_when_more_is_read():
    first = to_arrays(objects("(1.0, 2.0)", "(3.0)"))
    to_arrays(objects("(7.0, 8.0)", "(9.0)"))
    assert rows(first) == [[1, 2], [3]]


def test_threads_read_side_by_side():
    def read(number):
        text = f"({', '.join([f'{number}.5'] * 1485)})"
        return set(to_arrays(objects(*[text] * 40)).values.tolist())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, range(32))) == [{i + 0.5} for i in range(32)]
