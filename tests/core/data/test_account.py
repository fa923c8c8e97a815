import json
from collections import Counter

import pytest

from core.data.account import SHOWN, Account


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


def test_sentences_on_many_files_are_not_all_printed():
    account = Account("spectra", left_aside=[f"{i}.txt: left aside" for i in range(SHOWN + 5)])
    *_, last, more = account.lines()
    assert (last, more) == (f"{SHOWN - 1}.txt: left aside", "... and 5 more like these.")
    assert len(account.to_json()["left_aside"]) == SHOWN + 5


def test_several_releases_are_all_told():
    account = Account("spectra", release="Gaia DR3")
    for release in ("", "Gaia DR4", "Gaia DR3"):
        account.add(Account("spectra", release=release))
    assert account.release == "Gaia DR3 and Gaia DR4"


def test_what_json_kept_is_the_account(account):
    kept = json.loads(json.dumps(account.to_json()))
    assert Account.from_json(kept) == account
    assert Account.from_json({**kept, "of_a_later_version": 1}) == account
    assert Account.from_json({"what": "spectra"}) == Account("spectra")
