"""Fetches from archives that call their tables as nobody guessed, or lack some."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from core.data.archive.config import ArchiveConfig
from core.data.archive.download import fetch
from core.data.archive.kept_names import MAX_AGE
from core.data.archive.link import Link
from core.data.cache import cache_folder
from core.errors import DataError
from tests.support import archive_tables

TYPES = ["EPOCH_SPECTRUM_XP", "MEAN_SPECTRUM_XP", "MEAN_SPECTRUM_XP_GRAVLENS"]


@pytest.fixture
def dr4(archive):
    archive.layout = archive_tables.OTHER
    archive.types = {"Gaia DR4": TYPES}
    return archive


@pytest.fixture
def config(archive):
    return ArchiveConfig(server=archive.url, chunk=8, tries=3, first_wait_s=0, timeout_s=10)


def sources_in(folder):
    return pd.read_parquet(folder / "sources.parquet")


def kept_file():
    (path,) = (cache_folder() / "archive").iterdir()
    return path


def test_every_kind_of_question_is_asked_in_the_archives_own_names(dr4, config, tmp_path):
    said = []
    wanted = dr4.sources.dropna(subset="redshift_ugc").sort_values("random_index")[:5]
    report = fetch(tmp_path / "a", config, galaxies=5, release="Gaia DR4", say=said.append)
    assert report.n_spectra == 5
    sources = sources_in(tmp_path / "a")
    assert sources["source_id"].tolist() == wanted["source_id"].tolist()
    np.testing.assert_allclose(sources["redshift_ugc_lower"], wanted["redshift_ugc_lower"])
    np.testing.assert_allclose(sources["g_mag"], wanted["phot_g_mean_mag"])
    assert said == ["Gaia DR4 has no class by variability; the purer sample is chosen without it."]
    told = json.loads((tmp_path / "a" / "report.json").read_text())
    assert told["sent"] == dr4.queries()[0]

    ra, dec = dr4.sources.loc[4, ["ra", "dec"]]
    fetch(tmp_path / "b", config, cone=(ra, dec, 0.01), release="Gaia DR4")
    assert sources_in(tmp_path / "b")["source_id"].tolist() == [dr4.sources["source_id"][4]]

    ids = dr4.sources["source_id"].to_numpy()[:3]
    fetch(tmp_path / "c", config, ids=ids, release="Gaia DR4")
    sources = sources_in(tmp_path / "c")
    assert sources["source_id"].tolist() == ids.tolist()
    assert sources.attrs == {"units": {"ra": "deg", "dec": "deg"}}  # as the archive says
    types = {words["RETRIEVAL_TYPE"] for _, words in dr4.asked if "RETRIEVAL_TYPE" in words}
    assert types == {"MEAN_SPECTRUM_XP"}


def test_the_archive_is_asked_once_and_again_when_that_is_long_ago(dr4, config, tmp_path):
    for name in ("a", "b"):
        fetch(tmp_path / name, config, galaxies=2, release="Gaia DR4")
    assert (len(dr4.schema_asked), len(dr4.links_asked)) == (2, 1)
    kept = json.loads(kept_file().read_text())
    assert kept["retrieval"] == "MEAN_SPECTRUM_XP"
    kept["asked"] = (datetime.now(UTC) - MAX_AGE - timedelta(minutes=1)).isoformat()
    kept_file().write_text(json.dumps(kept))
    fetch(tmp_path / "c", config, galaxies=2, release="Gaia DR4")
    assert len(dr4.schema_asked) == 4


@pytest.mark.parametrize("content", ["", "{", '{"server": 1}', "[]"])
def test_damaged_names_are_asked_for_again(dr4, config, tmp_path, content):
    fetch(tmp_path / "a", config, galaxies=2, release="Gaia DR4")
    kept_file().write_text(content)
    assert fetch(tmp_path / "b", config, galaxies=2, release="Gaia DR4").n_spectra == 2
    assert len(dr4.schema_asked) == 4


def test_names_that_changed_meanwhile_are_asked_for_again(dr4, config, tmp_path):
    fetch(tmp_path / "a", config, galaxies=2, release="Gaia DR4")
    dr4.layout = archive_tables.renamed(dr4.layout, "zg", "zgal")
    assert fetch(tmp_path / "b", config, galaxies=2, release="Gaia DR4").n_spectra == 2
    assert "t2.zgal AS redshift_ugc" in dr4.queries()[-1]


def test_an_unwritable_cache_stops_nothing(dr4, config, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XPZ_CACHE_DIR", str(tmp_path / "file"))
    assert fetch(tmp_path / "a", config, galaxies=2, release="Gaia DR4").n_spectra == 2


def test_a_question_goes_on_without_what_is_not_there(dr4, config, tmp_path):
    lacking = ("spectral_products", "galaxy_redshifts", "random_number", "g_mean_magnitude")
    dr4.layout = archive_tables.without(dr4.layout, *lacking)
    said = []
    report = fetch(tmp_path, config, galaxies=4, release="Gaia DR4", say=said.append)
    assert report.n_spectra == 4
    assert sources_in(tmp_path)["redshift_ugc"].isna().all()
    assert said == [
        "Gaia DR4 has no G magnitude; sources come without magnitudes.",
        "Gaia DR4 has no flag of XP spectra; every source found is asked for its spectrum.",
        "Gaia DR4 has no order at random; galaxies come in the archive's own order.",
        "Gaia DR4 has no class by variability; the purer sample is chosen without it.",
        "Gaia DR4 has no redshift of UGC or its successor, lower bound of the redshift, upper "
        "bound of the redshift; no redshifts of Gaia's own stand beside ours.",
    ]


def test_without_galaxies_ids_go_on_and_cones_say_what_there_is(dr4, config, tmp_path):
    dr4.layout = archive_tables.without(dr4.layout, "extragalactic_objects", "galaxy_redshifts")
    with pytest.raises(DataError, match=r"no galaxy candidates; found: gaia_archive_dr4\.quasars"):
        fetch(tmp_path / "a", config, cone=(1.0, 2.0, 3.0), release="Gaia DR4")
    assert not (tmp_path / "a").exists()
    ids = dr4.sources["source_id"].to_numpy()[:3]
    assert fetch(tmp_path / "b", config, ids=ids, release="Gaia DR4").n_spectra == 3


def test_a_release_that_is_not_there_ends_at_once(archive, config, tmp_path):
    with pytest.raises(DataError, match=r"expected one of Gaia DR2, Gaia DR3.*received 'Gaia DR4'"):
        fetch(tmp_path / "a", config, galaxies=2, release="Gaia DR4")
    assert (len(archive.schema_asked), archive.asked) == (1, [])
    assert not (tmp_path / "a").exists()
    assert not (cache_folder() / "archive").exists()


def test_a_server_that_tells_no_types_is_asked_as_of_old(archive, config, tmp_path):
    archive.tells_types = False
    assert fetch(tmp_path, config, galaxies=2).n_spectra == 2
    assert len(archive.links_asked) == 1


@pytest.mark.parametrize(
    ("types", "words"),
    [
        ({"Gaia DR4": ["OTHER_SPECTRA"]}, "Unknown retrieval type: MEAN_SPECTRUM_XP"),
        ({}, "Unknown release: Gaia DR4"),
    ],
)
def test_what_the_archive_will_never_grant_is_asked_for_once(dr4, config, tmp_path, types, words):
    dr4.types = types
    said = []
    with pytest.raises(DataError, match=rf"refused the request \(500\): {words}"):
        fetch(tmp_path, config, ids=[1], release="Gaia DR4", say=said.append)
    assert len(dr4.spectra_asked()) == 1
    assert not any("again" in sentence for sentence in said)


@pytest.mark.parametrize("trouble", ["busy", "cut", "gone", "empty", "notice"])
def test_a_broken_tap_schema_is_asked_again(dr4, config, tmp_path, trouble):
    dr4.schema_trouble = [trouble, "ok", trouble]
    link = Link(config, lambda _: None)
    names = link.names("Gaia DR4")
    link.close()
    assert names.column("redshift_ugc").name == "zg"
    assert dr4.schema_trouble == []
