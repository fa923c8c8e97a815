import gzip
import io
import zipfile

import numpy as np
import pytest

from core.data.spectra.files import open_spectra
from core.data.tables import lines, packed, unpack
from core.data.tables.raw import TableLimits
from core.errors import DataError
from core.spectra import Spectra
from tests.support.xp_archive_files import make_sources

CSV = make_sources(30).to_bytes("csv")
GZ = gzip.compress(CSV)
FITS = make_sources(6).to_bytes("fits")
DAMAGED = "archive is damaged or truncated. Copy or download it again."


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


PACKINGS = {"gz": gzip.compress, "zip": lambda content: zipped(a=content)}


@pytest.fixture(autouse=True)
def streaming(monkeypatch, tmp_path):
    """Let all but the smallest files be streams."""
    monkeypatch.setattr(unpack, "SPOOLED_BYTES", 1000)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 50_000)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "spectra"
        path.write_bytes(content)
        return path

    return write


def read(source, **options):
    return Spectra.concatenate(list(open_spectra(source, **options).chunks(7)))


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_stream_reads_as_the_plain_file(packing, encoding, write, tmp_path):
    content = CSV.decode().encode(encoding)
    file = open_spectra(write(PACKINGS[packing](content)))
    found = Spectra.concatenate(list(file.chunks(7)))
    plain = read(content)
    np.testing.assert_array_equal(found.source_id, plain.source_id)
    np.testing.assert_array_equal(found.flux, plain.flux)
    np.testing.assert_array_equal(found.flux_error, plain.flux_error)
    on_disk = [path for path in (tmp_path / "temporary").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in on_disk) <= 1000


@pytest.mark.parametrize("packing", PACKINGS)
def test_formats_in_which_one_seeks_lie_on_the_disk(packing, write, tmp_path):
    file = open_spectra(write(PACKINGS[packing](FITS)))
    assert sum(len(part) for part in file.chunks()) == 6
    (on_disk,) = [path for path in (tmp_path / "temporary").rglob("*") if path.is_file()]
    assert on_disk.read_bytes() == FITS


@pytest.mark.parametrize("cut", [10, 5_000, 100_000])
def test_a_cut_gz_is_told_as_ever(cut, write):
    with pytest.raises(DataError, match=f"spectra: the gz {DAMAGED}"):
        read(write(GZ[:-cut]))


def test_what_was_read_before_the_cut_comes_first(write, monkeypatch):
    monkeypatch.setattr("core.data.tables.table.N_LOOKED_AT", 2)
    chunks = open_spectra(write(GZ[:-100_000])).chunks(2)
    assert len(next(chunks)) == 2
    with pytest.raises(DataError, match=DAMAGED):
        list(chunks)


@pytest.mark.parametrize(
    ("content", "n"),
    [
        (GZ * 2, 60),
        (GZ + bytes(700), 30),
        (GZ + bytes(3) + GZ, 60),
    ],
    ids=["joined", "zeros behind", "zeros between"],
)
def test_gz_files_as_gzip_reads_them(content, n, write):
    assert len(read(write(content))) == n


@pytest.mark.parametrize(
    "content",
    [
        GZ + b"text",
        GZ[:-8] + bytes(4) + GZ[-4:],
        GZ + GZ[:9],
    ],
    ids=["text behind", "wrong sum", "the next cut"],
)
def test_damage_at_the_end_is_told(content, write):
    with pytest.raises(DataError, match=f"spectra: the gz {DAMAGED}"):
        read(write(content))


def test_a_damaged_member_of_a_zip_is_told(write):
    content = bytearray(zipped(a=CSV))
    content[-3000:-2900] = bytes(100)
    with pytest.raises(DataError, match=f"the zip {DAMAGED}"):
        read(write(bytes(content)))


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize(
    ("end", "told"),
    [
        (CSV.rindex(b',"('), "the last line has 23 values instead of 26"),
        (CSV.rindex(b"5, "), "a quotation mark is not closed"),
    ],
)
def test_a_table_that_ends_within_a_row(packing, end, told, write):
    """pandas would take the rest of the row for empty."""
    with pytest.raises(DataError, match=told):
        read(write(PACKINGS[packing](CSV[:end])))


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_cap_holds_for_streams(packing, write):
    path = write(PACKINGS[packing](CSV))
    assert len(read(path, limits=TableLimits(max_bytes=len(CSV)))) == 30
    with pytest.raises(DataError, match=f"unpacks to more than {len(CSV) - 1:,} bytes"):
        read(path, limits=TableLimits(max_bytes=len(CSV) - 1))


def test_the_cap_is_of_all_members_together(write):
    path = write(zipped(a=CSV, b=CSV))
    assert len(read(path, limits=TableLimits(max_bytes=2 * len(CSV)))) == 60
    with pytest.raises(DataError, match="unpacks to more than"):
        read(path, limits=TableLimits(max_bytes=2 * len(CSV) - 1))


def test_what_shrinks_as_no_table_does_is_unpacked_first(write, monkeypatch):
    monkeypatch.setattr(packed, "FREE_BYTES", 100_000)
    with pytest.raises(DataError, match="unpacks to more than"):
        open_spectra(write(gzip.compress(b"1.5," * 10**6)))
