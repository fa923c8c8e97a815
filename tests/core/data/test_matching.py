"""Redshifts matched with sources by place and by id: tables, and accounts that add up."""

import pandas as pd
import pytest

from core.data.matching import match_by_id, match_by_place
from core.errors import DataError

IDS = [5853498713190525696, 5853498713190525697, 5853498713190525698]


@pytest.fixture
def sources(tmp_path):
    path = tmp_path / "sources.parquet"
    table = {"source_id": IDS, "ra": [10.0, 20.0, 30.0], "dec": [0.0, 5.0, -5.0], "g_mag": 17.0}
    pd.DataFrame(table).to_parquet(path)
    return path


def write(path, table):
    pd.DataFrame(table).to_csv(path, index=False)
    return path


def test_sources_get_the_redshift_of_their_place(sources, tmp_path):
    table = {"ra": [20.0, 30.0, 99.0], "dec": [5.0001, -5.0, 0.0], "z": [0.2, 0.3, 0.9]}
    matched = match_by_place(sources, write(tmp_path / "z.csv", table), 1.0)
    assert matched.table["source_id"].tolist() == IDS[1:]
    assert matched.table["z_spec"].tolist() == [0.2, 0.3]
    ours, theirs = matched.accounts
    assert (ours.rows, ours.used, theirs.rows, theirs.used) == (3, 2, 3, 2)
    assert ours.adds_up
    assert theirs.adds_up
    assert "account" in matched.about


def test_nothing_near_is_said(sources, tmp_path):
    table = {"ra": [21.0], "dec": [5.0], "z": [0.2]}
    with pytest.raises(DataError, match="No redshift lies within 1 arcsec of a source"):
        match_by_place(sources, write(tmp_path / "z.csv", table), 1.0)


def test_ids_need_no_place(tmp_path):
    table = {"source_id": IDS, "z": [0.1, None, 0.3], "zerr": [1e-4, 1e-4, -1.0]}
    matched = match_by_id(write(tmp_path / "z.csv", table))
    assert matched.table["source_id"].tolist() == [IDS[0], IDS[2]]
    assert matched.table["z_spec"].tolist() == [0.1, 0.3]
    assert matched.table["z_error"].isna().tolist() == [False, True]
    (account,) = matched.accounts
    assert account.left_out == {"no redshift": 1}


def test_ids_of_another_release_are_refused(tmp_path):
    table = {"source_id": [f"Gaia DR2 {source}" for source in IDS], "z": 0.1}
    with pytest.raises(DataError, match="found those of Gaia DR2"):
        match_by_id(write(tmp_path / "z.csv", table))
