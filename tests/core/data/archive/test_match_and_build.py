"""A fetch matched with redshifts, built to a data set and deleted: jobs in its folder."""

import io

import numpy as np
import pandas as pd
import pytest

from core.data.archive import build_job, match_job
from core.data.archive.build_job import build_of, start_build
from core.data.archive.config import ArchiveConfig
from core.data.archive.deleting import delete_fetch, size_of_fetch
from core.data.archive.download import fetch as download
from core.data.archive.fetch_job import FetchConfig, FetchJob, list_fetches
from core.data.archive.match_job import match_of, start_match
from core.data.dataset import load_dataset
from core.data.redshift_tables import RedshiftColumns
from core.errors import ConfigError, RunError
from core.jobs import queue as started
from core.jobs.roots import create


@pytest.fixture
def fetched(archive, tmp_path):
    """A fetch that is done, of ten galaxies."""
    job = create(FetchJob, tmp_path / "runs", "ten", FetchConfig("Ten galaxies"))
    ids = archive.sources["source_id"].to_numpy()[:10]
    download(job.fetched, ArchiveConfig(server=archive.url), ids=ids)
    job.end("done")
    return job


@pytest.fixture
def here(monkeypatch):
    """Jobs work in this process as soon as they are started."""
    work = {"match": match_job.work, "build": build_job.work}
    monkeypatch.setattr(started, "start_process", lambda job: work[job.kind](job))


def table_of(job, n=8):
    sources = pd.read_parquet(job.sources)[:n]
    return pd.DataFrame({"x": sources["ra"], "y": sources["dec"], "z": 0.1 + sources.index / 99})


def brought(job, n=8):
    return "mine.csv", io.BytesIO(table_of(job, n).to_csv(index=False).encode())


COLUMNS = RedshiftColumns(ra="x", dec="y")


def test_a_fetch_becomes_a_data_set_with_its_accounts(here, fetched, tmp_path):
    match = start_match(fetched, brought(fetched), 1.0, COLUMNS)
    assert match.root == fetched.root
    assert match.called == "The match of 'Ten galaxies'"
    assert match.status().message == "8 galaxies matched."
    ours, theirs = match.accounts()
    assert (ours.rows, ours.used, theirs.rows, theirs.used) == (10, 8, 8, 8)
    assert not match.table.exists(), "200 MB that nobody comes back for"
    build = start_build(fetched, tmp_path / "data", "mine", "Mine")
    assert build.status().words() == "10 of 10 spectra"
    built = load_dataset(tmp_path / "data" / "mine.parquet")
    assert built.card.name == "Mine"
    np.testing.assert_allclose(np.sort(built.z), table_of(fetched)["z"])
    assert (tmp_path / "data" / "mine.card.json").is_file()
    assert [each.used for each in build.accounts()] == [8, 8]
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == [
        "mine.card.json",
        "mine.parquet",
    ]


def test_another_match_takes_the_place_of_the_first(here, fetched, tmp_path):
    start_match(fetched, brought(fetched), 1.0, COLUMNS)
    start_build(fetched, tmp_path, "mine", "Mine")
    place = tmp_path / "z.csv"
    table_of(fetched, 3).to_csv(place, index=False)
    match = start_match(fetched, place, 1.0, COLUMNS)
    assert match.accounts()[0].used == 3
    assert place.is_file(), "a table on this machine is not ours to remove"
    # A data set of the same name is another one, and the first stays.
    build = start_build(fetched, tmp_path, "mine", "Mine")
    assert build.dataset() == tmp_path / "mine-2.parquet"
    assert [len(load_dataset(tmp_path / f"mine{n}.parquet")) for n in ("", "-2")] == [8, 3]
    # One that is told done is not built twice by whoever goes on with it.
    build_job.work(build)
    assert not (tmp_path / "mine-3.parquet").exists()


def test_a_match_that_fails_says_why_and_leaves_the_fetch(here, fetched, tmp_path):
    match = start_match(fetched, brought(fetched), 1.0)
    assert match.status().state == "failed"
    assert "mine.csv" in match.status().message
    assert not match.is_done
    with pytest.raises(RunError, match="has no redshifts yet: match it with a table"):
        start_build(fetched, tmp_path, "mine", "Mine")
    with pytest.raises(ConfigError, match="--quality: expected a column"):
        start_match(fetched, brought(fetched), 1.0, cuts="good ones")
    gone = start_match(fetched, tmp_path / "nowhere.csv", 1.0)
    assert "nowhere.csv: the table of redshifts is gone" in gone.status().message


def test_a_build_that_was_killed_leaves_nothing_and_goes_on(here, fetched, tmp_path, monkeypatch):
    start_match(fetched, brought(fetched), 1.0, COLUMNS)
    monkeypatch.setattr(started, "start_process", lambda job: None)
    build = start_build(fetched, tmp_path / "data", "mine", "Mine")
    assert build.status().state == "lost"
    build.half_built.mkdir(parents=True)
    (build.half_built / "mine.parquet").write_bytes(b"half of it")
    assert build_job.work(build) == "done"
    assert len(load_dataset(build.dataset())) == 8
    assert not build.half_built.exists()


def test_a_fetch_is_deleted_with_what_was_matched_but_not_built(here, fetched, tmp_path):
    start_match(fetched, brought(fetched), 1.0, COLUMNS)
    build = start_build(fetched, tmp_path, "mine", "Mine")
    assert size_of_fetch(fetched) > 10_000
    left = fetched.path.parent / ".deleted-before"
    left.mkdir()
    delete_fetch(fetched)
    assert not list(fetched.path.parent.iterdir())
    assert not list_fetches(fetched.root)
    assert load_dataset(tmp_path / "mine.parquet").card.name == "Mine"
    with pytest.raises(RunError, match="not there any more; it was deleted"):
        delete_fetch(fetched)
    with pytest.raises(RunError, match="not there any more; it was deleted"):
        start_match(fetched, tmp_path / "z.csv", 1.0)
    assert not fetched.path.exists()
    assert build.half_built.parent == tmp_path


@pytest.mark.parametrize("of", ["fetch", "match", "build"])
def test_what_is_at_work_is_not_deleted(here, fetched, tmp_path, of):
    start_match(fetched, brought(fetched), 1.0, COLUMNS)
    build = start_build(fetched, tmp_path, "mine", "Mine")
    job = {"fetch": fetched, "match": match_of(fetched), "build": build}[of]
    with job.worker_lock(), pytest.raises(RunError, match="is at work; cancel it first"):
        delete_fetch(fetched)
    again = {
        "fetch": lambda: delete_fetch(fetched),
        "match": lambda: start_match(fetched, brought(fetched), 1.0, COLUMNS),
        "build": lambda: start_build(fetched, tmp_path, "mine", "Mine"),
    }[of]
    with job.worker_lock(), pytest.raises(RunError, match=r"active right now|at work"):
        again()
    assert build.dataset().is_file()
    assert build_of(fetched).is_done
