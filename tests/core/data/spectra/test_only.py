import io

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from core.data.account import Account
from core.data.spectra import xp_arrays
from core.data.spectra.files import open_spectra
from core.data.tables import arrow
from core.errors import DataError
from core.spectra import Spectra
from tests.support.xp_archive_files import make_sources

SOURCES = make_sources(40, missing_bp=(3,), missing_rp=(3, 7), extra={"z": np.arange(40) / 100})
IDS = SOURCES.source_id
ASKED = IDS[[39, 3, 5, 7, 20]]
FORMATS = ("csv", "ecsv", "fits", "votable", "parquet")


def as_parquet(sources, ids=None, rows_per_group=10):
    columns = {name: list(cells) for name, _, _, _, cells in sources.columns()}
    if ids is not None:
        columns["source_id"] = ids
    target = io.BytesIO()
    parquet.write_table(pa.table(columns), target, row_group_size=rows_per_group)
    return target.getvalue()


def content_of(format, sources=SOURCES):
    return as_parquet(sources) if format == "parquet" else sources.to_bytes(format)


@pytest.mark.parametrize("rows", [4, 8192])
@pytest.mark.parametrize("format", FORMATS)
def test_the_rows_are_those_of_the_whole_file(format, rows):
    content = content_of(format)
    whole = Spectra.concatenate(list(open_spectra(content).chunks(rows)))
    file = open_spectra(content, only=ASKED)
    some = Spectra.concatenate(list(file.chunks(rows)))
    kept = np.isin(whole.source_id, ASKED)
    for column in ("source_id", "flux", "flux_error", "z"):
        np.testing.assert_array_equal(getattr(some, column), getattr(whole, column)[kept])
    assert list(some.problems.values()) == list(whole.problems.values())
    own = [table.astype(object).where(table.notna(), None) for table in (some.own, whole.own[kept])]
    assert own[0].equals(own[1].reset_index(drop=True))
    account = Account("spectra", rows=len(some), used=len(some))
    file.enter(account)
    assert account.rows == 40
    assert account.left_out == {"not asked for": 35}
    assert account.adds_up


@pytest.mark.parametrize("format", FORMATS)
def test_none_of_them_there(format):
    file = open_spectra(content_of(format), only=np.array([1, 2], np.int64))
    assert not list(file.chunks())
    account = Account("spectra")
    file.enter(account)
    assert (account.rows, account.left_out) == (40, {"not asked for": 40})
    assert not list(open_spectra(content_of(format), only=np.empty(0, np.int64)).chunks())


def test_arrays_of_others_are_not_parsed(monkeypatch):
    parsed = []
    file = open_spectra(content_of("csv"), only=ASKED)
    read = xp_arrays._read
    monkeypatch.setattr(
        xp_arrays,
        "_read",
        lambda texts: parsed.append(len(list(filter(None, texts)))) or read(texts),
    )
    list(file.chunks())
    assert max(parsed) <= len(ASKED)


def test_what_is_wrong_in_rows_of_others_is_no_matter():
    """Their ids are read all the same: what is no id could be any."""
    content = SOURCES.to_bytes("csv").replace(b"(", b"(x", 1)
    file = open_spectra(content, only=IDS[1:3])
    assert not Spectra.concatenate(list(file.chunks())).problems
    broken = content.replace(str(IDS[30]).encode(), b"thirty")
    with pytest.raises(DataError, match="received 'thirty' at row 31"):
        list(open_spectra(broken, only=IDS[1:3]).chunks())


def test_messages_count_the_rows_of_the_file():
    cells = SOURCES.to_bytes("csv").decode().splitlines()
    cells[8] = cells[8].rpartition(",")[0] + ",high"
    content = "\n".join(cells).encode()
    with pytest.raises(DataError, match="column 'z', received 'high' at row 8 "):
        list(open_spectra(content, only=ASKED).chunks())
    assert len(Spectra.concatenate(list(open_spectra(content, only=IDS[:3]).chunks()))) == 3


@pytest.mark.parametrize("format", ["csv", "fits", "parquet"])
def test_a_table_without_ids_is_refused(format):
    flux = np.ones((3, 186), np.float32)
    if format == "parquet":
        target = io.BytesIO()
        parquet.write_table(pa.table({"flux": list(flux)}), target)
        content = target.getvalue()
    else:
        from astropy.table import Table

        target = io.BytesIO()
        table = Table({f"flux_{i}": flux[:, i] for i in range(186)})
        if format == "csv":
            text = io.StringIO()
            table.write(text, format="ascii.csv")
            content = text.getvalue().encode()
        else:
            table.write(target, format="fits")
            content = target.getvalue()
    with pytest.raises(DataError, match="expected a column source_id, as only some sources"):
        open_spectra(content, only=IDS)


def test_row_groups_that_hold_none_are_passed_over(monkeypatch):
    ids = np.arange(40) + 10**12
    content = as_parquet(SOURCES, ids)
    groups = []
    read = arrow.batches_of
    monkeypatch.setattr(
        "core.data.tables.parquet.batches_of",
        lambda file, columns, rows, of=None: groups.append(of) or read(file, columns, rows, of),
    )
    file = open_spectra(content, only=ids[[12, 33]])
    groups.clear()
    found = Spectra.concatenate(list(file.chunks()))
    assert found.source_id.tolist() == ids[[12, 33]].tolist()
    assert [of for of in groups if of] == [[1], [3]]
    account = Account("spectra")
    file.enter(account)
    assert account.left_out["not asked for"] == 38
