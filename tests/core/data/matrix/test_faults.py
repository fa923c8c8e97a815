"""Every reader and every fault of its files: read with these ids, or refused with this sentence.

Nothing but our own errors comes out, and whatever came in is accounted for.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table, vstack

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
    Layout,
    content,
    flat,
    leaf,
    members,
    save,
    spectra,
    with_column,
    with_null,
)

RUN = Path(__file__).parents[4] / "assets" / "runs" / "compact-20k"
A, B = spectra(4), spectra(3, 10)
NO_ID = -1 - BIG  # of a row without a source_id
OF_A, OF_B = [0, 1, 2, 3], [10, 11, 12]
AGAIN, OTHERWISE = spectra(1, 3), with_column(spectra(1, 3), "z", [0.3])
META = Table({"TARGETID": [1, 2], "Z": [0.1, 0.2]})
PROSE = b"Spectra of mine.\n\nWith thanks.\n"
SPEED_OF_LIGHT = 299_792.458

Outcome = list[int] | str


@dataclass(frozen=True)
class Fault:
    """What is done to a file, and what becomes of it.

    `write` takes a layout and a folder, and returns the paths to give. `predicted`, `built` and
    `labels` are the ids [BIG + ...] of the catalogue, of the data set, and of that which takes its
    redshifts from such a table (None: as the one before; (): tells nothing of tables of labels), or
    what the refusal says; `said` are words of the accounts, `of` the formats that may have the
    fault.
    """

    write: Callable[[Layout, Path], list[Path]]
    predicted: Outcome
    built: Outcome | None = None
    labels: Outcome | tuple[()] | None = None
    said: str = ""
    of: tuple[str, ...] = FORMATS
    packed: tuple[str, ...] = ("", "gz", "zip")

    @property
    def layouts(self) -> list[Layout]:
        return [each for each in LAYOUTS if each.format in self.of and each.packed in self.packed]


def of_tables(*tables):
    """Write tables, in one file where the format takes several."""
    return lambda layout, folder: save(layout, members(layout, *tables), folder)


def changed(change):
    """Write a table of which the bytes are changed."""

    def write(layout, folder):
        files = {name: change(data) for name, data in members(layout, A).items()}
        return save(layout, files, folder)

    return write


def apart(*tables):
    """Write each table to a folder of its own."""

    def write(layout, folder):
        parts = enumerate(tables)
        saved = (save(layout, members(layout, t, name=f"f{i}"), folder / f"{i}") for i, t in parts)
        return [path for paths in saved for path in paths]

    return write


def joined(layout, folder):
    """Write what `cat` makes of two files, before they are packed."""
    files, more = members(layout, A), members(layout, B)
    last = [*files][-1]
    return save(layout, files | {last: files[last] + more[last]}, folder)


def packed_and_joined(layout, folder):
    """Write what `cat` makes of two packed files."""
    first, second = apart(A, B)(layout, folder)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    return [first]


def packed_and_cut(layout, folder):
    (path,) = of_tables(A)(layout, folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return [path]


def beside(name, data):
    """Write a table and one more file, to a folder or an archive."""

    def write(layout, folder):
        paths = save(layout, members(layout, A) | {name: data}, folder)
        if layout.packed != "zip":
            (folder / name).write_bytes(data)
            Path(folder, f"{name}.gz").unlink(missing_ok=True)
            paths = [folder]
        return paths

    return write


def by_several_ways(layout, folder):
    (path,) = of_tables(A)(layout, folder)
    link, around = folder.parent / "link", folder.parent / folder.name / ".."
    link.symlink_to(path)
    return [path, around / path.relative_to(folder.parent), path, link]


def between_rows(line):
    """Put a line between the second row and the third; None stands for the line of names."""

    def change(data):
        lines = data.decode().splitlines(keepends=True)
        second = next(i for i, text in enumerate(lines) if str(BIG + 1) in text)
        lines.insert(second + 1, lines[second - 2] if line is None else line)
        return "".join(lines).encode()

    return changed(change)


def as_text(words):
    return with_column(A, "source_id", [f"{words}{number}" for number in A["source_id"]])


def pandas_index(ids):
    """Write a table of which ids are pandas' index."""

    def write(layout, folder):
        table = A[["z"]] if layout.only_labels else A["z", "flux"]
        if layout.format == "csv":
            return save(layout, {"a.csv": flat(table).set_index(ids).to_csv().encode()}, folder)
        columns = {column.name: list(column) for column in table.itercols()}
        data = pd.DataFrame(columns, index=ids).to_parquet()
        return save(layout, {leaf(0) if layout.format == "hats" else "a.parquet": data}, folder)

    return write


FILES = tuple(format for format in FORMATS if format != "hats")
DECLARING = (*BINARY, "ecsv")
INDEXED = ("csv", "parquet", "hats")
JOINABLE = (*TEXTS, "fits", "votable")
SEVERAL = "expected one table with source_id and z, found 2"
TWICE = r"rows whose source_id came before +1\n[^$]*left out: "
FAULTS = {
    "nothing": Fault(of_tables(A), OF_A, said=r"rows read +4\nrows with a source_id +4\n"),
    "no rows": Fault(of_tables(A[:0]), "no rows", labels="no rows|text that is no table"),
    # Several tables
    "two tables in one file": Fault(of_tables(A, B), OF_A + OF_B, labels=SEVERAL,
                                    said=r"tables read +2\n", of=("fits", "votable")),
    "two files in one archive": Fault(of_tables(A, B), OF_A + OF_B, labels=SEVERAL,
                                      packed=("zip",)),
    "two leaves": Fault(of_tables(A, B), OF_A + OF_B, of=("hats",), packed=("",)),
    "a table of labels before it": Fault(of_tables(META, A), OF_A, labels=(),
                                         said="1: left aside, it holds no spectra",
                                         of=("fits", "votable")),
    "a table of labels after it": Fault(of_tables(A, META), OF_A, labels=(),
                                        said="2: left aside, it holds no spectra",
                                        of=("fits", "votable")),
    "two files": Fault(apart(A, B), OF_A + OF_B, labels=(), said=r"files read +2\n"),
    "joined by cat": Fault(joined, OF_A + OF_B, of=TEXTS),
    "joined by cat, binary": Fault(joined, OF_A + OF_B, labels=SEVERAL, of=("fits", "votable")),
    "joined by cat, unreadable": Fault(joined, "joined", of=("parquet", "hats")),
    "packed, then joined": Fault(packed_and_joined, OF_A + OF_B, packed=("gz",), of=TEXTS),
    "archives joined": Fault(packed_and_joined, "one zip archive", packed=("zip",)),
    "prose beside it": Fault(beside("README.txt", PROSE), OF_A, labels=(), of=FILES,
                             said="left aside, it is text that is no table"),
    "prose in a catalogue": Fault(beside("README.txt", PROSE), OF_A, labels=(), of=("hats",)),
    "litter beside it": Fault(beside(".DS_Store", b"\0\1Bud1"), OF_A, labels=()),
    # Sources that come again
    "twice, agreeing": Fault(of_tables(vstack([A, AGAIN])), [*OF_A, 3], OF_A,
                             said=TWICE + r"source_id seen before +1\n"),
    "twice, contradicting": Fault(of_tables(vstack([A, OTHERWISE])), [*OF_A, 3], [0, 1, 2],
                                  said=TWICE + r"redshifts of one source that disagree +2\n"),
    "in two files, agreeing": Fault(apart(A, AGAIN), [*OF_A, 3], OF_A, (),
                                    TWICE + r"source_id seen before +1\n"),
    "in two files, contradicting": Fault(apart(A, OTHERWISE), [*OF_A, 3], [0, 1, 2], (),
                                         TWICE + r"redshifts of one source that disagree +2\n"),
    "one file by several ways": Fault(by_several_ways, OF_A, labels=(), said="read once"),
    # Columns
    "ids as text": Fault(of_tables(as_text("")), OF_A),
    "ids with their release": Fault(of_tables(as_text("Gaia DR3 ")), OF_A, said="Gaia DR3"),
    "ids of another release": Fault(of_tables(as_text("Gaia DR2 ")), "dr2_neighbourhood"),
    "unsigned ids": Fault(of_tables(with_column(A, "source_id", A["source_id"].astype("u8"))),
                          OF_A, of=tuple(f for f in FORMATS if f != "votable")),
    "ids in pandas' index": Fault(pandas_index(pd.Index(A["source_id"], name="source_id")), OF_A,
                                  of=INDEXED),
    "ids in an index without a name": Fault(pandas_index(pd.Index(A["source_id"])), OF_A,
                                            of=INDEXED),
    "ids in a range": Fault(pandas_index(pd.RangeIndex(BIG, BIG + 4, name="source_id")), OF_A,
                            of=INDEXED),
    "an id is null": Fault(of_tables(with_null(A, "source_id")), [0, NO_ID, 2, 3], [0, 2, 3],
                           said=r"left out: without a source_id +1\n"),
    "a redshift is null": Fault(of_tables(with_null(A, "z")), OF_A, [0, 2, 3],
                                said=r"left out: no redshift +1\n"),
    "a redshift is no number": Fault(
        of_tables(with_column(A, "z", ["0.1", "high", "0.12", "0.13"])), OF_A,
        "expected numbers in column 'z', received 'high' at row 2 "),
    "redshifts are arrays": Fault(of_tables(with_column(A, "z", np.ones((4, 3)))), OF_A,
                                  "expected one value per row in column 'z'", of=BINARY),
    "a column that only some files have": Fault(apart(A, with_column(B, "g_mag", [17.0] * 3)),
                                                OF_A + OF_B, labels=(), said="g_mag: g_mag"),
    # Units
    "fluxes in their unit": Fault(of_tables(spectra(4, flux="electron / s")), OF_A, labels=(),
                                  of=DECLARING),
    "fluxes in another unit": Fault(of_tables(spectra(4, flux="W / (m2 nm)")),
                                    "'flux', which is given in 'W.*another flux system",
                                    labels=(), of=DECLARING),
    "fluxes in a multiple of their unit": Fault(
        of_tables(spectra(4, flux="1e-3 electron / s")),
        "'flux', which is given in .* a multiple of e-/s. Multiply the column by 0.001 and",
        labels=(), of=DECLARING),
    "redshifts as velocities": Fault(
        of_tables(with_column(spectra(4, z="km / s"), "z", A["z"] * SPEED_OF_LIGHT)), OF_A,
        of=DECLARING),
    "redshifts in another unit": Fault(of_tables(spectra(4, z="mag")), OF_A,
                                       "'z', which is given in 'mag'", of=DECLARING),
    # Damage
    "cut off": Fault(changed(lambda data: data[: len(data) // 2]), "truncated|cut off|damaged",
                     of=FILES),
    "a leaf is cut off": Fault(changed(lambda data: data[: len(data) // 2]), "truncated|damaged",
                               of=("hats",)),
    "packed, then cut off": Fault(packed_and_cut, "truncated|damaged", packed=("gz", "zip")),
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


def cells(*, labels=False):
    """Return all faults of all layouts."""
    faults = {k: fault for k, fault in FAULTS.items() if not labels or fault.labels != ()}
    found = [(name, layout) for name, fault in faults.items() for layout in fault.layouts]
    ids = [f"{name}-{layout}".replace(" ", "-") for name, layout in found]
    return pytest.mark.parametrize(("fault", "layout"), found, ids=ids)


@cells()
def test_spectra(fault, layout, estimator, tmp_path):
    """Of packed files each is either predicted or built of: what is in them is read as ever."""
    fault = FAULTS[fault]
    paths = fault.write(layout, tmp_path / "in")
    said = ""
    if layout.packed != "zip":
        found = predict_files(estimator, paths)
        said += "\n".join(found.account.lines()) + "\n"
        assert_adds_up(found.account)
        assert found.account.rows == len(found.table)
        if isinstance(fault.predicted, str):
            assert found.account.rows == 0
            assert re.search(fault.predicted, found.account.refused[0])
        else:
            assert not found.refused_files
            assert [number - BIG for number in found.table["source_id"]] == fault.predicted
            ids = [number for number in fault.predicted if number != NO_ID]
            assert found.account.ids == len(ids)
            assert found.account.unique_ids == len(set(ids))
    if layout.packed != "gz":
        wanted = fault.predicted if fault.built is None else fault.built
        orders = [paths, paths[::-1]][: 1 if layout.packed else len(paths)]
        built = [build(order, tmp_path / "out.parquet") for order in orders]
        for table, words in built:
            assert_became(wanted, table, words)
            said += words
        if len(built) > 1 and not isinstance(wanted, str):
            pd.testing.assert_frame_equal(built[0][0], built[1][0])
    if not layout.packed:
        assert re.search(fault.said, said)


@pytest.mark.parametrize("layout", FAULTS["twice, agreeing"].layouts, ids=str)
@pytest.mark.parametrize("duplicates", ["first", "best"])
def test_one_row_of_each_source(duplicates, layout, estimator, tmp_path):
    paths = FAULTS["twice, agreeing"].write(layout, tmp_path / "in")
    found = predict_files(estimator, paths, duplicates=duplicates)
    assert sorted(number - BIG for number in found.table["source_id"]) == OF_A
    assert_adds_up(found.account)
    assert (found.account.rows, found.account.used) == (5, 4)
    assert (found.account.ids, found.account.unique_ids) == (5, 4)


@pytest.fixture(scope="module")
def without_labels(tmp_path_factory):
    path = tmp_path_factory.mktemp("spectra") / "spectra.parquet"
    path.write_bytes(content("parquet", spectra(20)["source_id", "flux"]))
    return path


@cells(labels=True)
def test_tables_of_redshifts(fault, layout, without_labels, tmp_path):
    fault = FAULTS[fault]
    (path,) = fault.write(replace(layout, only_labels=True), tmp_path / "in")
    table, words = build([without_labels], tmp_path / "out.parquet", path)
    wanted = next(o for o in (fault.labels, fault.built, fault.predicted) if o is not None)
    assert_became(wanted, table, words)


def build(paths, out, redshifts=None):
    """Return the data set and its accounts in words, or None and why there is none."""
    try:
        built = build_dataset(paths, out, redshifts)
    except DataError as error:
        assert not out.exists()
        return None, str(error)
    accounts = [account for account in (built.redshifts, built.spectra) if account]
    for account in accounts:
        assert_adds_up(account)
    table = pd.read_parquet(out)
    assert len(table) == built.spectra.used == built.card.n_galaxies
    out.unlink()
    return table, "\n".join(line for account in accounts for line in account.lines()) + "\n"


def assert_became(wanted, table, words):
    """Compare a data set, or why there is none, with what was to come out."""
    if isinstance(wanted, str):
        assert table is None
        assert re.search(wanted, words)
    else:
        assert table is not None, words
        assert [number - BIG for number in table["source_id"]] == wanted
        assert table["z"].tolist() == pytest.approx([0.1 + 0.01 * n for n in wanted], abs=1e-12)


def assert_adds_up(account):
    assert account.adds_up
    assert account.rows >= account.ids >= account.unique_ids
    json.dumps(account.to_json())
