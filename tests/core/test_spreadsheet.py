"""No cell of ours is run by the spreadsheet that opens it, and no number is changed."""

import io

import numpy as np
import pandas as pd
import pytest

from core.spreadsheet import as_text, changed, to_csv, without_formulas

RUN = [
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(\"http://a.b\")"),
    *("-2+3+cmd|' /C calc'!A0", "＝1+1", "＋1", "－1+1", "＠x", "+cmd", "-x", "--1", "- 1 + 2"),
]  # fmt: skip
SHOWN = ["", "a=b", "x-1", "-", "+", "-1", "+1.5e-3", "-.5", "-12:34:56.7", "-12 34 56", "-inf",
         "NGC 1", "'=1", "σ"]  # fmt: skip


@pytest.mark.parametrize("text", RUN)
def test_a_formula_becomes_text(text):
    assert as_text(text) == f"'{text}"


@pytest.mark.parametrize("text", SHOWN)
def test_other_text_stays(text):
    assert as_text(text) == text


def test_numbers_and_gaps_stay_and_names_of_columns_are_text():
    table = pd.DataFrame(
        {
            "=name": ["=1", None, "b"],
            "z": [-0.1, np.nan, -np.inf],
            "n": pd.array([-1, None, 2], "Int64"),
            "kind": pd.Categorical(["@x", "y", "@x"]),
            "tags": [["-a", "b"], [], ["=c"]],
            "text": pd.array(["+a", None, "-1"], "string"),
        }
    )
    before = table.copy(deep=True)
    safe = without_formulas(table)
    assert list(safe) == ["'=name", *list(table)[1:]]
    assert safe["'=name"].fillna("").tolist() == ["'=1", "", "b"]
    assert safe["kind"].tolist() == ["'@x", "y", "'@x"]
    assert safe["tags"].tolist() == [["'-a", "b"], [], ["'=c"]]
    assert safe["text"].fillna("").tolist() == ["'+a", "", "-1"]
    pd.testing.assert_frame_equal(safe[["z", "n"]], table[["z", "n"]])
    pd.testing.assert_frame_equal(table, before)


def test_two_columns_of_one_name_and_none_at_all():
    table = pd.DataFrame([["=1", "=2"]], columns=["a", "a"])
    assert without_formulas(table).to_numpy().tolist() == [["'=1", "'=2"]]
    assert to_csv(pd.DataFrame()) == "\n"
    again = pd.read_csv(io.StringIO(to_csv(table)))
    assert again.to_numpy().tolist() == [["'=1", "'=2"]]


def test_whole_numbers_stay_whole_beside_decimals_and_gaps():
    table = pd.DataFrame({"a": [4, 0.5], "b": [3, None], "c": [True, 2]}, dtype=object)
    assert to_csv(table).split() == ["a,b,c", "4,3,True", "0.5,,2"]
    assert changed(table["a"], lambda value: 2 * value).tolist() == [8, 1.0]
    assert repr(changed(table["a"], lambda value: 2 * value).tolist()) == "[8, 1.0]"
