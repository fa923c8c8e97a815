import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data.tables import set_aside
from core.data.tables.set_aside import SetAside
from core.errors import DataError
from tests.support.text_tables import open_table

ARRAY = "[" + ", ".join(f"{i}.25" for i in range(12)) + "]"
CELLS = [
    ARRAY,
    ARRAY.replace(", ", ","),
    "(" + ARRAY[1:-1] + ")",
    ARRAY[:-1],
    ARRAY[1:],
    ARRAY.replace(", ", ",\n", 1),
    ARRAY.replace(", ", ',"', 1),
    f'say "{ARRAY}"',
    "[a text of more than thirty-two letters]",
    "x,y",
    "null",
    "",
    "7",
    "# 7",
    "source_id",
]


def cells_of(content, rows=3):
    """Return all cells of a table as pandas gave them, or what is said of it."""
    found = []
    try:
        table = open_table(content)
        positions = range(len(table.names))
        for batch in table.batches(positions, rows):
            found += zip(*(batch.column(i).tolist() for i in positions), strict=True)
    except DataError as error:
        return str(error)
    return [[c.decode() if isinstance(c, bytes) else c for c in row] for row in found]


def both(content):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(set_aside, "LEAST_BYTES", 10**9)
        plain = cells_of(content)
    return cells_of(content), plain


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(*[st.sampled_from(CELLS)] * 2), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    damage=st.sampled_from(["", "", '"', "\0", "\x01", "\n", ",", "#", "é"]),
    place=st.integers(0, 400),
)
@example(rows=[(ARRAY, ARRAY)] * 5, delimiter=",", end="\n", damage="", place=0)
def test_tables_are_the_same_with_and_without(rows, delimiter, end, damage, place):
    frame = pd.DataFrame(rows, columns=["a", "b"])
    frame.insert(0, "source_id", range(10**12, 10**12 + len(rows)))
    stream = io.StringIO()
    frame.to_csv(stream, index=False, sep=delimiter, lineterminator=end, quoting=2)
    text = stream.getvalue()
    place %= len(text) + 1
    ours, plain = both((text[:place] + damage + text[place:]).encode())
    assert ours == plain


def test_long_arrays_of_whole_cells_are_set_aside_and_put_back():
    arrays = SetAside(",", '"')
    block = f'1,"{ARRAY}",2\n"{ARRAY}","[1, 2]","{ARRAY}"\n'.encode()
    short = arrays.shorten(block)
    assert short == b'1,"\x010",2\n"\x011","[1, 2]","\x012"\n'
    column = np.array(["\x010", None, "[1, 2]", "\x012"], object)
    assert arrays.put_back(column).tolist() == [ARRAY.encode(), None, "[1, 2]", ARRAY.encode()]
    arrays.forget([column, np.array([None], object)])
    assert not arrays.cells
    assert not arrays.n_bytes
    assert b"\x013" in arrays.shorten(block)  # they count on


@pytest.mark.parametrize(
    "block",
    [
        f'1,x"{ARRAY}",2\n',
        f'1,"{ARRAY}"x,2\n',
        f'1, "{ARRAY}",2\n',
        f'1,"{ARRAY}","say ""no"""\n',
        f'1,"{ARRAY}","\n',
        f'1,"{ARRAY}"\0\n',
        f'\x01,"{ARRAY}"\n',
        f"1,{ARRAY}\n",
    ],
)
def test_what_is_not_plain_stays_as_it_is(block):
    arrays = SetAside(",", '"')
    assert arrays.shorten(block.encode()) == block.encode()
    assert not arrays.cells


def test_no_more_is_aside_than_memory_has(monkeypatch):
    monkeypatch.setattr(set_aside, "MOST_BYTES", 100)
    arrays = SetAside(",", '"')
    block = f'1,"{ARRAY}"\n'.encode() * 2
    assert arrays.shorten(block) != block
    assert arrays.shorten(block) == block
