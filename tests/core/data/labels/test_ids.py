"""Columns whose names leave open whether they hold Gaia's ids: their cells tell."""

import numpy as np
import pandas as pd
import pytest

from core.data.account import Account
from core.data.build import build_dataset
from core.data.imported_dataset import read_table
from core.data.source_tables import read_ids
from core.data.spectra.files import open_spectra
from core.errors import DataError

IDS = 4_111_834_567_779_557_376 + np.arange(4)
NAMED = [f"Gaia DR3 {source_id}" for source_id in IDS]


@pytest.fixture
def table():
    flux = pd.DataFrame(np.ones((4, 186)), columns=[f"flux_{i}" for i in range(186)])
    flux["z"] = np.arange(4) / 10
    return flux


def content(table, **columns):
    return table.assign(**columns).to_csv(index=False).encode()


def ids_and_account(content):
    file, account = open_spectra(content, name="t.csv", lenient=True), Account("spectra")
    (spectra,) = file.chunks()
    file.enter(account)
    return spectra.source_id.tolist(), account


@pytest.mark.parametrize(
    "columns",
    [
        {"Source": IDS},
        {"source": [f"{each}" for each in IDS]},
        {"GaiaDR3": IDS},
        {"Gaia": IDS},
        {"DR3Name": NAMED, "Source": IDS},
        {"DR3Name": ["a", "b", "c", "d"], "Source": IDS},
    ],
)
def test_they_are_ids_where_their_cells_are(table, tmp_path, columns):
    ids, account = ids_and_account(content(table, **columns))
    assert ids == IDS.tolist()
    assert not account.warnings
    assert read_table(content(table, **columns)).source_id.tolist() == IDS.tolist()
    path = tmp_path / "ids.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    assert read_ids(path).tolist() == IDS.tolist()


def test_empty_cells_at_the_beginning_do_not_hide_ids(table):
    many = pd.concat([table] * 50, ignore_index=True)
    ids = pd.Series([None] * 100 + list(IDS) * 25, dtype="Int64")
    read, _ = ids_and_account(content(many, DR3Name=ids))
    assert read[100:] == IDS.tolist() * 25


def test_ids_of_another_release_are_no_row_numbers(table):
    older = [each.replace("DR3", "DR2") for each in NAMED]
    with pytest.raises(DataError, match="DR2"):
        ids_and_account(content(table, Source=older))


def test_beside_ids_of_another_release_a_name_that_tells_none_is_left_aside(table):
    ids, account = ids_and_account(content(table, Source=IDS, DR2Name=NAMED))
    assert ids == [0, 1, 2, 3]
    (said,) = account.warnings
    assert "stand in 'Source'" in said


def test_they_are_none_where_their_cells_are_something_else(table, tmp_path):
    other = content(table, Source=["SDSS", "DESI", "2MRS", "6dF"], Gaia=[0, 1, 1, 0])
    ids, account = ids_and_account(other)
    assert ids == [0, 1, 2, 3]
    assert "source_id" not in account.columns or account.columns["source_id"].startswith("none")
    assert not account.warnings
    assert read_table(other).source_id.tolist() == [0, 1, 2, 3]
    path = tmp_path / "ids.csv"
    path.write_text("Source\nSDSS\nDESI\n")
    with pytest.raises(DataError, match="expected a column of Gaia's identifiers, called source_"):
        read_ids(path)


def test_numbers_as_large_as_ids_are_told_of_where_no_ids_are_recognised(table, tmp_path):
    other = content(table, object=IDS, plate=[1, 2, 3, 4])
    ids, account = ids_and_account(other)
    assert ids == [0, 1, 2, 3]
    (said,) = account.warnings
    assert said == (
        "t.csv: no column of source ids was recognised, so the rows are numbered from 0; numbers "
        "as large as Gaia's ids stand in 'object'. If they are the ids, name the column with --id."
    )
    read = read_table(other, name="t.csv").account
    assert read is not None
    assert read.warnings == [said]
    named = content(table, object=IDS, source_id=IDS + 9)
    assert not ids_and_account(named)[1].warnings

    spectra, redshifts = tmp_path / "spectra.csv", tmp_path / "z.csv"
    spectra.write_bytes(other)
    pd.DataFrame({"source_id": IDS, "z": 0.1}).to_csv(redshifts, index=False)
    with pytest.raises(DataError, match="If 'object' holds the ids, rename it to source_id"):
        build_dataset([spectra], tmp_path / "out.parquet", redshifts)
