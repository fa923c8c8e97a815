import numpy as np
import pytest

from core.data.tables.cells import parse_spectra, to_ids, to_numbers
from core.errors import DataError

ID = 2915477294342471680


def texts(*cells):
    return np.array(cells, object)


@pytest.mark.parametrize(
    "cell",
    [ID, str(ID), f" {ID} ", f"+{ID}", f"'{ID}", f"Gaia DR3 {ID}", np.uint64(ID), str(ID).encode()],
)
def test_ids_as_people_write_them(cell):
    assert to_ids(texts(cell), "source_id", "mine").tolist() == [ID]


def test_unsigned_ids():
    assert to_ids(np.array([ID], np.uint64), "source_id", "mine").tolist() == [ID]
    with pytest.raises(DataError, match="64-bit whole numbers"):
        to_ids(np.array([2**64 - 1], np.uint64), "source_id", "mine")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1.0e18", "Written so, an id has lost its last digits"),
        (
            f"{ID}.0",
            "Decimals cannot hold a source_id exactly .* write the column as Int64 or text",
        ),
        ("2,915,477,294,342,471,680", "without separators of thousands"),
        ("source_id", "It is a name: where files of other columns were joined"),
        ("9" * 5000, "received '9{40}...' at row 2"),
        ("", "64-bit whole numbers"),
    ],
)
def test_ids_that_are_refused_say_why(cell, words):
    with pytest.raises(DataError, match=words):
        to_ids(texts(str(ID), cell), "source_id", "mine")


@pytest.mark.parametrize(
    "cell",
    ["", " ", "NaN", "nan", "null", "NULL", "None", "--", "-", "---", "\\N", "masked", "N/A",
     "#N/A", "NA", "<NA>", None, np.nan],
)  # fmt: skip
def test_empty_cells(cell):
    assert np.isnan(to_numbers(texts(cell, "1"), "z", "mine")).tolist() == [True, False]
    flux = parse_spectra(texts(cell, str([1.0] * 186)))
    assert flux[1] == {}
    assert np.isnan(flux[0][0]).all()


def test_numbers_as_fortran_writes_them():
    found = to_numbers(texts("1.5D-02", "2d3", "1.", "nan"), "z", "mine")
    np.testing.assert_array_equal(found, [0.015, 2000, 1, np.nan])


@pytest.mark.parametrize("cell", ["1,234.5", "1'234", "12,345,678"])
def test_thousands_are_told(cell):
    with pytest.raises(DataError, match=r"received .* Write it without separators of thous"):
        to_numbers(texts(cell), "z", "mine")


def test_arrays_that_were_cut_are_told_by_row():
    whole = str(np.arange(186.0))
    values, wrong = parse_spectra(texts(whole, "[0. 1. ... 185.]", whole))
    assert values[2].tolist() == list(range(186))
    ((expected, received),) = wrong.values()
    assert list(wrong) == [1]
    assert expected == "a whole array of numbers ('...' stands for values that were not written)"
    assert received == "'[0. 1. ... 185.]'"
