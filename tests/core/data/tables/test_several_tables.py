"""Files of several tables, files joined by `cat`, what follows the end of a table."""

import gzip
import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits, votable
from astropy.io.votable.tree import Resource, TableElement, VOTableFile
from astropy.table import Table

from core.data.spectra.files import open_spectra
from core.data.tables.raw import TableLimits
from core.errors import DataError
from tests.support.spectra_files import read_spectra

META = Table({"TARGETID": [1, 2], "Z": [0.1, 0.2]})


def spectra(n, start=0):
    """Return a table of n spectra, whose ids count up from 2^61 + start."""
    return Table({"source_id": 2**61 + start + np.arange(n), "flux": np.ones((n, 186))})


def ids(*parts):
    return [2**61 + start + i for n, start in parts for i in range(n)]


def fits_of(*tables, images=()):
    """Return a FITS file of (name, table), and of images after them."""
    hdus = [fits.PrimaryHDU(), *(fits.BinTableHDU(table, name=name) for name, table in tables)]
    stream = io.BytesIO()
    fits.HDUList([*hdus, *map(fits.ImageHDU, images)]).writeto(stream)
    return stream.getvalue()


def votable_of(*resources):
    """Return a VOTable of resources of (name, table); a list in one is a resource within it."""
    document = VOTableFile()

    def fill(above, members):
        resource = Resource()
        above.resources.append(resource)
        for member in members:
            if isinstance(member, list):
                fill(resource, member)
            else:
                element = TableElement.from_table(document, member[1])
                element.name = member[0]
                resource.tables.append(element)

    for members in resources:
        fill(document, members)
    stream = io.BytesIO()
    document.to_xml(stream)
    return stream.getvalue()


def one_votable(table, encoding="tabledata"):
    stream = io.BytesIO()
    votable.writeto(table, stream, tabledata_format=encoding)
    return stream.getvalue()


A, B = fits_of(("", spectra(2))), fits_of(("", spectra(3, 10)))
V, W = one_votable(spectra(2)), one_votable(spectra(3, 10), "binary2")

READ = {
    "HDUs": (
        fits_of(("XP", spectra(2)), ("", spectra(3, 10))),
        ["x > HDU 1 XP", "x > HDU 2"],
    ),
    "HDUs beside an image": (
        fits_of(("XP", spectra(2)), ("MORE", spectra(3, 10)), images=[np.ones((9, 9))]),
        ["x > HDU 1 XP", "x > HDU 2 MORE"],
    ),
    "FITS joined": (A + B, ["x > HDU 1", "x > HDU 3"]),
    "FITS joined, then packed": (gzip.compress(A + B), ["x > HDU 1", "x > HDU 3"]),
    "FITS packed, then joined": (
        gzip.compress(A) + gzip.compress(B),
        ["x > HDU 1", "x > HDU 3"],
    ),
    "TABLEs of a RESOURCE": (
        votable_of([("xp", spectra(2)), ("more", spectra(3, 10))]),
        ["x > TABLE 1 xp", "x > TABLE 2 more"],
    ),
    "RESOURCEs": (
        votable_of([("xp", spectra(2))], [("", spectra(3, 10))]),
        ["x > TABLE 1 xp", "x > TABLE 2"],
    ),
    "RESOURCE within a RESOURCE": (
        votable_of([("xp", spectra(2)), [("deep", spectra(3, 10))]]),
        ["x > TABLE 1 xp", "x > TABLE 2 deep"],
    ),
    "VOTables joined": (V + W, ["x > TABLE 1", "x > TABLE 2"]),
    "VOTables joined without a declaration": (
        V + W[W.index(b"<VOTABLE") :],
        ["x > TABLE 1", "x > TABLE 2"],
    ),
}


@pytest.mark.parametrize("kind", READ)
def test_every_table_is_read_and_named(kind):
    content, names = READ[kind]
    file = open_spectra(content, name="x")
    assert [part.table.name for part in file.tables] == names
    assert (file.n_rows, file.refused, file.left_aside) == (5, (), ())
    assert file.recognised["files"] == "2 tables in it, read one after another"
    assert read_spectra(content).source_id.tolist() == ids((2, 0), (3, 10))


@pytest.mark.parametrize("end", [b"\0" * 2880 * 3, b"\n", b" " * 80])
def test_padding_after_a_fits_file_is_none(end):
    assert len(read_spectra(A + end)) == 2


REFUSED = {
    "a CSV after FITS": (A + b"source_id,z\n1,2\n", "end of the FITS file at byte 11,520"),
    "a FITS that is not filled up before another": (A.rstrip(b"\0") + B, "no FITS"),
    "the start of a header after FITS": (A + B[:1000], "damaged, truncated or joined"),
    "text after a gzip member": (gzip.compress(A) + b"text", "damaged or truncated"),
    "a FITS that is cut off after one": ((A + B)[:-2880], "HDU 3: the FITS table needs"),
    "a CSV after a VOTable": (V + b"source_id,z\n1,2\n", "after </VOTABLE>, found 'source_id,z"),
    "a page after a VOTable": (V + b"<html></html>", "after </VOTABLE>, found '<html></html>'"),
    "a part of a VOTable after one": (V + W[:900], "truncated or damaged"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_else_follows_a_table_is_refused(kind):
    content, words = REFUSED[kind]
    with pytest.raises(DataError, match=f"^x.*{re.escape(words)}"):
        open_spectra(content, name="x")


class TestTablesWithoutSpectra:
    @pytest.mark.parametrize(
        ("content", "where", "other"),
        [
            (fits_of(("ZCAT", META), ("XP", spectra(2))), "HDU 1 ZCAT", "HDU 2 XP"),
            (fits_of(("XP", spectra(2)), ("ZCAT", META)), "HDU 2 ZCAT", "HDU 1 XP"),
            (fits_of(("", META)) + A, "HDU 1", "HDU 3"),
            (votable_of([("meta", META)], [("xp", spectra(2))]), "TABLE 1 meta", "TABLE 2 xp"),
            (one_votable(META) + V, "TABLE 1", "TABLE 2"),
        ],
    )
    def test_are_left_aside_by_name(self, content, where, other):
        file = open_spectra(content, name="x")
        assert [part.table.name for part in file.tables] == [f"x > {other}"]
        assert file.left_aside == (
            f"x > {where}: left aside, it holds no spectra (columns: TARGETID, Z).",
        )
        assert not file.refused

    def test_with_small_arrays(self):
        targets = Table({"TARGETID": [1], "MAGS": np.ones((1, 5))})
        file = open_spectra(fits_of(("XP", spectra(2)), ("FIBERMAP", targets)), name="x")
        assert "left aside" in file.left_aside[0]

    def test_without_rows(self):
        file = open_spectra(fits_of(("XP", spectra(2)), ("EMPTY", spectra(0))), name="x")
        assert "EMPTY: left aside, it has no rows" in file.left_aside[0]

    def test_alone_are_refused(self):
        with pytest.raises(DataError, match=r"^x > HDU 1 A: expected 186 fluxes .*\(1 more table"):
            open_spectra(fits_of(("A", META), ("B", META)), name="x")

    @pytest.mark.parametrize(
        ("table", "words"),
        [
            (Table({"source_id": [1], "flux": np.ones((1, 343))}), "XP_SAMPLED"),
            (Table({"wavelength": [1.0], "flux": [1.0]}), "a row per wavelength"),
            (Table({"source_id": [1], "spec": np.ones((1, 200))}), "expected 186 fluxes"),
        ],
    )
    def test_other_spectra_are_refused_beside_good_ones(self, table, words):
        file = open_spectra(fits_of(("XP", spectra(2)), ("S", table)), name="x")
        assert not file.left_aside
        assert re.search(f"^x > HDU 2 S: .*{words}", file.refused[0])

    def test_with_too_many_columns_are_refused(self):
        wide = Table(np.ones((1, 188)), names=[f"a{i}" for i in range(188)])
        content = fits_of(("XP", spectra(2)), ("WIDE", wide))
        file = open_spectra(content, name="x", limits=TableLimits(max_columns=186))
        assert file.refused[0].startswith("x > HDU 2 WIDE: expected at most 186 columns, found 188")


def test_hdus_are_capped(monkeypatch):
    monkeypatch.setattr("core.data.tables.fits.MAX_HDUS", 2)
    with pytest.raises(DataError, match="expected at most 2 HDUs, found more"):
        open_spectra(A + B)


CSV = pd.DataFrame({"source_id": [2**61], **{f"flux_{i}": [1.0] for i in range(186)}}).to_csv(
    index=False
)

DOCUMENTS = {
    "README.txt": b"Downloaded on Monday.\n",
    "README": b"Spectra, with thanks,\nto the archive\nand others.\n",
    "TODO.txt": b"Everything\n",
    "読んで.txt": "月曜日に取得した。\n銀河のスペクトル。\n以上。\n".encode(),
    "notes.md": b"# Notes\n\n- one, two\n- three\n",
    "plot.png": b"\x89PNG\r\n\x1a\n\0\0",
    "photo": b"\xff\xd8\xff\xe0",
    "paper.pdf": b"%PDF-1.4\n",
    "page.html": b"<!DOCTYPE html><html></html>",
    "run.py": b"import numpy\nx = [1, 2, 3]\n",
    "work.ipynb": b'{"cells": []}',
    "train.log": b"2026-01-01 12:00:00 INFO epoch 1 loss 0.5\n" * 30,
    "_MD5SUM.txt": b"d41d8cd98f00b204e9800998ecf8427e  spectra.csv\n" * 3,
    "settings.yml": b"a: 1\nb: 2\nc: 3\n",
    "paper.bib": b"@article{a,\n title = {Of galaxies, by two},\n year={2020},\n}\n",
    "terminal.txt": b"\x1b[31mRed, this is" + b" and so is this\n" * 20,
}


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


class TestZip:
    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_documents_are_left_aside(self, name):
        file = open_spectra(zipped({"a.csv": CSV, f"about/{name}": DOCUMENTS[name]}), name="x.zip")
        (aside,) = file.left_aside
        assert aside.startswith(f"x.zip > about/{name}: left aside, it is ")
        assert "\x1b" not in aside
        assert (len(file.tables), file.refused) == (1, ())

    @pytest.mark.parametrize(
        "name", [".hidden", ".DS_Store", "__MACOSX/a.csv", "Thumbs.db", "a/desktop.ini", "~$a.csv"]
    )
    def test_litter_is_not_worth_a_word(self, name):
        file = open_spectra(zipped({"a.csv": CSV, name: b"\0\1\2"}))
        assert (len(file.tables), file.left_aside, file.refused) == (1, (), ())

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("b.csv", b"<html>Please log in</html>", "a web page"),
            ("b.fits", b"%PDF-1.4", "a PDF document"),
            ("b.csv", b"Not found.\n", "expected 186 fluxes"),
            ("b.h5", b"\x89HDF", "an HDF5 file"),
            ("b.csv.gz", gzip.compress(b"Not found.\n", mtime=0), "expected 186 fluxes"),
        ],
    )
    def test_what_should_be_a_table_is_refused(self, name, content, words):
        file = open_spectra(zipped({"a.csv": CSV, name: content}), name="x.zip")
        assert not file.left_aside
        assert re.search(f"^x.zip > {name}: .*{words}", file.refused[0])

    def test_a_table_without_spectra_is_left_aside(self):
        member = {"names.csv": b"name,class\nM31,GALAXY\nM33,GALAXY\n"}
        file = open_spectra(zipped({"a.csv": CSV} | member), name="x.zip")
        (aside,) = file.left_aside
        assert aside == "x.zip > names.csv: left aside, it holds no spectra (columns: name, class)."
        assert not file.refused

    def test_tables_within_members(self):
        members = {"a.fits": fits_of(("M", META), ("S", spectra(2))), "b.vot": V + W}
        file = open_spectra(zipped(members), name="x.zip")
        assert [part.table.name for part in file.tables] == [
            "x.zip > a.fits > HDU 2 S",
            "x.zip > b.vot > TABLE 1",
            "x.zip > b.vot > TABLE 2",
        ]

    def test_a_hats_catalogue(self):
        leaf = io.BytesIO()
        pd.DataFrame({"source_id": [2**61], "flux": [np.ones(186)]}).to_parquet(leaf)
        members = {
            "h/hats.properties": b"a=1\n",
            "h/partition_info.csv": b"Norder,Npix\n1,4\n",
            "h/dataset/_metadata": b"PAR1",
            "h/dataset/data_thumbnail.parquet": leaf.getvalue(),
            "h/dataset/Norder=1/Dir=0/Npix=4.parquet": leaf.getvalue(),
        }
        file = open_spectra(zipped(members))
        assert (file.n_rows, file.left_aside, file.refused) == (1, (), ())

    @pytest.mark.parametrize("more", [b"source_id,z\n1,2\n", zipped({"b.fits": B}), b"\0\0x"])
    def test_joined_with_something_is_refused(self, more):
        with pytest.raises(DataError, match="expected one zip archive, found more before or after"):
            open_spectra(zipped({"a.fits": A}) + more)

    def test_padding_and_a_comment_are_fine(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a.fits", A)
            archive.comment = b"of mine"
        assert len(read_spectra(stream.getvalue() + b"\0\0\n")) == 2
