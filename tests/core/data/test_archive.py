"""The archive's client against a server on this machine that speaks as the archive does."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from click.testing import CliRunner

from core.cli import main
from core.data.archive.config import ArchiveConfig
from core.data.archive.download import fetch
from core.data.archive.state import alone
from core.data.tables.folders import find_files
from core.errors import ConfigError, DataError
from tests.support.spectra_files import read_spectra

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config(archive):
    return ArchiveConfig(server=archive.url, chunk=8, tries=3, first_wait_s=0, timeout_s=10)


def files_in(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def delivered_ids(folder):
    return [
        source
        for path in sorted((folder / "xp").iterdir())
        for source in fits.getdata(path, 1)["source_id"].tolist()
    ]


def test_galaxies_come_with_their_spectra_in_chunks(archive, config, tmp_path):
    seen = []
    report = fetch(tmp_path / "set", config, galaxies=13, progress=lambda *now: seen.append(now))
    wanted = archive.sources.dropna(subset="redshift_ugc").sort_values("random_index")[:13]
    assert (report.n_asked, report.n_spectra, report.n_without, report.n_files) == (13, 13, 0, 2)
    assert seen == [(0, 13), (8, 13), (13, 13)]
    assert archive.spectra_asked() == [
        wanted["source_id"].tolist()[:8],
        wanted["source_id"].tolist()[8:],
    ]
    assert files_in(tmp_path / "set") == {
        "fetch.json",
        "report.json",
        "sources.parquet",
        "without_spectra.csv",
        "xp/chunk-00001.fits",
        "xp/chunk-00002.fits",
    }
    sources = pd.read_parquet(tmp_path / "set" / "sources.parquet")
    assert sources["source_id"].dtype == np.int64
    expected = wanted.rename(columns={"phot_g_mean_mag": "g_mag"})[list(sources.columns)]
    assert sources["source_id"].tolist() == wanted["source_id"].tolist()
    np.testing.assert_array_equal(sources, expected)


def test_what_is_asked_of_the_archive_for_spectra(archive, config, tmp_path):
    fetch(tmp_path, config, galaxies=1)
    path, words = archive.asked[-1]
    assert path == "/data-server/data"
    assert words.pop("ID") == str(delivered_ids(tmp_path)[0])
    assert words == {
        "RELEASE": "Gaia DR3",
        "RETRIEVAL_TYPE": "XP_CONTINUOUS",
        "DATA_STRUCTURE": "RAW",
        "FORMAT": "fits",
        "VALID_DATA": "false",
        "USE_ZIP_ALWAYS": "true",
    }


@pytest.mark.parametrize("format", ["fits", "csv", "ecsv", "votable"])
def test_files_are_kept_as_delivered_and_can_be_read(archive, config, tmp_path, format, xp_archive):
    adql = "SELECT source_id FROM gaiadr3.gaia_source"
    fetch(tmp_path, replace(config, format=format, chunk=20), adql=adql)
    (path,) = find_files([tmp_path / "xp"])
    assert path.read_bytes() == archive.spectra.to_bytes(format)
    spectra = read_spectra(path)
    assert spectra.source_id.tolist() == archive.spectra.source_id.tolist()
    np.testing.assert_allclose(spectra.flux, xp_archive.samples(archive.spectra), rtol=1e-4)


def test_a_cone_holds_what_lies_within_its_radius(archive, config, tmp_path):
    ra, dec = archive.sources.loc[4, ["ra", "dec"]]
    archive.sources.loc[7, ["ra", "dec"]] = ra, dec + np.sign(-dec) * 0.049
    archive.sources.loc[8, ["ra", "dec"]] = ra, dec + np.sign(-dec) * 0.051
    fetch(tmp_path, config, cone=(ra, dec, 0.05))
    found = pd.read_parquet(tmp_path / "sources.parquet")["source_id"]
    assert set(found) == set(archive.sources["source_id"][[4, 7]])


def test_ids_are_sent_as_a_table_and_those_unknown_are_told(archive, config, tmp_path):
    known = archive.sources["source_id"].to_numpy()
    unknown = np.int64(123)
    archive.spectra = type(archive.spectra)(
        known[:5], archive.spectra.bp[:5], archive.spectra.rp[:5]
    )
    report = fetch(tmp_path, config, ids=np.array([*known[3:7], unknown, known[3]]))
    assert (report.n_asked, report.n_spectra, report.n_without, report.n_unknown) == (5, 2, 2, 1)
    account = report.account("Gaia DR3")
    assert account.adds_up
    assert (account.rows, account.repeated_ids, account.without_spectrum) == (6, 1, 3)
    sources = pd.read_parquet(tmp_path / "sources.parquet")
    assert sources["source_id"].tolist() == [*known[3:7], unknown]
    assert sources["ra"].isna().tolist() == [False] * 4 + [True]
    listed = pd.read_csv(tmp_path / "without_spectra.csv")
    assert listed["source_id"].tolist() == [*known[5:7], unknown]
    assert listed["reason"].tolist() == ["no spectrum came for it"] * 2 + [
        "no such source in this release"
    ]
    report_file = json.loads((tmp_path / "report.json").read_text())
    assert report_file["n_without"] == 2
    assert report_file["question"]["n_ids"] == 5


def test_sources_none_of_which_has_a_spectrum(archive, config, tmp_path):
    archive.spectra = type(archive.spectra)(np.array([], np.int64), [], [])
    report = fetch(tmp_path, config, galaxies=3)
    assert (report.n_spectra, report.n_without, report.n_files) == (0, 3, 0)
    assert not list((tmp_path / "xp").iterdir())


def test_an_answer_of_many_files_is_kept_file_by_file(archive, config, tmp_path):
    archive.per_source = True
    report = fetch(tmp_path, config, galaxies=3)
    assert report.n_spectra == report.n_files == 3
    assert files_in(tmp_path / "xp") == {f"chunk-00001-{number}.fits" for number in (1, 2, 3)}


def test_a_query_of_ones_own_keeps_its_columns_and_repeats_no_source(archive, config, tmp_path):
    archive.sources = pd.concat([archive.sources, archive.sources.iloc[:2]])
    fetch(tmp_path, config, adql="SELECT source_id, random_index, dec FROM gaiadr3.gaia_source;")
    sources = pd.read_parquet(tmp_path / "sources.parquet")
    assert len(sources) == 20
    assert sources.columns[-1] == "random_index"
    assert sources["ra"].isna().all()
    assert sources["dec"].notna().all()


def test_a_long_query_is_waited_for(archive, config, tmp_path):
    archive.polls = 2
    assert fetch(tmp_path, config, galaxies=2).n_spectra == 2
    assert archive.polls == 0


@pytest.mark.parametrize("trouble", ["busy", "cut", "gone", "notice", "silent"])
def test_trouble_that_passes_is_waited_out(archive, config, tmp_path, trouble):
    archive.trouble = ["ok", trouble, trouble]  # the table comes, the spectra do not at first
    said = []
    patience = replace(config, timeout_s=1.5 if trouble == "silent" else 10)
    report = fetch(tmp_path, patience, galaxies=3, say=said.append)
    assert report.n_spectra == 3
    assert len(archive.spectra_asked()) == 3
    assert len(said) == 2
    assert said[0].startswith("Trying again in 0 s: ")
    assert not list(tmp_path.rglob(".chunk*"))


@pytest.mark.parametrize("trouble", ["busy", "cut", "gone", "silent"])
def test_a_table_of_sources_that_breaks_off_is_asked_for_again(archive, config, tmp_path, trouble):
    archive.trouble = [trouble]
    patience = replace(config, timeout_s=1.5 if trouble == "silent" else 10)
    fetch(tmp_path, patience, galaxies=3)
    assert len(pd.read_parquet(tmp_path / "sources.parquet")) == 3
    assert len(archive.queries()) == 1  # the job's result is fetched again, not the query made


def test_waits_grow_twofold(archive, config, tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    archive.trouble = ["ok", *["busy"] * 4]
    fetch(tmp_path, replace(config, tries=5, first_wait_s=2.0), galaxies=3)
    assert waits == [2, 4, 8, 16]


def test_trouble_that_stays_ends_with_the_archives_words_and_can_be_resumed(
    archive, config, tmp_path
):
    archive.trouble = ["ok", "ok", *["busy"] * 3]
    with pytest.raises(DataError, match=r"in 3 tries.*Cannot process request, too many conn.*run"):
        fetch(tmp_path, config, galaxies=13)
    assert files_in(tmp_path) == {"fetch.json", "sources.parquet", "xp/chunk-00001.fits"}
    before = len(archive.asked)
    report = fetch(tmp_path, config, galaxies=13)
    assert (report.n_spectra, len(archive.asked) - before) == (13, 1)
    assert len(set(delivered_ids(tmp_path))) == 13


def test_the_archives_limit_on_ids_is_told(archive, config, tmp_path):
    archive.max_ids = 5
    with pytest.raises(
        DataError, match=r"Source Ids reached \(max: 5, found: 8\).*smaller --chunk"
    ):
        fetch(tmp_path, config, galaxies=10)
    fetch(tmp_path, replace(config, chunk=5), galaxies=10)
    assert [len(ids) for ids in archive.spectra_asked()[-2:]] == [5, 5]


def test_a_query_that_cannot_be_parsed_is_shown_once_in_the_archives_words(
    archive, config, tmp_path
):
    with pytest.raises(DataError, match=r"refused the query: Cannot parse query.*'/\*'"):
        fetch(tmp_path / "new", config, adql="/* mine */ SELEKT source_id FROM x")
    with pytest.raises(DataError, match=r"\(400\): Cannot parse query: 1 unresolved identifiers"):
        fetch(tmp_path / "new", config, adql="SELECT source_id FROM nosuchtable")
    assert len(archive.asked) == 2
    assert not (tmp_path / "new").exists()


def test_a_query_without_ids_or_without_sources_is_refused(archive, config, tmp_path):
    with pytest.raises(ConfigError, match="expected a query that selects source_id"):
        fetch(tmp_path / "new", config, adql="SELECT ra FROM gaiadr3.gaia_source")
    assert not archive.asked
    # What columns an expression gives is known once they are there.
    with pytest.raises(DataError, match="expected the column source_id in its result, found"):
        fetch(tmp_path / "new", config, adql="SELECT MAX(source_id) FROM gaiadr3.gaia_source")
    with pytest.raises(DataError, match="found no source"):
        fetch(tmp_path / "new", config, cone=(10, -89.9, 1e-6))
    assert not (tmp_path / "new").exists()


def test_an_archive_that_is_not_there(archive, config, tmp_path):
    archive.close()
    with pytest.raises(
        DataError, match=r"could not be reached in 3 tries.*Connection refused.*Check the network"
    ):
        fetch(tmp_path / "new", config, galaxies=1)


def test_an_answer_that_unpacks_to_far_too_much_is_refused(archive, config, tmp_path, monkeypatch):
    monkeypatch.setattr("core.data.archive.datalink.MAX_BYTES_PER_SOURCE", 1000)
    with pytest.raises(DataError, match="would unpack to"):
        fetch(tmp_path, config, galaxies=3)
    assert not list((tmp_path / "xp").iterdir())


def test_what_has_arrived_is_not_asked_for_again(archive, config, tmp_path):
    fetch(tmp_path, config, galaxies=13)
    asked = len(archive.asked)
    assert fetch(tmp_path, replace(config, chunk=3), galaxies=13).n_spectra == 13
    assert len(archive.asked) == asked


def test_a_file_that_was_damaged_or_deleted_meanwhile_is_asked_for_again(archive, config, tmp_path):
    fetch(tmp_path, config, galaxies=13)
    first = tmp_path / "xp" / "chunk-00001.fits"
    content = first.read_bytes()
    first.write_bytes(content[:5000])
    asked = len(archive.asked)
    fetch(tmp_path, config, galaxies=13)
    assert len(archive.asked) == asked + 1
    assert first.read_bytes() == content


def test_what_a_broken_try_left_behind_does_not_stay(archive, config, tmp_path):
    fetch(tmp_path, config, galaxies=13)
    (tmp_path / "xp" / "chunk-00002.fits").write_bytes(b"half")
    (tmp_path / "xp" / "chunk-00002-2.fits").write_bytes(b"half")
    fetch(tmp_path, replace(config, format="csv"), galaxies=13)
    assert files_in(tmp_path / "xp") == {"chunk-00001.fits", "chunk-00002.csv"}


def test_without_its_table_of_sources_a_fetch_starts_anew(archive, config, tmp_path):
    fetch(tmp_path, config, galaxies=13)
    (tmp_path / "sources.parquet").unlink()
    archive.sources["random_index"] = archive.sources["random_index"].to_numpy()[::-1]
    fetch(tmp_path, config, galaxies=13)
    sources = pd.read_parquet(tmp_path / "sources.parquet")
    assert delivered_ids(tmp_path) == sources["source_id"].tolist()
    assert len(archive.spectra_asked()) == 4


def test_another_question_in_the_same_folder_is_refused(archive, config, tmp_path):
    fetch(tmp_path, config, galaxies=3)
    before = files_in(tmp_path)
    with pytest.raises(DataError, match=r"another query \(it differs in adql\)"):
        fetch(tmp_path, config, galaxies=4)
    with pytest.raises(DataError, match="ids_sha256"):
        fetch(tmp_path, config, ids=np.array([1]))
    assert files_in(tmp_path) == before


def test_a_folder_with_other_files_or_a_damaged_state_is_refused(archive, config, tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(DataError, match="holds other files"):
        fetch(tmp_path, config, galaxies=3)
    (tmp_path / "fetch.json").write_text("{")
    with pytest.raises(DataError, match=r"fetch\.json is damaged"):
        fetch(tmp_path, config, galaxies=3)
    assert not archive.asked


def test_two_fetches_at_a_time_do_not_share_a_folder(archive, config, tmp_path):
    def meanwhile(done, total):
        if done == 8:
            with pytest.raises(DataError, match="another fetch is writing"):
                fetch(tmp_path, config, galaxies=13)
            with pytest.raises(DataError, match="another first light is writing"):
                alone(tmp_path, "first light")

    fetch(tmp_path, config, galaxies=13, progress=meanwhile)


def test_an_interrupted_fetch_goes_on_where_it_stopped(archive, config, tmp_path):
    def interrupt(done, total):
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path, config, galaxies=13, progress=interrupt)
    assert fetch(tmp_path, config, galaxies=13).n_spectra == 13
    assert [len(ids) for ids in archive.spectra_asked()] == [8, 5]
    assert len(set(delivered_ids(tmp_path))) == 13
    assert len(archive.queries()) == 1


def test_a_killed_fetch_goes_on_where_it_stopped(archive, tmp_path):
    folder = tmp_path / "set"
    words = ("fetch", "--galaxies", "13", "--chunk", "8")
    words += ("--out", str(folder), "--server", archive.url)
    command = [sys.executable, "-c", "from core.cli import main; main()", *words]
    archive.trouble = ["ok", "ok", "silent"]
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, stderr=stderr)
    try:
        deadline = time.monotonic() + 120
        while len(archive.spectra_asked()) < 2 and time.monotonic() < deadline:
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        assert len(archive.spectra_asked()) == 2, log.read_text()
    finally:
        process.kill()
        process.wait()
    assert files_in(folder) == {"fetch.json", "sources.parquet", "xp/chunk-00001.fits"}
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].endswith("set: 13 spectra of 13 sources")
    assert [len(ids) for ids in archive.spectra_asked()] == [8, 5, 5]
    assert len(set(delivered_ids(folder))) == 13


def test_a_login_goes_to_both_services(archive, config, tmp_path):
    fetch(tmp_path / "a", config, galaxies=1, login=("sandage", "galaxies"))
    assert archive.cookies == ["JSESSIONID=sandage"] * 2
    with pytest.raises(DataError, match=r"\(401\): Invalid credentials"):
        fetch(tmp_path / "b", config, galaxies=1, login=("sandage", "stars"))
    assert not (tmp_path / "b").exists()


def test_no_password_travels_unencrypted(tmp_path):
    config = ArchiveConfig(server="http://archive.example")
    with pytest.raises(ConfigError, match="starts with https://"):
        fetch(tmp_path, config, galaxies=1, login=("sandage", "galaxies"))


def test_the_guard_of_these_tests_holds(archive, tmp_path):
    config = ArchiveConfig(server="http://192.0.2.1", tries=1)
    with pytest.raises(AssertionError, match=r"192\.0\.2\.1 is not this machine"):
        fetch(tmp_path, config, galaxies=1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"server": "gea.esac.esa.int"}, "Archive: expected an address"),
        ({"chunk": 5001}, "Chunk: expected 1 to 5000"),
        ({"chunk": 0}, "Chunk: expected 1 to 5000"),
        ({"format": "json"}, "Format of spectra: expected one of fits, csv"),
        ({"tries": 0}, "Tries: expected at least 1"),
        ({"timeout_s": 0}, "expected times"),
    ],
)
def test_settings_out_of_range_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        ArchiveConfig(**changes)
