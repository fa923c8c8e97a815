import gzip

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

from core.data.account import Account
from core.data.source_tables import open_table, read_ids, read_sources
from core.errors import DataError

IDS = [4_111_834_567_779_557_376, 2**53 + 1, -5, 7]


@pytest.fixture
def write_ids(tmp_path):
    def write(ending):
        path = tmp_path / f"ids{ending}"
        table = Table({"ra": np.arange(4.0), "source_id": np.array(IDS, np.int64)})
        if ending == ".txt":
            path.write_text("".join(f"{source}\n" for source in IDS))
        elif ending == ".csv.gz":
            path.write_bytes(gzip.compress(table.to_pandas().to_csv(index=False).encode()))
        elif ending == ".parquet":
            table.to_pandas().to_parquet(path)
        else:
            formats = {".csv": "csv", ".fits": "fits", ".vot": "votable", ".ecsv": "ascii.ecsv"}
            table.write(path, format=formats[ending])
        return path

    return write


@pytest.mark.parametrize(
    "ending", [".txt", ".csv", ".csv.gz", ".parquet", ".fits", ".vot", ".ecsv"]
)
def test_ids_keep_every_digit_in_every_format(write_ids, ending):
    ids = read_ids(write_ids(ending))
    assert ids.dtype == np.int64
    assert ids.tolist() == IDS


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_a_plain_list_is_read_whatever_the_ids(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("list") / "ids.txt"
    path.write_text("# of last night\n\n" + "\n".join(f" {source} # g" for source in ids))
    assert read_ids(path).tolist() == ids


def test_a_packed_list(tmp_path):
    ids = [IDS[0] + i for i in range(3)]
    path = tmp_path / "ids.txt.gz"
    path.write_bytes(gzip.compress("\n".join(map(str, ["# mine", *ids])).encode()))
    assert read_ids(path).tolist() == ids


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_a_plain_list_in_any_encoding(tmp_path, encoding):
    path = tmp_path / "ids.txt"
    path.write_bytes("".join(f"{source} # é\n" for source in IDS).encode(encoding))
    assert read_ids(path).tolist() == IDS


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("Gaia DR2 2915477294342471680\nGaia DR2 13\n", "DR3"),
        ("designation\nGaia DR2 2915477294342471680\n", "DR3"),
        ("gaia_dr2_source_id\n12\n", "DR3"),
        ("Gaia DR3 2915477294342471680\n", "DR4"),
    ],
)
def test_ids_of_another_release_are_refused(tmp_path, text, release):
    path = tmp_path / "ids.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=r"Gaia DR[234].*neighbour|another release|neighbourhood"):
        read_ids(path, release)


def test_ids_that_tell_the_release_in_a_plain_list(tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("Gaia DR3 12\nGaia EDR3 13\n")
    assert read_ids(path).tolist() == [12, 13]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source_id\n1.5\n", "expected 64-bit whole numbers"),
        ("12\n13.5\n", r"expected 64-bit whole numbers.*'13\.5' at row 2"),
        ("12\n99999999999999999999\n", "expected 64-bit whole numbers"),
        # No option of `xpz fetch` names the column of a list: there, --ids is the list itself.
        ("name\nM31\n", r"expected a column of Gaia's identifiers.* found name\. Rename it\.$"),
        ("source_id,gaia_id\n1,2\n", r"could be source_id: .*\. Keep one of them\.$"),
        ("source_id\n", "expected at least one source_id|no rows"),
        ("", "empty"),
    ],
)
def test_lists_that_hold_no_ids_are_refused(tmp_path, text, message):
    path = tmp_path / "ids.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_ids(path)


def test_ids_that_were_kept_as_decimals_are_refused(tmp_path):
    path = tmp_path / "ids.parquet"
    pd.DataFrame({"source_id": np.array(IDS, float)}).to_parquet(path)
    with pytest.raises(DataError, match="cannot hold a Gaia source_id exactly"):
        read_ids(path)
    with pytest.raises(DataError, match=r"no\.txt"):
        read_ids(tmp_path / "no.txt")


def test_columns_are_found_by_priority_whatever_their_case(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("RA,Plug_Ra,z\n1,2,\n3,,5\n")
    table = open_table(path)
    assert table.find(("plug_ra", "ra")) == "Plug_Ra"
    assert table.find(("dec",)) is None
    cells = table.read({"ra": "Plug_Ra", "same": "Plug_Ra", "z": "z"})
    np.testing.assert_array_equal(cells["ra"], [2, np.nan])
    np.testing.assert_array_equal(cells["same"], cells["ra"])


@pytest.mark.parametrize("fill", ["", "null", "-1", "-9999", "0"])
def test_rows_without_an_id_are_left_out_and_a_column_of_them_is_refused(tmp_path, fill):
    path = tmp_path / "sources.csv"
    path.write_text(f"source_id,ra,dec\n{IDS[0]},1,2\n{fill},1,3\n")
    account = Account("sources")
    assert read_sources(path, account=account)["source_id"].tolist() == [IDS[0]]
    assert account.left_out == {"without a source_id": 1}
    assert account.ids == 1
    path.write_text(f"source_id,ra,dec\n{fill},1,2\n{fill},1,3\n")
    with pytest.raises(DataError, match="'source_id', found 2 rows without one"):
        read_sources(path)


def test_lines_that_are_no_rows_come_into_the_account(tmp_path):
    path = tmp_path / "sources.csv"
    path.write_text("source_id,ra,dec\n1,10,20\n" * 2)
    account = Account("sources")
    assert len(read_sources(path, account=account)) == 2
    assert account.skipped == {"the line of names again": 1}
