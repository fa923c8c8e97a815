import json
from collections import Counter

import pytest

from core.data.account import Account


@pytest.fixture
def account():
    account = Account("spectra", files=2, tables=3, rows=10, ids=10, unique_ids=8, used=6)
    account.left_out.update({"no redshift": 3, "flux missing or not usable": 1})
    account.skipped["the line of names again"] += 1
    account.left_aside.append("README.txt: left aside, it is no table.")
    return account


def test_sums_add_up_until_a_row_is_lost(account):
    assert account.adds_up
    account.rows += 1
    assert not account.adds_up


def test_more_different_ids_than_ids_do_not_add_up(account):
    account.unique_ids = 11
    assert not account.adds_up


def test_lines_tell_every_count_that_is_not_zero(account):
    lines = dict(line.rsplit(maxsplit=1) for line in account.lines() if line[-1].isdigit())
    assert {words.strip(): int(n) for words, n in lines.items()} == {
        "files read": 2,
        "tables read": 3,
        "spectra: rows read": 10,
        "skipped: the line of names again": 1,
        "rows with a source_id": 10,
        "different source_ids": 8,
        "rows whose source_id came before": 2,
        "left out: no redshift": 3,
        "left out: flux missing or not usable": 1,
        "used": 6,
    }
    assert "README.txt: left aside, it is no table." in account.lines()


def test_spellings_of_several_files_stand_beside_each_other():
    account = Account("spectra")
    for column in ("z", "z_spec", "z"):
        account.recognise({"z": column})
    assert account.columns == {"z": "z | z_spec"}


def test_json_holds_all_of_it_and_leaves_the_account_as_it_is(account):
    told = json.loads(json.dumps(account.to_json()))
    assert told["left_out"] == {"no redshift": 3, "flux missing or not usable": 1}
    assert told["repeated_ids"] == 2
    assert isinstance(account.left_out, Counter)
