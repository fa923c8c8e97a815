"""Which rows of a bulk file are kept, and as what."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.data.archive import bulk_rows
from core.data.archive.bulk_rows import keep_rows
from core.errors import DataError
from tests.support.archive_bulk import ids_of


def write(path, table):
    table.to_csv(path, index=False)
    return path


def table_of(n, **columns):
    return pd.DataFrame({"name": "a", "source_id": ids_of(1, n), "x": 1.5, **columns})


@pytest.mark.parametrize("group_rows", [1, 4096])
def test_columns_keep_their_kinds(tmp_path, monkeypatch, group_rows):
    monkeypatch.setattr(bulk_rows, "GROUP_ROWS", group_rows)
    monkeypatch.setattr(bulk_rows, "BATCH_BYTES", 1)  # a row at a time
    table = table_of(
        4,
        count=pd.array([1, 2, None, 4], "Int64"),
        none=None,
        bp_coefficients=["[1.5,2]", "(3,4,5)", None, "[6]"],
        bp_coefficient_errors="[0.1]",
    )
    ids = table["source_id"].to_numpy()
    path = write(tmp_path / "in.csv", table)
    assert keep_rows(path, ids[1:], "DR3", tmp_path / "out.parquet") == (4, 3, 0)
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.column_names == list(table.columns)
    assert found["source_id"].to_pylist() == ids[1:].tolist()
    assert found["name"].to_pylist() == ["a"] * 3
    assert found["count"].to_pylist() == [2, None, 4]
    assert found["none"].null_count == 3
    assert found["bp_coefficients"].to_pylist() == [[3, 4, 5], None, [6]]
    assert found["bp_coefficient_errors"].to_pylist() == [[float(np.float32(0.1))]] * 3
    assert pq.read_metadata(tmp_path / "out.parquet").num_row_groups == (
        3 if group_rows == 1 else 1
    )


def test_without_such_a_row_there_is_no_file(tmp_path):
    path = write(tmp_path / "in.csv", table_of(3))
    found = keep_rows(path, np.array([2**50]), "DR3", tmp_path / "out.parquet")
    assert found == (3, 0, 0)
    assert not (tmp_path / "out.parquet").exists()


def test_ids_of_another_release_are_refused(tmp_path):
    table = table_of(3).assign(source_id=[f"Gaia DR4 {source}" for source in ids_of(1, 3)])
    with pytest.raises(DataError, match=r"identifiers of Gaia DR3 .* found those of Gaia"):
        keep_rows(write(tmp_path / "a.csv", table), ids_of(1, 3), "DR3", tmp_path / "out.parquet")


def test_a_column_of_arrays_that_holds_something_else_is_named(tmp_path):
    table = table_of(3, bp_coefficients=["[1,2]", "[3,4]", "[5,x]"])
    with pytest.raises(DataError, match=r"column 'bp_coefficients': .*received '\[5,x\]'"):
        keep_rows(write(tmp_path / "a.csv", table), ids_of(1, 3), "DR3", tmp_path / "out.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_column_that_changes_its_kind_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bulk_rows, "GROUP_ROWS", 1)
    monkeypatch.setattr(bulk_rows, "BATCH_BYTES", 1)
    table = table_of(3, y=["1", "2", "three"])
    with pytest.raises(DataError, match="a column holds numbers in some rows and something else"):
        keep_rows(write(tmp_path / "a.csv", table), ids_of(1, 3), "DR3", tmp_path / "out.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
