"""Files that are cut off, mislabelled, wrong or made to do harm: each ends in a plain sentence."""

import base64
import contextlib
import functools
import gzip
import io
import json
import pickle
import re
import struct
import subprocess
import sys
import zipfile
import zlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.io import fits, votable
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from core.data.spectra.files import open_spectra
from core.data.tables.raw import TableLimits
from core.data.tables.sniff import FORMATS
from core.errors import DataError
from core.spectra import Spectra
from tests.support.spectra_files import read_spectra
from tests.support.without_processes import parquet_read_here

N = 5
NAMES = [f"flux_{i}" for i in range(186)]

# What only programmers understand.
JARGON = re.compile(
    r"Traceback|codec|can't decode|NoneType|object has no|Errno|dtype\(|C error|tokeniz|"
    r"\b0x[0-9a-f]{4}|"
    r"<class|Exception|KeyError|ValueError|TypeError|IndexError|\bself\b|__|list index|"
    r"not subscriptable|expat|Arrow(Invalid|Exception)|thrift|struct\.error|zlib|positional",
    re.IGNORECASE,
)


@pytest.fixture(scope="module", autouse=True)
def rehearsal():
    """Leave damaged files to the process that reads them first."""


def flux_columns(n=N):
    return {name: np.full(n, 1.5 + i, np.float32) for i, name in enumerate(NAMES)}


def array_columns(n=N, m=186):
    return {"source_id": np.arange(n) + 2**62, "flux": np.ones((n, m), np.float32)}


@functools.cache
def good(kind):
    """Return a file with nothing wrong; of arrays but for CSV."""
    stream = io.BytesIO()
    if kind == "csv":
        frame = pd.DataFrame({"source_id": np.arange(N) + 2**62, "z": 0.1} | flux_columns())
        frame.to_csv(stream, index=False)
    elif kind == "parquet":
        columns = array_columns()
        parquet.write_table(pa.table(columns | {"flux": list(columns["flux"])}), stream)
    elif kind == "ecsv":
        text = io.StringIO()
        Table(array_columns()).write(text, format="ascii.ecsv")
        return text.getvalue().encode()
    elif kind.startswith("votable"):
        encoding = kind.partition(" ")[2] or "tabledata"
        votable.writeto(Table(array_columns()), stream, tabledata_format=encoding)
    elif kind == "fits of any length":
        cells = np.empty(N, object)
        cells[:] = [np.ones(186, np.float32)] * N
        fits.BinTableHDU.from_columns([fits.Column("flux", "PE()", array=cells)]).writeto(stream)
    else:
        Table(array_columns()).write(stream, format=kind)
    return stream.getvalue()


def zipped(members, **options):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, **options)
    return stream.getvalue()


def lines(*rows):
    return "\n".join(rows).encode()


def csv_with(change):
    rows = good("csv").decode().splitlines()
    return lines(*change(rows))


def with_row(row):
    return csv_with(lambda rows: [*rows[:2], row, *rows[2:]])


def replaced(kind, before, after):
    content = good(kind)
    assert before in content, (kind, before)
    return content.replace(before, after)


def fits_bytes(*hdus):
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(stream)
    return stream.getvalue()


def any_length(descriptor):
    """Return a FITS table whose first descriptor (length, offset) is replaced."""
    content = bytearray(good("fits of any length"))
    start = content.rindex(b"END" + b" " * 77) // 2880 * 2880 + 2880
    content[start : start + 8] = struct.pack(">ii", *descriptor)
    return bytes(content)


def parquet_bytes(table, **options):
    stream = io.BytesIO()
    parquet.write_table(table, stream, **options)
    return stream.getvalue()


def document(fields="", data="", attributes="", doctype=""):
    return (
        f'<?xml version="1.0"?>{doctype}<VOTABLE version="1.4" '
        'xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE>'
        f"<TABLE {attributes}>{fields}<DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>"
    ).encode()


FLUX_FIELD = '<FIELD name="flux" datatype="float" arraysize="186"/>'
ENTITIES = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{ENTITIES}]>'

WHOLE_PARQUET = {
    "parquet of structs": parquet_bytes(pa.table({"flux": [{"a": 1}] * N})),
    "parquet of lists of lists": parquet_bytes(pa.table({"flux": [[[1.0]]] * N})),
    "parquet of lists of words": parquet_bytes(pa.table({"flux": [["a"] * 186] * N})),
    "parquet of 185 values": parquet_bytes(pa.table({"flux": [[1.0] * 185] * N})),
    "parquet of 343 values": parquet_bytes(pa.table({"flux": [[1.0] * 343] * N})),
    "parquet of a column twice": parquet_bytes(pa.table([[1.0], [2.0]], ["flux", "flux"])),
    "parquet without columns": parquet_bytes(pa.table({})),
    "parquet without rows": parquet_bytes(pa.table(flux_columns(0))),
    "parquet of decimal ids": parquet_bytes(pa.table({"source_id": [1.5, 2]} | flux_columns(2))),
    "parquet of true ids": parquet_bytes(pa.table({"source_id": [True, False]} | flux_columns(2))),
    "parquet of ids beyond 64 bits": parquet_bytes(
        pa.table({"source_id": pa.array([2**64 - 1, 1], pa.uint64())} | flux_columns(2))
    ),
    "parquet of z in words": parquet_bytes(pa.table({"z": ["far", "0.1"]} | flux_columns(2))),
    "parquet of z in lists": parquet_bytes(pa.table({"z": [[1.0], [2.0]]} | flux_columns(2))),
}
"""Those that no reader has trouble with."""

FILES = WHOLE_PARQUET | {
    # Nothing, or something else
    "empty": b"",
    "blanks": b" \n\t\n ",
    "a byte-order mark": b"\xef\xbb\xbf",
    "zeros": bytes(5000),
    "a letter": b"x",
    "noise": np.random.default_rng(0).bytes(5000),
    "prose": b"Dear colleague,\nplease find attached the spectra.\nYours",
    "jpeg": bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(range(256)) * 8,
    "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "gif": b"GIF89a" + bytes(100),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(100),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "netcdf": b"CDF\x01" + bytes(100),
    "xls": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500),
    "npy": b"\x93NUMPY\x01\x00v\x00" + bytes(100),
    "npz": zipped({"flux.npy": b"\x93NUMPY", "z.npy": b"\x93NUMPY"}),
    "xlsx": zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
    "pickle": pickle.dumps({"flux": [1, 2, 3]}),
    "old pickle": pickle.dumps({"flux": [1.0] * 50}, protocol=2),
    "feather": b"ARROW1\x00\x00" + bytes(100),
    "sqlite": b"SQLite format 3\x00" + bytes(100),
    "json": json.dumps({"flux": [1, 2]}).encode(),
    "json list": json.dumps([{"flux": [1, 2]}]).encode(),
    "web page": b"<!DOCTYPE html><html><body>Please log in</body></html>",
    "web page in capitals": b"<HTML><BODY>404</BODY></HTML>",
    "xml": b'<?xml version="1.0"?><gpx><trk/></gpx>',
    "bzip2": b"BZh91AY&SY" + bytes(100),
    "xz": b"\xfd7zXZ\x00" + bytes(100),
    "zstandard": b"\x28\xb5\x2f\xfd" + bytes(100),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(100),
    "rar": b"Rar!\x1a\x07\x00" + bytes(100),
    "tar": b"spectra.csv".ljust(257, b"\0") + b"ustar\x00" + bytes(300),
    "executable": b"\x7fELF" + bytes(500),
    "utf-16": "flux_0,flux_1\n1,2\n".encode("utf-16"),
    "utf-16 be": b"\xfe\xff" + "flux_0,flux_1\n1,2\n".encode("utf-16-be"),
    "utf-32": "flux_0,flux_1\n1,2\n".encode("utf-32"),
    # Archives
    "gz of nothing": gzip.compress(b""),
    "gz cut in its header": gzip.compress(good("csv"))[:6],
    "gz cut in the middle": gzip.compress(good("csv"))[:300],
    "gz cut before its checksum": gzip.compress(good("csv"))[:-6],
    "gz with a wrong checksum": gzip.compress(good("csv"))[:-8] + bytes(8),
    "gz of damaged bytes": gzip.compress(good("csv"))[:60] + bytes(90),
    "gz of a gz": gzip.compress(gzip.compress(good("csv"))),
    "gz of a zip": gzip.compress(zipped({"a": good("csv")})),
    "gz of a jpeg": gzip.compress(b"\xff\xd8\xff\xe0" + bytes(100)),
    "gz of unknown method": b"\x1f\x8b\x07" + bytes(20),
    "gz followed by junk": gzip.compress(good("csv")) + b"junk and more of it",
    "zip without members": zipped({}),
    "zip of folders": zipped({"folder/": b""}),
    "zip of litter": zipped({"__MACOSX/._a.csv": b"x", ".DS_Store": b"x"}),
    "zip cut off": zipped({"a": good("csv")})[:200],
    "zip without its directory": zipped({"a": good("csv")})[:-60],
    "zip of a zip": zipped({"a.zip": zipped({"b": good("csv")})}),
    "zip of prose": zipped({"a.txt": b"nothing here", "b.txt": b"nor here"}),
    "zip with a wrong checksum": zipped({"a": good("csv")}).replace(
        struct.pack("<I", zlib.crc32(good("csv"))), bytes(4)
    ),
    "zip with a password": zipped({"a": b"x" * 50}).replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
    ),
    "zip of an unknown method": zipped({"a": b"x" * 50}).replace(
        b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00"
    ),
    "zip that leads out": zipped({"../../etc/passwd": b"root:x:0:0"}),
    "zip of a damaged fits": zipped({"a.fits": good("fits")[:3000]}),
    # CSV
    "csv of names only": lines(",".join(["z", *NAMES])),
    "csv of names and a line end": lines(",".join(["z", *NAMES]), ""),
    "csv of one name": b"flux\n1\n2\n",
    "csv with a name missing": csv_with(lambda r: [r[0].replace("flux_7,", ""), *r[1:]]),
    "csv with a name too many": csv_with(lambda r: [r[0] + ",more", *r[1:]]),
    "csv with a flux twice": csv_with(lambda r: [r[0].replace("flux_7,", "flux_8,"), *r[1:]]),
    "csv with ids twice": csv_with(lambda r: [r[0].replace(",z,", ",SOURCE_ID,"), *r[1:]]),
    "csv with a gap": csv_with(lambda r: [r[0].replace("flux_40", "flux_186"), *r[1:]]),
    "csv of 185 fluxes": pd.DataFrame(np.ones((3, 185))).to_csv(index=False).encode(),
    "csv of 188 numbers": pd.DataFrame(np.ones((3, 188))).to_csv(index=False).encode(),
    "csv of 343 fluxes": pd.DataFrame(
        np.ones((3, 343)), columns=[f"flux_{i}" for i in range(343)]
    ).to_csv(index=False).encode(),
    "csv with a row too long": with_row(",".join(["1"] * 190)),
    "csv with a long first row": csv_with(lambda r: [r[0], r[1] + ",1,2", *r[2:]]),
    "csv with row names": csv_with(lambda r: [r[0], *(f"1,{row}" for row in r[1:])]),
    "csv cut within its names": good("csv")[:800],
    "csv cut within its first row": good("csv")[:2500],
    "csv cut within a later row": good("csv")[:-400],
    "csv cut within a number and a row": good("csv")[:-3][: -len(b"187.5") * 3],
    "csv with an open quotation mark": with_row('"' + ",".join(["1"] * 188)),
    "csv with a quotation mark in its names": b'"' + good("csv"),
    "csv with text ids": csv_with(lambda r: [r[0], "NGC 4258" + r[1][19:], *r[2:]]),
    "csv with rounded ids": csv_with(lambda r: [r[0], "4.61169E+18" + r[1][19:], *r[2:]]),
    "csv with decimal ids": csv_with(lambda r: [r[0], "17.5" + r[1][19:], *r[2:]]),
    "csv with huge ids": csv_with(lambda r: [r[0], "9" * 40 + r[1][19:], *r[2:]]),
    "csv with an id of 2^63": csv_with(lambda r: [r[0], str(2**63) + r[1][19:], *r[2:]]),
    "csv with z in words": csv_with(lambda r: [r[0], r[1].replace(",0.1,", ",far,"), *r[2:]]),
    "csv with z true": csv_with(lambda r: [r[0], r[1].replace(",0.1,", ",True,"), *r[2:]]),
    "csv in latin-1 below": good("csv") + "é".encode("latin-1") + b",1" * 187 + b"\n",
    "csv with zeros below": good("csv")[:70000] + bytes(100),
    "csv of one long line": b"1," * 2**20,
    "csv of one long cell": b"z,flux\n0.1,\"" + b"1," * 2**17 + b"\"\n",
    "csv of 3000 columns": lines(",".join(map(str, range(3000))), ",".join(["1"] * 3000)),
    "csv of text arrays of 185": b'flux\n"[' + b", ".join([b"1"] * 185) + b']"\n',
    "csv of text arrays of words": b'source_id,flux\n1,"(one, two)"\n2,"(three)"\n',
    "csv of text arrays cut off": b'source_id,flux\n1,"(' + b", ".join([b"1"] * 100),
    "csv of comments": b"# one\n# two\n# three\n",
    "csv of a table of sources": b"source_id,ra,dec,parallax,pmra\n1,2,3,4,5\n",
    "csv of photometry": b"source_id,phot_bp_mean_mag,phot_rp_mean_mag\n1,2,3\n",
    "csv of one spectrum": b"wavelength,flux,flux_error\n336,1e-16,1e-17\n338,1e-16,1e-17\n",
    "csv with a name of two lines": csv_with(lambda r: ['"source\nid"' + r[0][9:], *r[1:]]),
    "csv with errors that lack one": lines(
        ",".join([*NAMES, *(f"flux_error_{i}" for i in range(185))]), ",".join(["1"] * 371)
    ),
    "csv with two spectra": lines(
        ",".join([*NAMES, "flux"]), ",".join(["1"] * 187)
    ),
    # FITS
    "fits of a magic word": b"SIMPLE  =",
    "fits of one card": b"SIMPLE  =                    T".ljust(80),
    "fits of an image": fits_bytes(fits.ImageHDU(np.zeros((4, 4)))),
    "fits of nothing": fits_bytes(),
    "fits cut within its header": good("fits")[:1000],
    "fits cut within the table's header": good("fits")[:4000],
    "fits cut within its rows": good("fits")[:-2880],
    "fits with more rows than it has": replaced(
        "fits", b"NAXIS2  =                    5", b"NAXIS2  =            900000000"
    ),
    "fits with rows below zero": replaced(
        "fits", b"NAXIS2  =                    5", b"NAXIS2  =                   -5"
    ),
    "fits of no rows": replaced(
        "fits", b"NAXIS2  =                    5", b"NAXIS2  =                    0"
    ),
    "fits with rows that are too wide": replaced(
        "fits", b"NAXIS1  =                  752", b"NAXIS1  =               999999"
    ),
    "fits with rows that are too narrow": replaced(
        "fits", b"NAXIS1  =                  752", b"NAXIS1  =                   16"
    ),
    "fits with rows in words": replaced(
        "fits", b"NAXIS2  =                    5", b"NAXIS2  =                 many"
    ),
    "fits with a column too many": replaced(
        "fits", b"TFIELDS =                    2", b"TFIELDS =                    3"
    ),
    "fits with 99999 columns": replaced(
        "fits", b"TFIELDS =                    2", b"TFIELDS =                99999"
    ),
    "fits of an unknown type": replaced("fits", b"'186E    '", b"'186Y    '"),
    "fits of a huge array": replaced("fits", b"'186E    '", b"'99999E  '").replace(
        b"'(186)   '", b"'(99999) '"
    ),
    "fits of another array": replaced("fits", b"'186E    '", b"'185E    '"),
    "fits of text": replaced("fits", b"'186E    '", b"'744A    '"),
    "fits with a heap that it lacks": replaced(
        "fits", b"PCOUNT  =                    0", b"PCOUNT  =              9999999"
    ),
    "fits with arrays that are too long": any_length((2**30, 0)),
    "fits with arrays of negative length": any_length((-5, 0)),
    "fits with arrays elsewhere": any_length((186, 2**30)),
    "fits with arrays before the file": any_length((186, -(2**20))),
    "fits with decimal ids": fits_bytes(
        fits.BinTableHDU(Table(array_columns() | {"source_id": np.ones(N)}))
    ),
    "fits with text ids": fits_bytes(
        fits.BinTableHDU(Table(array_columns() | {"source_id": ["M31"] * N}))
    ),
    "fits with arrays of ids": fits_bytes(
        fits.BinTableHDU(Table(array_columns() | {"source_id": np.ones((N, 2), int)}))
    ),
    "fits of complex fluxes": fits_bytes(
        fits.BinTableHDU(Table({"flux": np.ones((N, 186), complex)}))
    ),
    "fits of true and false": fits_bytes(
        fits.BinTableHDU(Table({"flux": np.ones((N, 186), bool)}))
    ),
    "fits of matrices": fits_bytes(fits.BinTableHDU(Table({"flux": np.ones((N, 186, 2))}))),
    "fits of XP_SAMPLED": fits_bytes(fits.BinTableHDU(Table(array_columns(m=343)))),
    "fits of RVS": fits_bytes(fits.BinTableHDU(Table(array_columns(m=2401)))),
    "fits of one number": fits_bytes(fits.BinTableHDU(Table({"flux": np.ones(N)}))),
    "fits of too many rows": fits_bytes(
        fits.BinTableHDU(Table({"a": np.ones(1_000_001, np.uint8)}))
    ),
    # Parquet
    "parquet of a magic word": b"PAR1",
    "parquet of two magic words": b"PAR1" + bytes(100) + b"PAR1",
    "parquet with a footer that lies": b"PAR1" + bytes(100) + b"\xff\xff\xff\x7f" + b"PAR1",
    "parquet cut at its end": good("parquet")[:-1],
    "parquet cut in the middle": good("parquet")[: len(good("parquet")) // 2],
    "parquet with damaged rows": good("parquet")[:40] + bytes(400) + good("parquet")[440:],
    "parquet of lists that fill the memory": parquet_bytes(
        pa.table({"z": [0.1], "flux": pa.array([np.zeros(2_000_000, np.float32)])})
    ),
    # VOTable
    "votable of a tag": b"<VOTABLE",
    "votable without a table": b'<VOTABLE version="1.4"></VOTABLE>',
    "votable cut within its fields": good("votable")[:700],
    "votable cut within its rows": good("votable")[:-500],
    "votable cut within base64": good("votable binary")[:-700],
    "votable of binary2 cut off": good("votable binary2")[:-700],
    "votable with an entity bomb": document(FLUX_FIELD, "", doctype=BOMB),
    "votable with an outside entity": document(
        FLUX_FIELD, doctype='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    ),
    "votable with data elsewhere": document(
        FLUX_FIELD, '<FITS><STREAM href="http://127.0.0.1:9/x.fits"/></FITS>'
    ),
    "votable with gzipped data": document(
        FLUX_FIELD, '<BINARY><STREAM encoding="gzip">H4sI</STREAM></BINARY>'
    ),
    "votable with bad base64": document(
        FLUX_FIELD, '<BINARY><STREAM encoding="base64">%%%%</STREAM></BINARY>'
    ),
    "votable with half a row": document(
        FLUX_FIELD, '<BINARY><STREAM encoding="base64">AAAA</STREAM></BINARY>'
    ),
    "votable with rows beyond number": document(FLUX_FIELD, attributes='nrows="4000000000"'),
    "votable with rows that fill the memory": document(
        '<FIELD name="flux" datatype="double" arraysize="9999"/>', attributes='nrows="999999"'
    ),
    "votable with short rows that fill the memory": document(
        '<FIELD name="flux" datatype="double" arraysize="9999"/>',
        f"<TABLEDATA>{'<TR/>' * 30_000}</TABLEDATA>",
    ),
    "votable with rows in words": document(FLUX_FIELD, attributes='nrows="many"'),
    "votable with rows below zero": document(FLUX_FIELD, attributes='nrows="-1"'),
    "votable with a huge array": document(
        '<FIELD name="flux" datatype="float" arraysize="100000x100000"/>'
    ),
    "votable of an unknown type": document('<FIELD name="flux" datatype="quaternion"/>'),
    "votable with fields that nest wrongly": b"<VOTABLE><RESOURCE></VOTABLE></RESOURCE>",
    "votable of no rows": document(FLUX_FIELD, "<TABLEDATA></TABLEDATA>"),
    "votable of too many columns": document('<FIELD name="a" datatype="float"/>' * 2001),
    "votable with an array in binary that lies": document(
        '<FIELD name="flux" datatype="float" arraysize="*"/>',
        '<BINARY><STREAM encoding="base64">'
        + base64.b64encode(struct.pack(">i", 2**31 - 1)).decode()
        + "</STREAM></BINARY>",
    ),
    "votable in a wrong encoding": good("votable").replace(b"utf-8", b"utf-99", 1),
    "votable with letters that are not utf-8": document(FLUX_FIELD + "é").replace(
        "é".encode(), b"\xe9"
    ),
    # ECSV
    "ecsv of a magic word": b"# %ECSV 1.0",
    "ecsv cut within its header": good("ecsv")[:60],
    "ecsv without rows": good("ecsv").split(b"source_id flux")[0],
    "ecsv of names only": good("ecsv").split(b"source_id flux")[0] + b"source_id flux\n",
    "ecsv with other names": replaced("ecsv", b"\nsource_id flux\n", b"\nsource_id fluxes\n"),
    "ecsv cut within an array": good("ecsv")[:-400],
    "ecsv with a broken header": replaced("ecsv", b"# datatype:", b"# datatype: ["),
    "ecsv without types": replaced("ecsv", b"# datatype:", b"# nothing:"),
    "ecsv with another delimiter": replaced("ecsv", b"# ---\n", b"# ---\n# delimiter: '|'\n"),
    "ecsv of a python object": replaced(
        "ecsv", b"# datatype:", b"# x: !!python/object/apply:os.getcwd []\n# datatype:"
    ),
    "ecsv of arrays of 185": replaced("ecsv", b"[1.0,1.0,", b"[1.0,"),
}  # fmt: skip


def test_there_are_many():
    assert len(FILES) >= 170


def assert_plain(message, name):
    assert message.startswith(name), message
    assert "\n" not in message
    assert not JARGON.search(message), message
    assert 30 < len(message) < 600, message
    sentences = re.split(r"(?<=[.?!)])\s+(?=[A-Z])", message.removeprefix(name))
    assert len(sentences) <= 3, message


@pytest.mark.parametrize("what", FILES)
def test_says_what_is_wrong_in_plain_words(what):
    with (
        parquet_read_here() if what in WHOLE_PARQUET else contextlib.nullcontext(),
        pytest.raises(DataError) as caught,
    ):
        read_spectra(FILES[what], name="mine.csv")
    assert_plain(str(caught.value), "mine.csv")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("jpeg", "received a JPEG image"),
        ("web page", "a web page"),
        ("xlsx", "an Excel workbook"),
        ("gz cut in the middle", "the gz archive is damaged or truncated"),
        ("zip with a password", "has a password"),
        ("csv cut within a later row", "the last line has .* values instead of 188"),
        ("csv with an open quotation mark", "a quotation mark is not closed"),
        ("csv with a flux twice", "flux_8 occurs more than once"),
        ("csv with a row too long", "row 2 has 190 values instead of 188"),
        ("csv with rounded ids", "Written so, an id has lost its last digits"),
        ("fits with more rows than it has", "is truncated"),
        ("fits with arrays elsewhere", "lie outside the file"),
        ("parquet of lists that fill the memory", "far more than spectra need"),
        ("votable with an entity bomb", "defines the XML entity"),
        ("votable with short rows that fill the memory", "do not fit into memory"),
    ],
)
def test_says_just_what_is_wrong(what, words):
    with pytest.raises(DataError, match=words):
        read_spectra(FILES[what], name="mine.csv")


CUT = ["csv", "parquet", "fits", "fits of any length", "votable", "votable binary", "ecsv"]


@pytest.mark.parametrize("kind", CUT)
@settings(max_examples=15, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_cut_anywhere(kind, share):
    """A file that is cut off says so, or (between its rows) gives what is left."""
    content = good(kind)[: int(share * len(good(kind)))]
    check(content)


@pytest.mark.parametrize("kind", [kind for kind in CUT if kind != "parquet"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_changed_anywhere(kind, data):
    check(changed(good(kind), data))


@settings(max_examples=8, deadline=None)  # each starts a process
@given(data=st.data())
def test_changed_anywhere_in_parquet(data):
    check(changed(good("parquet"), data))


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped({"a": content})])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_changed_anywhere_in_an_archive(pack, data):
    check(changed(pack(good("fits")), data))


@settings(max_examples=100, deadline=None)
@given(
    start=st.sampled_from(
        [b"", b"PAR1"[:3], b"SIMPLE  =", b"# %ECSV 1.0\n", b"<VOTABLE>", b"\x1f\x8b"]
    ),
    junk=st.binary(max_size=400),
)
def test_junk_below_any_start(start, junk):
    check(start + junk)


def changed(content, data):
    content = bytearray(content)
    places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=8)):
        content[place] = value
    return bytes(content)


def check(content):
    """Read bytes: spectra, or a plain sentence."""
    try:
        assert isinstance(read_spectra(content, name="mine.csv"), Spectra)
    except DataError as error:
        message = str(error)
        assert message.startswith("mine.csv")
        assert not JARGON.search(message), message
        assert len(message) < 700


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "1 2 3",
            "row 1, column 'flux[3]': expected a finite number, received an empty value "
            "(nothing, NaN or '--').",
        ),
        (
            "x " * 186,
            "row 1, column 'flux[0]': expected 186 fluxes from here on, received only empty "
            "values.",
        ),
    ],
)
def test_votables_with_other_values_in_a_row(text, words):
    rows = f"<TABLEDATA><TR><TD>{text}</TD></TR></TABLEDATA>"
    assert read_spectra(document(FLUX_FIELD, rows)).problems == {0: words}


class TestPlaces:
    def test_a_folder(self, tmp_path):
        with pytest.raises(DataError, match=r"expected a file, received a folder"):
            open_spectra(tmp_path)

    def test_no_such_file(self, tmp_path):
        with pytest.raises(
            DataError, match=r"^none.csv: the file cannot be opened \(there is no such file"
        ):
            open_spectra(tmp_path / "none.csv")

    def test_a_name_that_no_file_can_have(self):
        with pytest.raises(DataError, match="the file cannot be opened"):
            open_spectra("a\0b")

    def test_a_name_that_is_too_long(self):
        with pytest.raises(DataError, match=r"the file cannot be opened \(its name is too long\)"):
            open_spectra("a" * 5000)

    @pytest.mark.parametrize("format", FORMATS)
    def test_a_jpeg_called_a_table(self, format):
        with pytest.raises(DataError, match=r"mine: .*JPEG image"):
            open_spectra(FILES["jpeg"], format, name="mine")

    def test_a_file_that_vanishes_while_it_is_read(self, tmp_path):
        path = tmp_path / "mine.csv"
        path.write_bytes(good("csv"))
        file = open_spectra(path)
        path.unlink()
        with pytest.raises(DataError, match=r"^mine.csv: "):
            list(file.chunks())


BOMBS = {
    "gz": lambda: gzip.compress(bytes(2**28 + 2**22)),
    "gz of text": lambda: gzip.compress(b"1.5," * (2**26 + 2**20)),
    "zip": lambda: zipped({"a.csv": bytes(2**28 + 2**22)}),
    "zip of many": lambda: zipped({str(i): bytes(2**26) for i in range(5)}),
}

MEASURE = """
import resource, sys
from core.data.spectra.files import open_spectra
from core.errors import DataError
content = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    list(open_spectra(content, name="bomb").chunks())
except DataError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_fill_neither_memory_nor_disk(kind, tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[kind]())
    assert path.stat().st_size < 2**22
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        capture_output=True, text=True, check=True, env={"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    message, megabytes = done.stdout.splitlines()
    assert re.match("bomb: unpacks to more than 268,435,456 bytes", message)
    assert int(megabytes) < 100
    assert list(tmp_path.iterdir()) == [path]


def test_the_cap_is_the_limit_of_bytes():
    content = gzip.compress(good("csv"))
    with contextlib.suppress(DataError):
        assert len(read_spectra(content, limits=TableLimits(max_bytes=len(good("csv"))))) == N
    with pytest.raises(DataError, match="unpacks to more than"):
        read_spectra(content, limits=TableLimits(max_bytes=len(good("csv")) - 1))
