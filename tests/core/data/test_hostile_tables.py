"""Files that are damaged, mislabelled or made to do harm end in a `DataError`."""

import base64
import contextlib
import gzip
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from core.data.dataset import Dataset
from core.data.imported_dataset import read_table
from core.data.tables.raw import TableLimits
from core.data.tables.sniff import FORMATS
from core.errors import DataError

N = 4

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb0043") + bytes(range(256)) * 8


@pytest.fixture(scope="module", autouse=True)
def rehearsal():
    """Leave damaged files to the process that reads them first."""


def table_bytes(format):
    columns = {
        "source_id": np.arange(N) + 2**60,
        "z": np.linspace(0.1, 0.4, N),
        "flux": np.ones((N, 186), np.float32),
    }
    stream = io.BytesIO()
    if format == "csv":
        columns |= {f"flux_{i}": columns["flux"][:, i] for i in range(186)}
        del columns["flux"]
        pd.DataFrame(columns).to_csv(stream, index=False)
    elif format == "parquet":
        pd.DataFrame(columns | {"flux": list(columns["flux"])}).to_parquet(stream)
    elif format == "ecsv":
        text = io.StringIO()
        Table(columns).write(text, format="ascii.ecsv")
        return text.getvalue().encode()
    else:
        Table(columns).write(stream, format=format)
    return stream.getvalue()


TABLES = {format: table_bytes(format) for format in FORMATS}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\0" * 500,
        JPEG,
        gzip.compress(b"z,flux_0\n" * 100),
        "z,flux".encode("utf-16"),
    ],
    ids=["empty", "newlines", "zeros", "jpeg", "gzip", "utf-16"],
)
def test_something_else_under_this_name(format, content):
    with pytest.raises(DataError, match=r"upload\.csv: \S+") as caught:
        read_table(content, format, "upload.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("other", FORMATS)
def test_a_table_of_another_format(format, other):
    if format != other:
        with pytest.raises(DataError, match="upload: "):
            read_table(TABLES[other], format, "upload")


@pytest.mark.parametrize("format", ["parquet", "fits", "votable"])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.7])
def test_a_file_that_is_cut_off(format, share):
    content = TABLES[format]
    with pytest.raises(DataError, match="upload: "):
        read_table(content[: int(len(content) * share)], format, "upload")


@pytest.mark.parametrize("format", [format for format in FORMATS if format != "parquet"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damaged_bytes_never_raise_anything_else(format, data):
    read_damaged(format, data)


@settings(max_examples=8, deadline=None)  # each starts a process
@given(data=st.data())
def test_damaged_bytes_of_parquet(data):
    read_damaged("parquet", data)


def read_damaged(format, data):
    """Read a table with some of its bytes changed."""
    content = bytearray(TABLES[format])
    flips = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(flips, min_size=1, max_size=6)):
        content[place] = value
    with contextlib.suppress(DataError):
        assert isinstance(read_table(bytes(content), format, "upload"), Dataset)


@pytest.mark.parametrize("format", FORMATS)
def test_limits(format):
    content = TABLES[format]
    for limits, message in [
        (TableLimits(max_bytes=len(content) - 1), "at most .* bytes, received"),
        (TableLimits(max_rows=N - 1), f"at most {N - 1} rows, found {N}"),
        (TableLimits(max_columns=2), "at most 2 columns, found"),
    ]:
        with pytest.raises(DataError, match=message):
            read_table(content, format, limits=limits)
    exact = TableLimits(max_bytes=len(content), max_rows=N, max_columns=188)
    assert len(read_table(content, format, limits=exact)) == N


def test_size_is_checked_before_a_file_is_read(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(DataError, match="at most 1,073,741,824 bytes, received 1,099,511,627,776"):
        read_table(path, "csv")


def test_csv_without_an_end_of_line():
    with pytest.raises(DataError, match="first line is longer than 1 MB"):
        read_table(b"," * (2**20 + 1), "csv")


def test_csv_with_too_many_cells_in_a_row():
    lines = TABLES["csv"].splitlines()
    lines[3] += b",9,9"
    with pytest.raises(DataError, match=r"upload: .*row 3 has 190 values instead of 188"):
        read_table(b"\n".join(lines), "csv", "upload")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [(b'"1",', b"", 189), (b"", b",9", 189), (b"1,2,", b"", 190)],
    ids=["row names of R", "a last value", "two row names"],
)
def test_csv_with_more_values_than_names(before, after, found):
    """Nothing is dropped and nothing shifts: else z would be a flux."""
    names, *rows = TABLES["csv"].splitlines()
    content = b"\n".join([names, *(before + row + after for row in rows)])
    message = rf"upload: row 1 has {found} values, but the line of names has 188"
    with pytest.raises(DataError, match=message):
        read_table(content, "csv", "upload")


def test_fits_that_claims_more_rows_than_it_has():
    content = TABLES["fits"].replace(
        b"NAXIS2  =                    4", b"NAXIS2  =            999999999"
    )
    with pytest.raises(DataError, match="it is truncated"):
        read_table(content, "fits")


def test_fits_of_images():
    stream = io.BytesIO()
    fits.PrimaryHDU(np.zeros((3, 3))).writeto(stream)
    with pytest.raises(DataError, match="found only images"):
        read_table(stream.getvalue(), "fits")


def test_parquet_of_few_bytes_and_many_values():
    stream = io.BytesIO()
    column = pa.array([np.zeros(2_000_000, np.float32)])
    parquet.write_table(pa.table({"z": [0.1], "flux": column}), stream)
    assert len(stream.getvalue()) < 100_000
    with pytest.raises(DataError, match="holds 2,000,000 values in 1 row"):
        read_table(stream.getvalue(), "parquet")


def votable(stream='<STREAM encoding="base64"></STREAM>', table="", arraysize="186", doctype=""):
    return f"""<?xml version="1.0"?>{doctype}
    <VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE {table}>
    <FIELD name="z" datatype="double"/>
    <FIELD name="flux" datatype="float" arraysize="{arraysize}"/>
    <DATA><BINARY>{stream}</BINARY></DATA></TABLE></RESOURCE></VOTABLE>""".encode()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (votable('<STREAM href="file:///etc/hostname"/>'), "lie in another file"),
        (votable('<STREAM href="http://127.0.0.1:9/x" encoding="base64"/>'), "lie in another file"),
        (votable('<STREAM encoding="gzip">H4sIAAAA</STREAM>'), "compressed"),
        (votable(table='nrows="4000000000"'), "at most 1,000,000 rows, found 4,000,000,000"),
        (votable(arraysize="100000x100000"), "array size 100000x100000"),
        (votable(doctype='<!DOCTYPE x [<!ENTITY a "aaaa">]>'), "defines the XML entity 'a'"),
        (votable(table='nrows="many"'), "cannot be read as votable"),
        (b"<VOTABLE/>", "found no|cannot be read"),
    ],
)
def test_votables_that_reach_out_or_blow_up(document, message):
    with pytest.raises(DataError, match=message):
        read_table(document, "votable")


def test_votable_in_base64_is_welcome():
    row = np.array([(0.25, np.arange(186))], [("z", ">f8"), ("flux", ">f4", 186)])
    text = base64.b64encode(row.tobytes()).decode()
    dataset = read_table(votable(f'<STREAM encoding="base64">{text}</STREAM>'), "votable")
    np.testing.assert_array_equal(dataset.flux, [np.arange(186)])


@pytest.mark.parametrize("command", ["kill -ABRT $$", "exit 1", "exec sleep 60"])
def test_parquet_that_ends_the_process_that_reads_it(command, tmp_path, monkeypatch):
    reader = tmp_path / "python"
    reader.write_text(f"#!/bin/sh\n{command}\n")
    reader.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(reader))
    monkeypatch.setattr("core.data.tables.parquet.REHEARSAL_SECONDS", 0.5)
    with pytest.raises(DataError, match="upload: cannot be read as parquet, it is damaged or in"):
        read_table(TABLES["parquet"], "parquet", "upload")


def test_parquet_is_rehearsed_by_our_own_code(tmp_path, monkeypatch):
    """Another package called core lies where the dashboard was started."""
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert len(read_table(TABLES["parquet"], "parquet", "upload")) == N
