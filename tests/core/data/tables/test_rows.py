import contextlib
import gzip
import io
import time

import pytest
from astropy.table import Table

from core.data.tables.lines import BLOCK_BYTES
from core.errors import DataError
from tests.support.text_tables import (
    CSV,
    IDS,
    NAMES,
    REDSHIFTS,
    assert_is_the_table,
    open_table,
    read_columns,
)

AGAIN = "the line of names again"
HEADER, *ROWS = CSV.splitlines()


def skipped(content):
    table = open_table(content)
    read_columns(table)
    told = dict(table.stream.skipped)
    read_columns(table)
    next(table.batches([0], 1), None)
    assert table.stream.skipped == told  # however often rows are read
    return told


@pytest.mark.parametrize(
    "second",
    [
        CSV,
        "\n" + CSV,
        CSV.upper().replace("X", "x").replace("Y Z", "y z"),
        CSV.replace(HEADER, '"source_id","z","name"'),
        CSV.replace(HEADER, " source_id , z , name"),
        "\ufeff" + CSV,
        "# of another day\n" + CSV,
    ],
)
def test_files_joined_by_cat(second):
    assert_is_the_table(CSV + second, 2)
    assert skipped(CSV + second)[AGAIN] == 1


def test_joined_files_whose_first_has_no_last_end_of_line():
    assert_is_the_table(CSV.rstrip() + CSV, 2)
    assert skipped(CSV.rstrip() + CSV) == {AGAIN: 1}


def test_joined_files_that_are_compressed():
    assert_is_the_table(gzip.compress(CSV.encode()) * 2, 2)


def test_a_row_that_someone_took_out_is_a_comment_where_ids_come_first():
    assert skipped(f"{HEADER}\n#{ROWS[0]}\n{ROWS[1]}\n") == {"comments": 1}


def test_a_name_may_begin_with_a_hash():
    content = "name,source_id,z\n#1,12,0.5\nb,13,0.6\n# a comment\nc,14,0.7\n"
    assert read_columns(content)["name"] == ["#1", "b", "c"]
    assert skipped(content) == {"comments": 1}


def test_the_end_sign_of_dos():
    assert_is_the_table(CSV * 10 + "\x1a", 10)


def test_joined_files_in_utf16():
    assert_is_the_table(CSV.encode("utf-16") * 2, 2)


def test_names_that_are_numbers_come_again():
    content = "0,1,2,3,4\n7,8,9,6,5\n"
    columns = read_columns(content * 2)
    assert columns == {"0": [7, 7], "1": [8, 8], "2": [9, 9], "3": [6, 6], "4": [5, 5]}


def test_one_column():
    assert read_columns("source_id\n1\n" * 3)["source_id"] == ["1"] * 3


def test_many_joined_files_in_many_blocks():
    times = 2 * BLOCK_BYTES // len(CSV)
    table = open_table(CSV * times)
    assert sum(batch.n_rows for batch in table.batches([0], 10_000)) == 3 * times
    assert table.stream.skipped == {AGAIN: times - 1}


def test_comments_and_blank_lines_between_rows():
    content = "\n".join([HEADER, ROWS[0], "# two", "", ROWS[1], "#", " ", ",,", ROWS[2], "# end"])
    assert_is_the_table(content)
    assert skipped(content) == {"comments": 3, "blank lines": 3}


@pytest.mark.parametrize("between", [",", "\t", ";"])
def test_an_empty_row_counts_where_rows_have_no_ids(between):
    content = f"z{between}g\n1{between}2\n{between}\n\n3{between}4\n"
    assert read_columns(content) == {"z": [1, None, 3], "g": [2, None, 4]}


def test_lines_within_quoted_cells_are_no_lines_of_the_table():
    cell = "a\n# b\n\nsource_id,z,name\n(2 rows)\n<?xml\nc"
    content = f'{HEADER}\n1,0.5,"{cell}"\n' + "2,0.5,d\n" * 20
    assert read_columns(content)["name"] == [cell, *"d" * 20]
    assert skipped(content) == {}


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("z,source_id,name\n0.1,1,a\n", r"other names \('z, source_id, name'\) in line 5"),
        ("source_id,z\n1,0.1\n", r"other names \('source_id, z'\) in line 5: files of different"),
        ("source_id,ra,dec\n1,2,3\n", "other names .* in line 5"),
    ],
)
def test_joined_files_of_other_columns_are_refused(second, words):
    with pytest.raises(DataError, match=rf"^mine: .*{words}.*Give each of the joined files"):
        read_columns(CSV + second)


def test_a_row_cut_off_before_the_next_file():
    with pytest.raises(DataError, match="expected 3 values in line 4, received 1 before the names"):
        read_columns(CSV[:-12] + CSV)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (b"<?xml version='1.0'?>\n<VOTABLE/>\n", "'<\\?xml vers' in line 5"),
        (b"SIMPLE  =                    T" + b" " * 2850 + b"\0", "'SIMPLE  =|bytes that are no"),
        (b"# %ECSV 1.0\n# ---\n", "'# %ECSV 1.' in line 5"),
        (b"PAR1\0\0\0\0\n", "bytes that are no text|binary"),
    ],
)
def test_another_format_behind_the_rows_is_refused(second, words):
    padded = CSV.encode() + ROWS[0].encode().join([b"", b"\n"]) * 5000  # beyond what is sniffed
    with pytest.raises(DataError, match=words.replace("line 5", r"line \d+")):
        read_columns(padded + second)


def ecsv(unit="km"):
    stream = io.StringIO()
    table = Table({"source_id": IDS, "z": REDSHIFTS, "name": NAMES})
    table["z"].unit = unit
    table.write(stream, format="ascii.ecsv")
    return stream.getvalue()


def test_joined_ecsv_files():
    assert_is_the_table(ecsv() * 2, 2)
    assert skipped(ecsv() * 2)[AGAIN] == 1
    assert open_table(ecsv()).units == ("", "km", "")


def test_joined_ecsv_files_of_other_units_are_refused():
    with pytest.raises(DataError, match=r"other names \('# - {name: z, unit: m,.*in line \d+"):
        read_columns(ecsv() + ecsv("m"))


def test_ecsv_and_csv_joined():
    with pytest.raises(DataError, match="another file follows in it"):
        read_columns(ecsv() + CSV)


def test_a_few_letters_within_text_are_no_names():
    assert read_columns("a,b\nxa,b\naa,b\n") == {"a": ["xa", "aa"], "b": ["b", "b"]}


@pytest.mark.parametrize(
    "line",
    ["", "#", "-" * 9 + "x", "=" * 2**18 + "x", "source_id" + " " * 2**18 + "x", "z" * 2**18,
     "= " * 2**17 + "x", "| " * 2**17],
)  # fmt: skip
@pytest.mark.parametrize("first", [HEADER, "# source_id z name", "| source_id | z | name |"])
def test_hostile_lines_take_no_long_time(line, first):
    """Patterns that go back over a line again and again would take hours."""
    row = ROWS[0] if "," in first else "1 | 0.5 | x" if "|" in first else "1 0.5 x"
    n = max(1, 2**14 // max(1, len(line)))
    start = time.perf_counter()
    with contextlib.suppress(DataError):
        read_columns("\n".join([first, row, *[line] * n, row]))
    assert time.perf_counter() - start < 30


def test_many_lines_that_are_no_rows_are_refused(monkeypatch):
    monkeypatch.setattr("core.data.tables.rows.MAX_SKIPPED", 1000)
    monkeypatch.setattr("core.data.tables.layout.MAX_SKIPPED", 1000)
    for content in (CSV + "#\n" * 2000, "#\n" * 2000 + CSV):
        with pytest.raises(DataError, match=r"found 1,00\d lines without a row"):
            read_columns(content)


def test_rows_that_begin_with_words_are_rows():
    content = "name,z\nz,0.1\nsource_id,0.2\nGaia DR3 1,0.3\nflux,0.4\n"
    assert read_columns(content)["name"] == ["z", "source_id", "Gaia DR3 1", "flux"]
