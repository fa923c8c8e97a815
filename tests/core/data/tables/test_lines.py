import codecs
import gzip
import io

import pytest
from astropy.table import Table

from core.data.tables import lines
from core.data.tables.lines import blocks, encoding_of
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

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
ACCENTS = CSV.replace("name", "näme €").replace("NGC", "Åse é")


def ecsv():
    table = Table({"source_id": IDS, "z": REDSHIFTS, "name": NAMES})
    table.meta["comments"] = ["é"]
    stream = io.StringIO()
    table.write(stream, format="ascii.ecsv")
    return stream.getvalue()


def votable():
    stream = io.BytesIO()
    Table({"source_id": IDS, "z": REDSHIFTS, "name": NAMES}).write(stream, format="votable")
    return stream.getvalue().decode()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_csv_in_any_encoding(encoding, ends):
    content = ACCENTS.replace("\n", ends).encode(encoding)
    columns = read_columns(content)
    assert list(columns) == ["source_id", "z", "näme €"]
    assert columns["näme €"] == ["Åse é 1", "x", "y z"]
    assert list(map(int, columns["source_id"])) == IDS
    assert read_columns(gzip.compress(content)) == columns


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_ecsv_in_any_encoding(encoding):
    assert_is_the_table(ecsv().encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_votable_with_a_byte_order_mark(encoding):
    declared = votable().replace("utf-8", encoding.removesuffix("-sig"), 1)
    assert_is_the_table(declared.encode(encoding))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_windows_and_latin_1_are_read_and_said(encoding):
    content = ACCENTS.replace("€", "ß" if encoding == "latin-1" else "€")
    table = open_table(content.encode(encoding))
    columns = read_columns(table)
    assert columns[table.names[2]] == ["Åse é 1", "x", "y z"]
    assert table.names[2] == ("näme ß" if encoding == "latin-1" else "näme €")
    assert table.stream.notes == [
        "characters that are not UTF-8 are read as Windows-1252 (Latin-1)"
    ]


def test_latin_1_far_below_the_names():
    content = CSV + "1,0.5,x\n" * lines.BLOCK_BYTES + "2,0.5,é\n"
    table = open_table(content.encode("latin-1"))
    assert table.stream.notes == []
    assert read_columns(table, 10**6)["name"][-1] == "é"
    assert "Windows-1252" in table.stream.notes[0]


def test_the_encoding_is_said():
    assert open_table(CSV.encode("utf-16")).stream.notes == ["read as UTF-16"]
    assert open_table(CSV.encode("utf-8-sig")).stream.notes == []


def test_bytes_that_are_no_letters_of_windows_stay_one_character():
    assert read_columns(b"z,name\n1,\x81\xe9\n")["name"] == ["\ufffdé"]


def test_encoding_of():
    assert encoding_of(b"") == ("utf-8", 0)
    assert encoding_of(codecs.BOM_UTF16_BE + b"\0a") == ("utf-16-be", 2)
    assert encoding_of(codecs.BOM_UTF32_LE) == ("utf-32-le", 4)
    assert encoding_of("a,b\n".encode("utf-16-be")) == ("utf-16-be", 0)
    assert encoding_of(bytes(100)) == ("utf-8", 0)


def test_lines_longer_than_a_block(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a" * (3 * lines.BLOCK_BYTES) + "\nb")
    assert [len(block) for block in blocks(path, "")] == [3 * lines.BLOCK_BYTES + 1, 1]


def test_a_line_without_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 1000)
    path = tmp_path / "a.csv"
    path.write_bytes(b"a" * 2000)
    with pytest.raises(DataError, match="a line is longer than 16 MB"):
        list(blocks(path, "mine"))
