"""A fetch as a job: a process of its own that asks the named server and nobody else."""

import json
import os
import signal
import time

import pandas as pd
import pytest

from core.data.archive.config import ArchiveConfig
from core.data.archive.count import count_sources
from core.data.archive.fetch_job import (
    FetchStatus,
    check_query,
    list_fetches,
    open_fetch,
    start_fetch,
    work,
)
from core.data.archive.fetched import with_sources
from core.data.archive.question import ask
from core.errors import ConfigError, DataError, RunError
from core.jobs import finish, resume, stop, wait
from core.jobs.roots import check_id
from core.spectra import Spectra

# Told of each address that a process, and what it starts, connects to or looks up.
WATCH = """
import sys
def note(event, given):
    if event in ("socket.connect", "socket.getaddrinfo"):
        place = given[1] if event == "socket.connect" else given[:2]
        with open({path!r}, "a") as file:
            print(place, file=file)
sys.addaudithook(note)
"""


@pytest.fixture
def config(archive):
    return ArchiveConfig(server=archive.url, chunk=5, tries=2, first_wait_s=0, timeout_s=20)


@pytest.fixture
def started(tmp_path):
    """Return a function that starts a fetch; what still works in the end is stopped."""
    jobs = []

    def start(*given, **asked):
        jobs.append(start_fetch(tmp_path / "runs", *given, **asked))
        return jobs[-1]

    yield start
    for job in jobs:
        if job.is_active:
            stop(job)
            wait(job)


def test_only_the_named_server_is_asked(started, archive, config, tmp_path, monkeypatch):
    noted = tmp_path / "noted"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WATCH.format(path=str(noted)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    ids = archive.sources["source_id"].to_numpy()[:7]
    finish(started("some", config, ids=ids))
    host, _, port = archive.url.removeprefix("http://").partition(":")
    assert set(noted.read_text().splitlines()) == {f"('{host}', {port})"}
    assert archive.spectra_asked() == [ids[:5].tolist(), ids[5:].tolist()]


def test_the_result_has_its_account_and_sources(started, archive, config, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda job: None)
    ids = [*archive.sources["source_id"][:3], 17]
    job = started("four", config, ids=pd.Series(ids).to_numpy())
    assert work(job) == "done"
    account = job.account()
    assert (account.rows, account.used, account.without_spectrum) == (4, 3, 1)
    assert account.adds_up
    assert account.release == "Gaia DR3"
    assert job.status().message == "3 spectra of 4 sources."
    assert job.status().words() == "4 of 4 sources"
    assert pd.read_parquet(job.sources)["source_id"].tolist() == ids


def test_a_killed_fetch_is_lost_and_goes_on(started, archive, config, tmp_path):
    archive.trouble = ["ok", "ok", "silent"]  # the query, the first spectra, the next
    ids = archive.sources["source_id"].to_numpy()[:10]
    job = started("ten", config, ids=ids)
    while len(archive.spectra_asked()) < 2 and job.is_active:
        time.sleep(0.02)
    os.kill(job.beat().pid, signal.SIGKILL)
    while job.has_worker():
        time.sleep(0.02)
    assert job.status().state == "lost"
    assert "Resume goes on after 5 of 10 sources" in job.status().message
    again = open_fetch(tmp_path / "runs", job.id)
    resume(again)
    assert finish(again).report().n_spectra == 10
    assert archive.spectra_asked() == [ids[:5].tolist(), ids[5:].tolist(), ids[5:].tolist()]
    assert [each.id for each in list_fetches(tmp_path / "runs")] == [job.id]


def test_what_is_impossible_leaves_no_job(config, tmp_path):
    for asked, words in (
        ({"cone": (0.0, 95.0, 1.0)}, "Cone: expected"),
        ({"adql": "/etc/hostname"}, "a query that begins with SELECT"),
        ({}, "one of ids, adql, cone and galaxies"),
    ):
        with pytest.raises(ConfigError, match=words):
            start_fetch(tmp_path, "none", config, **asked)
    assert not list_fetches(tmp_path)


def test_a_query_may_begin_with_a_remark():
    check_query("-- mine\n select source_id FROM x")
    with pytest.raises(ConfigError, match="received 'DROP TABLE x'"):
        check_query("DROP TABLE x")


def test_no_run_is_called_as_the_folder_of_fetches():
    with pytest.raises(RunError, match="a folder of that name"):
        check_id("fetches")


def test_the_time_left_is_said_in_minutes():
    status = FetchStatus("running", done=500, total=3000, seconds_left=290.0)
    assert status.words() == "500 of 3,000 sources, about 5 min left"
    assert FetchStatus("running").words() == "Asking the archive for the sources"


def test_sources_are_counted_without_fetching_them(archive, config):
    everywhere = ask(cone=(0.0, 0.0, 180.0))
    assert count_sources(everywhere, config) == 20
    own = ask(adql="SELECT source_id FROM gaiadr3.gaia_source ORDER BY source_id")
    assert count_sources(own, config) == 20
    assert "ORDER BY" not in archive.queries()[-1]
    assert count_sources(ask(ids=[1, 2, 2])) == 2
    assert len(archive.queries()) == 2
    assert not archive.spectra_asked()


def test_a_count_that_is_refused_says_why(config):
    with pytest.raises(DataError, match="unresolved identifiers: nosuchtable"):
        count_sources(ask(adql="SELECT source_id FROM nosuchtable"), config)


def test_spectra_get_what_is_told_of_their_sources():
    flux = pd.DataFrame(1.0, index=range(3), columns=range(186)).to_numpy("float32")
    own = pd.DataFrame({"mine": [1, 2, 3], "dec": [9.0, 9.0, 9.0]})
    sources = pd.DataFrame(
        {"source_id": [12, 11], "ra": [2.0, 1.0], "dec": [0.0, 0.0], "g_mag": [18.0, 17.0]}
    )
    sources.attrs = {"units": {"ra": "deg", "dec": "deg"}}
    own.attrs = {"units": {"mine": "km/s", "dec": "arcmin"}}
    found = with_sources(Spectra(flux, pd.array([11, 12, 13]).to_numpy("int64"), own=own), sources)
    told = json.loads(found.own.to_json())
    assert list(told) == ["ra", "g_mag", "mine", "dec"]  # its own declination stays
    assert told["ra"] == {"0": 1.0, "1": 2.0, "2": None}
    assert found.g_mag.tolist()[:2] == [17.0, 18.0]
    assert found.own.attrs == {"units": {"ra": "deg", "dec": "arcmin", "mine": "km/s"}}
