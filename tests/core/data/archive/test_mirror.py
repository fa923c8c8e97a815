"""A mirror that speaks TAP alone and has coefficients as array columns."""

import numpy as np
import pandas as pd
import pytest

from core.data.archive.config import ArchiveConfig
from core.data.archive.download import fetch
from core.data.tables.folders import find_files
from core.errors import ConfigError, DataError
from tests.support import archive_tables
from tests.support.spectra_files import read_spectra


@pytest.fixture
def mirror(archive):
    archive.layout = archive_tables.MIRROR
    return archive


@pytest.fixture
def config(archive):
    server = f"{archive.url}/tap"
    return ArchiveConfig(server=server, chunk=8, tries=3, first_wait_s=0, timeout_s=10)


def spectra_in(folder):
    parts = [read_spectra(path) for path in find_files([folder / "xp"])]
    return (
        np.concatenate([part.source_id for part in parts]),
        np.concatenate([part.flux for part in parts]),
        np.concatenate([part.flux_error for part in parts]),
    )


@pytest.mark.parametrize("how", ["galaxies", "cone", "ids"])
def test_sources_and_spectra_come_by_one_query(mirror, config, tmp_path, xp_archive, how):
    mirror.sources = mirror.sources.iloc[:7]
    known = mirror.sources["source_id"].to_numpy()
    asked = {"galaxies": 4, "cone": (0.0, 0.0, 180.0), "ids": known[:5]}[how]
    report = fetch(tmp_path, config, **{how: asked})
    assert len(mirror.asked) == 1
    ids, flux, flux_error = spectra_in(tmp_path)
    sources = pd.read_parquet(tmp_path / "sources.parquet")
    assert ids.tolist() == sources["source_id"].tolist()
    assert report.n_spectra == len(ids) == {"galaxies": 4, "cone": 7, "ids": 5}[how]
    rows = [mirror.spectra.source_id.tolist().index(source) for source in ids]
    np.testing.assert_allclose(flux, xp_archive.samples(mirror.spectra)[rows], rtol=1e-4)
    assert np.isfinite(flux_error).all()


def test_more_than_a_chunk_comes_chunk_by_chunk(mirror, config, tmp_path, xp_archive):
    assert fetch(tmp_path, config, cone=(0.0, 0.0, 180.0)).n_files == 3
    ids, flux, _ = spectra_in(tmp_path)
    assert sorted(ids) == sorted(mirror.spectra.source_id)
    rows = [mirror.spectra.source_id.tolist().index(source) for source in ids]
    np.testing.assert_allclose(flux, xp_archive.samples(mirror.spectra)[rows], rtol=1e-4)
    (tmp_path / "xp" / "chunk-00002.parquet").unlink()
    before = len(mirror.asked)
    assert fetch(tmp_path, config, cone=(0.0, 0.0, 180.0)).n_spectra == 20
    assert len(mirror.asked) == before + 1


def test_ids_without_a_spectrum_and_those_unknown_are_told_apart(mirror, config, tmp_path):
    known = mirror.sources["source_id"].to_numpy()
    mirror.spectra = type(mirror.spectra)(known[:2], mirror.spectra.bp[:2], mirror.spectra.rp[:2])
    report = fetch(tmp_path, config, ids=np.array([*known[:4], 5]))
    assert (report.n_spectra, report.n_without, report.n_unknown) == (2, 2, 1)
    assert len(mirror.asked) == 1


def test_rows_that_come_twice_are_kept_once(mirror, config, tmp_path):
    mirror.repeats = True
    assert fetch(tmp_path, config, ids=mirror.sources["source_id"].to_numpy()[:4]).n_spectra == 4
    assert len(spectra_in(tmp_path)[0]) == 4


def test_a_query_of_ones_own_brings_its_spectra_afterwards(mirror, config, tmp_path):
    adql = "SELECT TOP 3 source_id FROM gaiadr3.gaia_source"
    assert fetch(tmp_path, config, adql=adql).n_spectra == 3
    assert len(mirror.asked) == 2


def test_without_coefficients_nothing_is_begun(mirror, config, tmp_path):
    mirror.layout = archive_tables.without(mirror.layout, "xp_continuous_mean_spectrum")
    with pytest.raises(DataError, match="no XP spectra as array columns; found: gaiadr3"):
        fetch(tmp_path / "a", config, galaxies=3)
    assert mirror.asked == []
    assert not (tmp_path / "a").exists()


def test_nobody_logs_in_to_a_mirror(mirror, config, tmp_path):
    with pytest.raises(ConfigError, match="log in to ESA's archive alone"):
        fetch(tmp_path, config, galaxies=1, login=("sandage", "galaxies"))


def test_a_result_that_was_cut_is_no_result(mirror, config, tmp_path):
    fetch(tmp_path / "a", config, galaxies=2)
    mirror.max_rows = 5
    with pytest.raises(DataError, match=r"cut the result at 5 rows, its limit\. Ask for less"):
        fetch(tmp_path / "b", config, galaxies=7)
    assert not (tmp_path / "b").exists()


def test_a_fetch_that_broke_before_its_spectra_were_written_goes_on(
    mirror, config, tmp_path, monkeypatch, xp_archive
):
    def broken(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("core.data.archive.download.write_arrays", broken)
        with pytest.raises(KeyboardInterrupt):
            fetch(tmp_path, config, galaxies=6)
    assert fetch(tmp_path, config, galaxies=6).n_spectra == 6
    ids, flux, _ = spectra_in(tmp_path)
    assert ids.tolist() == pd.read_parquet(tmp_path / "sources.parquet")["source_id"].tolist()
    rows = [mirror.spectra.source_id.tolist().index(source) for source in ids]
    np.testing.assert_allclose(flux, xp_archive.samples(mirror.spectra)[rows], rtol=1e-4)
