import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.prediction.catalogue.own_columns import (
    join,
    plain,
    plain_text,
    unique_names,
)

BIG = 2**62 + 1


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (["g_mag", "ra"], ["g_mag", "ra"]),
        (["z", "Flags", "z_input"], ["z_input", "Flags_input", "z_input_input"]),
        (["ra", "RA", "Ra"], ["ra", "RA_input", "Ra_input2"]),
        (["", " ", "a\nb"], ["column", "column_input", r"a\nb"]),
    ],
)
def test_a_name_that_is_taken_is_told_apart(own, expected):
    assert unique_names(own, ["source_id", "z", "flags"]) == expected


@given(st.lists(st.text(max_size=4), max_size=8))
def test_names_are_never_shared_whatever_the_case(own):
    names = unique_names(own, ["z"])
    assert len({"z", *(name.lower() for name in names)}) == len(own) + 1


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, 2], "int64", [1, 2]),
        (pd.array([1, None, BIG], "Int64"), "Int64", [1, None, BIG]),
        ([1, None, BIG], "Int64", [1, None, BIG]),
        (np.array([3], np.uint8), "int16", [3]),
        (np.array([2**32 - 1], np.uint32), "int64", [2**32 - 1]),
        (np.array([BIG], np.uint64), "int64", [BIG]),
        (np.array([2**63], np.uint64), "object", ["9223372036854775808"]),
        ([2**70, 1], "object", [str(2**70), "1"]),
        ([0.5, None], "float64", [0.5, None]),
        ([1, 2.5], "float64", [1, 2.5]),
        (np.array([0.1], np.float32), "float32", [np.float32(0.1)]),
        ([True, None], "boolean", [True, None]),
        ([True, False], "bool", [True, False]),
        (["a", None], "object", ["a", None]),
        ([b"a", 1, [1, 2]], "object", ["a", "1", "[1, 2]"]),
        ([np.arange(2), None], "object", ["[0, 1]", None]),
        ([None, None], "object", [None, None]),
        (pd.Categorical(["a", "b", "a"]), "object", ["a", "b", "a"]),
    ],
)
def test_types_are_those_that_every_format_has(values, dtype, expected):
    dtype_given = object if isinstance(values, list) else None
    made = plain(pd.Series(values, dtype=dtype_given))
    assert made.dtype == dtype
    assert [None if pd.isna(cell) else cell for cell in made] == expected


def test_times_keep_their_zone():
    rome = pd.Series(pd.to_datetime(["2026-11-22T12:00:00", None]).tz_localize("Europe/Rome"))
    for times in (rome, rome.astype(object)):
        assert plain(times).dtype == rome.dtype
        assert plain(times)[0] == rome[0]
    none = pd.Series([None, None], dtype=object)
    assert join([rome, none]).dtype == join([none, rome]).dtype == rome.dtype


def test_times_of_several_zones_are_in_utc_and_those_without_one_are_text():
    rome = pd.Series(pd.to_datetime(["2026-11-22T12:00:00"]).tz_localize("Europe/Rome"))
    cape = rome.dt.tz_convert("Africa/Johannesburg")
    noon = pd.Timestamp("2026-11-22T11:00:00", tz="UTC")
    assert join([rome, cape]).tolist() == [noon, noon]
    assert plain(pd.concat([rome.astype(object), cape.astype(object)])).tolist() == [noon, noon]
    mixed = join([rome, rome.dt.tz_localize(None)]).tolist()
    assert mixed == ["2026-11-22 12:00:00+01:00", "2026-11-22 12:00:00"]


def test_what_xml_and_fits_cannot_hold_is_escaped():
    assert plain_text("a\x00\tb\ud800é☃\\") == r"a\x00\tb\ud800é☃" + "\\"


@pytest.mark.parametrize(
    ("parts", "dtype", "expected"),
    [
        (([BIG], [None]), "Int64", [BIG, None]),
        (([BIG], [0.5]), "object", [str(BIG), "0.5"]),
        (([7], [0.5, None]), "float64", [7, 0.5, None]),
        (([True], [None]), "boolean", [True, None]),
        (([True], ["x"]), "object", ["True", "x"]),
        (([None], ["x"]), "object", [None, "x"]),
        (([1], [2]), "int64", [1, 2]),
    ],
)
def test_parts_of_different_types_lose_nothing(parts, dtype, expected):
    made = join([pd.Series(part, dtype=object, name="a") for part in parts])
    assert made.dtype == dtype
    assert made.name == "a"
    assert [None if pd.isna(cell) else cell for cell in made] == expected
    assert made.index.tolist() == list(range(len(expected)))


def test_times_of_different_resolution_are_joined():
    days = pd.Series(np.array(["2026-11-22"], "datetime64[s]"))
    made = join([days, pd.Series([pd.Timestamp("2026-11-22T00:00:00.5")]), pd.Series([None])])
    assert made.dt.microsecond.tolist()[:2] == [0, 500_000]
    assert made.isna().tolist() == [False, False, True]
