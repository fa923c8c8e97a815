"""Every reader and every fault of its files: read with these ids, or refused with this sentence.

Nothing but our own errors comes out, and whatever came in is accounted for.
"""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from astropy.table import Table

from core.data.build import build_dataset
from core.errors import DataError
from core.prediction.catalogue.catalogue import predict_files
from core.prediction.estimator import Estimator
from tests.core.data.matrix.layouts import (
    BIG,
    BINARY,
    FORMATS,
    LAYOUTS,
    TEXTS,
    content,
    flat,
    leaf,
    members,
    parquet_bytes,
    save,
    spectra,
    with_column,
    with_null,
)

RUN = Path(__file__).parents[4] / "assets" / "runs" / "dissertation-20k"
A, B = spectra(4), spectra(3, 10)
OF_A, OF_B = [0, 1, 2, 3], [10, 11, 12]
META = Table({"TARGETID": [1, 2], "Z": [0.1, 0.2]})
SPEED_OF_LIGHT = 299_792.458


@dataclass(frozen=True)
class Fault:
    """What is done to a file, and what becomes of it.

    `write` takes a layout and a folder, and returns the paths to give. `predicted` and `built` are
    the ids [BIG + ...] of the catalogue and of the data set (None: the same), or what the refusal
    says; `said` are words of the accounts, `of` the formats that may have the fault.
    """

    write: Callable[[str, Path], list[Path]]
    predicted: list[int] | str
    built: list[int] | str | None = None
    said: str = ""
    of: tuple[str, ...] = FORMATS
    packed: tuple[str, ...] = ("", "gz", "zip")

    def applies(self, layout: str) -> bool:
        format, _, packed = layout.partition(".")
        return format in self.of and packed in self.packed


def of_tables(*tables):
    """Files that hold these tables, in one file where the format takes several."""
    return lambda layout, folder: save(layout, members(layout.split(".")[0], *tables), folder)


def changed(change, *tables):
    """Files of these tables, the bytes of each changed."""

    def write(layout, folder):
        files = members(layout.split(".")[0], *(tables or (A,)))
        files = {k: change(v) if k != "hats.properties" else v for k, v in files.items()}
        return save(layout, files, folder)

    return write


def apart(*tables):
    """Files of a table each, in folders of their own."""

    def write(layout, folder):
        format = layout.split(".")[0]
        return [
            path
            for i, table in enumerate(tables)
            for path in save(layout, members(format, table, name=f"f{i}"), folder / str(i))
        ]

    return write


def joined(layout, folder):
    """What `cat` makes of two files, before they are packed."""
    format = layout.split(".")[0]
    files = members(format, A)
    last = [*files][-1]
    files[last] += content("parquet" if format == "hats" else format, B)
    return save(layout, files, folder)


def packed_and_joined(layout, folder):
    """What `cat` makes of two packed files."""
    first, second = apart(A, B)(layout, folder)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    return [first]


def packed_and_cut(layout, folder):
    (path,) = of_tables(A)(layout, folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return [path]


def beside(name, data):
    """A folder, or an archive, of spectra and one more file."""

    def write(layout, folder):
        files = members(layout.split(".")[0], A)
        if layout.endswith(".zip"):
            return save(layout, files | {name: data}, folder)
        save(layout, files, folder)
        (folder / name).write_bytes(data)
        return [folder]

    return write


def twice(layout, folder):
    """The same file or folder by three ways."""
    (path,) = of_tables(A)(layout, folder)
    (folder.parent / "link").symlink_to(path)
    return [path, folder.parent / folder.name / ".." / path.relative_to(folder.parent), path,
            folder.parent / "link"]  # fmt: skip


def between_rows(line):
    """Put a line between the second and the third row; None stands for the line of names."""

    def change(data):
        lines = data.decode().splitlines(keepends=True)
        n_rows = next(i for i, text in enumerate(lines) if str(BIG + 1) in text) + 1
        lines.insert(n_rows, lines[n_rows - 3] if line is None else line)
        return "".join(lines).encode()

    return changed(change)


def as_text(words):
    return with_column(A, "source_id", [f"{words}{number}" for number in A["source_id"]])


def pandas_index(name):
    """A table whose ids are pandas' index."""

    def write(layout, folder):
        format, ids = layout.split(".")[0], pd.Index(A["source_id"], name=name)
        frame = flat(A).drop(columns="source_id").set_index(ids)
        text = frame.to_csv().encode()
        frame = pd.DataFrame({"z": A["z"], "flux": list(A["flux"])}, index=ids)
        data = text if format == "csv" else frame.to_parquet()
        files = {"hats.properties": b"", leaf(0): data} if format == "hats" else {"a": data}
        return save(layout, files, folder)

    return write


def range_index(layout, folder):
    """Ids that count up, of which pandas stores the first and the last only."""
    ids = pd.RangeIndex(BIG, BIG + 4, name="source_id")
    frame = pd.DataFrame({"z": A["z"], "flux": list(A["flux"])}, index=ids)
    files = {"hats.properties": b"", leaf(0): frame.to_parquet()}
    return save(layout, files if "hats" in layout else {"a": frame.to_parquet()}, folder)


TYPED = (*BINARY, "ecsv")
LINES = ("csv", "ascii")
NO_ID = "expected 64-bit whole numbers in column 'source_id', received '' at row 1 "
TWICE = "rows whose source_id came before +1\n"
FAULTS = {
    "nothing": Fault(of_tables(A), OF_A, said=r"rows read +4\nrows with a source_id +4\n"),
    "no rows": Fault(of_tables(A[:0]), "no rows"),
    # Several tables
    "two tables in one file": Fault(of_tables(A, B), OF_A + OF_B, said=r"tables read +2\n",
                                    of=("fits", "votable")),
    "two files in one archive": Fault(of_tables(A, B), OF_A + OF_B, packed=("zip",)),
    "two leaves": Fault(of_tables(A, B), OF_A + OF_B, said=r"tables read +1\n", of=("hats",)),
    "a table of labels before it": Fault(
        of_tables(META, A), OF_A, said="1: left aside, it holds no spectra", of=("fits", "votable")
    ),
    "a table of labels after it": Fault(
        of_tables(A, META), OF_A, said="2: left aside, it holds no spectra", of=("fits", "votable")
    ),
    "two files": Fault(apart(A, B), OF_A + OF_B, said=r"files read +2\n"),
    "joined by cat": Fault(joined, OF_A + OF_B, of=(*TEXTS, "fits", "votable")),
    "joined by cat, unreadable": Fault(joined, "joined", of=("parquet", "hats")),
    "packed, then joined": Fault(packed_and_joined, OF_A + OF_B, packed=("gz",),
                                 of=(*TEXTS, "fits", "votable")),
    "archives joined": Fault(packed_and_joined, "one zip archive", packed=("zip",)),
    "prose beside it": Fault(beside("README.txt", b"Spectra of mine.\n\nWith thanks.\n"), OF_A,
                             said="left aside, it is text that is no table"),
    "litter beside it": Fault(beside(".DS_Store", b"\0\1Bud1"), OF_A),
    # Sources that come again
    "twice, agreeing": Fault(apart(A, spectra(1, 3)), [*OF_A, 3], OF_A,
                             said=TWICE + r"[^$]*left out: source_id seen before +1\n"),
    "twice, contradicting": Fault(
        apart(A, with_column(spectra(1, 3), "z", [0.3])), [*OF_A, 3], [0, 1, 2],
        said=TWICE + r"[^$]*left out: redshifts of one source that disagree +2\n"),
    "one file by several ways": Fault(twice, OF_A, said="read once"),
    # Columns
    "ids as text": Fault(of_tables(as_text("")), OF_A),
    "ids with their release": Fault(of_tables(as_text("Gaia DR3 ")), OF_A, said="Gaia DR3"),
    "ids of another release": Fault(of_tables(as_text("Gaia DR2 ")), "dr2_neighbourhood"),
    "unsigned ids": Fault(of_tables(with_column(A, "source_id", A["source_id"].astype("u8"))),
                          OF_A, of=tuple(f for f in FORMATS if f != "votable")),
    "ids in pandas' index": Fault(pandas_index("source_id"), OF_A, of=("csv", "parquet", "hats")),
    "ids in an index without a name": Fault(pandas_index(None), OF_A,
                                            of=("csv", "parquet", "hats")),
    "ids in a range": Fault(range_index, OF_A, of=("parquet", "hats")),
    "an id is null": Fault(of_tables(with_null(A, "source_id")), NO_ID),
    "a redshift is null": Fault(of_tables(with_null(A, "z")), OF_A, [0, 2, 3],
                                said=r"left out: no redshift +1\n"),
    "a column that only some files have": Fault(apart(A, with_column(B, "g_mag", [17.0] * 3)),
                                                OF_A + OF_B, said="g_mag: g_mag"),
    # Units
    "fluxes in their unit": Fault(of_tables(spectra(4, flux="electron / s")), OF_A, of=TYPED),
    "fluxes in another unit": Fault(of_tables(spectra(4, flux="W / (m2 nm)")),
                                    "'flux', which is given in 'W.*another flux system", of=TYPED),
    "redshifts as velocities": Fault(
        of_tables(with_column(spectra(4, z="km / s"), "z", A["z"] * SPEED_OF_LIGHT)), OF_A, of=TYPED
    ),
    "redshifts in another unit": Fault(of_tables(spectra(4, z="mag")), OF_A,
                                       "'z', which is given in 'mag'", of=TYPED),
    # Damage
    "cut off": Fault(changed(lambda data: data[: len(data) // 2]), "truncated|cut off|damaged"),
    "packed, then cut off": Fault(packed_and_cut, "truncated|damaged", packed=("gz", "zip"),
                                  of=tuple(f for f in FORMATS if f != "hats")),
    # Text
    "names again": Fault(between_rows(None), OF_A, said=r"skipped: .* +1\n", of=TEXTS),
    "a comment": Fault(between_rows("# batch 2\n"), OF_A, said=r"skipped: .* +1\n", of=TEXTS),
    "an empty line": Fault(between_rows("\n"), OF_A, of=TEXTS),
    "a byte-order mark": Fault(changed(lambda data: b"\xef\xbb\xbf" + data), OF_A,
                               of=(*TEXTS, "votable")),
    "UTF-16": Fault(changed(lambda data: data.decode().encode("utf-16")), OF_A, of=TEXTS),
    "Windows' ends of lines": Fault(changed(lambda data: data.replace(b"\n", b"\r\n")), OF_A,
                                    of=(*TEXTS, "votable")),
}  # fmt: skip


@pytest.fixture(scope="module")
def estimator():
    return Estimator(RUN)


def without_numbers_of_bytes(text):
    return text


@pytest.mark.parametrize(
    ("fault", "layout"),
    [(name, layout) for name, fault in FAULTS.items() for layout in LAYOUTS
     if fault.applies(layout)],
)  # fmt: skip
def test_is_read_with_these_ids_or_refused_with_this_sentence(fault, layout, estimator, tmp_path):
    fault = FAULTS[fault]
    paths = fault.write(layout, tmp_path / "in")
    found = predict_files(estimator, paths)
    said = "\n".join(found.account.lines()) + "\n"
    assert_adds_up(found.account)
    assert found.account.rows == len(found.table)
    if isinstance(fault.predicted, str):
        assert found.account.rows == 0
        assert re.search(fault.predicted, found.account.refused[0])
    else:
        assert not found.refused_files
        assert [number - BIG for number in found.table["source_id"]] == fault.predicted
        assert found.account.ids == len(fault.predicted)
        assert found.account.unique_ids == len(set(fault.predicted))
    outcomes = [build(order, tmp_path / "out.parquet") for order in (paths, paths[::-1])]
    wanted = fault.predicted if fault.built is None else fault.built
    for built, text in outcomes[: len(paths)]:
        if isinstance(wanted, str):
            assert built is None
            assert re.search(wanted, text)
        else:
            assert built is not None, text
            assert [number - BIG for number in built["source_id"]] == wanted
            assert built["z"].tolist() == pytest.approx([0.1 + 0.01 * n for n in wanted], abs=1e-12)
            said += text
    if len(paths) > 1 and not isinstance(wanted, str):
        pd.testing.assert_frame_equal(outcomes[0][0], outcomes[1][0])
    assert re.search(fault.said, said)


def build(paths, out):
    """Return the data set and its account in words, or None and why there is none."""
    try:
        built = build_dataset(paths, out)
    except DataError as error:
        assert not out.exists()
        return None, str(error)
    assert_adds_up(built.spectra)
    table = pd.read_parquet(out)
    assert len(table) == built.spectra.used == built.card.n_galaxies
    out.unlink()
    return table, "\n".join(built.spectra.lines()) + "\n"


def assert_adds_up(account):
    assert account.adds_up
    assert account.rows >= account.ids >= account.unique_ids
    assert account.used <= account.rows
    json.dumps(account.to_json())
