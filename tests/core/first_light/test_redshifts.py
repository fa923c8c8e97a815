"""Where the galaxies of a first light come from: the archive's table of redshifts, or one's own."""

import json

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from core.data.archive.config import ArchiveConfig
from core.errors import DataError
from core.first_light.config import FirstLightConfig, Folder
from core.first_light.redshifts import draw, find_redshifts
from tests.support import archive_tables
from tests.support import first_light as sky
from tests.support.archive_redshifts import LAMOST, PHOTOMETRY, SPEC_OBJ, layout_with
from tests.support.archive_tables import Layout

N = 350


@pytest.fixture(scope="module")
def server():
    server = sky.serve(sky.galaxies(N))
    yield server
    server.close()


@pytest.fixture
def find(server, tmp_path, monkeypatch):
    """Find redshifts where the archive has some tables; return them, and what came and was said."""
    monkeypatch.setenv("XPZ_CACHE_DIR", str(tmp_path / "cache"))

    def run(*tables, layout=None, **settings):
        server.layout = layout or layout_with(*tables)
        archive = ArchiveConfig(server=server.url, tries=1)
        config = FirstLightConfig(galaxies=1000, archive=archive, **settings)
        folder, said = Folder(tmp_path / "light"), []
        came = find_redshifts(folder, config, said.append)
        found = json.loads(folder.found.read_text())
        return pd.read_parquet(folder.labels), found, [came, *said]

    return run


def usable(server):
    sources = server.sources
    return sources[(sources["spec_warning"] == 0) & (sources["spec_class"] == "GALAXY")]


def check(labels, server):
    """Hold the labels against the truth, to within what a match by place may lose."""
    truth = usable(server).set_index("source_id")["spec_z"]
    assert set(labels["source_id"]) == set(truth.index)
    np.testing.assert_allclose(labels["z_spec"], truth.loc[labels["source_id"]], atol=1e-6)


def test_lamost_is_joined_by_place_in_the_archive(find, server):
    labels, found, _ = find(LAMOST, PHOTOMETRY)
    check(labels, server)
    assert (found["table"], found["survey"]) == ("external.lamost_dr9_lrs", "LAMOST")
    assert "CONTAINS(POINT(s.ra, s.dec), CIRCLE(g.ra, g.dec, 0.0002777" in found["query"]
    left_out = found["accounts"][0]["left_out"]
    assert sum(left_out.values()) == N - len(labels)
    assert "not of type GALAXY (class)" in left_out


def test_of_several_tables_the_best_counts_and_the_others_are_named(find):
    _, found, said = find(LAMOST, SPEC_OBJ)
    assert found["table"] == "external.sdssdr17_specobj"
    assert found["others"] == ["external.lamost_dr9_lrs"]
    assert any("external.sdssdr17_specobj has spectroscopic redshifts" in line for line in said)


def test_photometry_alone_has_no_redshifts_and_it_is_said_what_to_do(find):
    message = (
        r"no table of spectroscopic redshifts .*gaiadr3\.sdssdr13_best_neighbour leads to SDSS's "
        r"photometry, which has none\. .*--redshifts FILE"
    )
    with pytest.raises(DataError, match=message):
        find(PHOTOMETRY)


def test_a_release_of_other_names_is_asked_in_them(find, server):
    layout = Layout(archive_tables.OTHER.columns | LAMOST, archive_tables.OTHER.descriptions)
    labels, found, said = find(layout=layout, release="Gaia DR4")
    check(labels, server)
    assert "FROM gaia_archive_dr4.extragalactic_objects AS c" in found["query"]
    assert any("no class by variability" in line for line in said)


def test_a_join_that_the_archive_refuses_is_told_with_the_way_out(find, monkeypatch):
    asked = archive_tables.query

    def refuse(layout, sources, spectra, adql, uploaded):
        if "lamost" in adql and "tap_schema" not in adql:
            return "Joins of external tables are not allowed"
        return asked(layout, sources, spectra, adql, uploaded)

    monkeypatch.setattr(archive_tables, "query", refuse)
    with pytest.raises(DataError, match=r"are not allowed.* do without external\.lamost.*specObj"):
        find(LAMOST)


def spec_obj(server, path):
    """Write a table as SDSS's specObj of the galaxies, half an arcsecond off."""
    sources = server.sources
    rng = np.random.default_rng(2)
    shift = rng.uniform(-0.3, 0.3, (2, len(sources))) / 3600
    table = {
        "SPECOBJID": sources["spec_id"].astype(str),
        "PLUG_RA": sources["ra"] + shift[0],
        "PLUG_DEC": sources["dec"] + shift[1],
        "Z": sources["spec_z"],
        "Z_ERR": sources["spec_z_err"],
        "ZWARNING": sources["spec_warning"],
        "CLASS": sources["spec_class"],
    }
    Table({name: np.array(values.tolist()) for name, values in table.items()}).write(path)
    return str(path)


def test_a_table_of_ones_own_is_matched_by_place(find, server, tmp_path):
    table = spec_obj(server, tmp_path / "specObj.fits")
    labels, found, said = find(PHOTOMETRY, redshifts=table)
    check(labels, server)
    assert found["table"] == "specObj.fits"
    assert found["way"] == "by place on the sky, within 1 arcsec"
    # Of SDSS's redshifts the archive knows which galaxies have one.
    assert "p.specobjid <> 0 ORDER BY g.random_index" in found["query"]
    assert f"{N} galaxies with XP spectra, to match {len(labels)} redshifts with." in said


def test_without_sdss_in_the_archive_all_its_galaxies_are_candidates(find, server, tmp_path):
    table = spec_obj(server, tmp_path / "specObj.fits")
    bare = archive_tables.without(archive_tables.DR3, "sdssdr13_best_neighbour")
    labels, found, _ = find(layout=bare, redshifts=table)
    check(labels, server)
    assert "specobjid" not in found["query"]


def test_a_table_with_gaias_ids_is_joined_by_them(find, server, tmp_path):
    kept = usable(server)
    table = tmp_path / "mine.csv"
    others = pd.DataFrame({"source_id": [5, 6], "z_spec": [0.1, 0.2]})
    own = kept[["source_id"]].assign(z_spec=kept["spec_z"])
    pd.concat([own, others]).to_csv(table, index=False)
    labels, found, _ = find(redshifts=str(table))
    check(labels, server)
    assert found["way"] == "by their source_id"


def test_too_few_are_refused_with_what_became_of_the_rest(find, server, tmp_path):
    table = tmp_path / "few.csv"
    kept = usable(server)[:40]
    kept[["ra", "dec"]].assign(z_spec=kept["spec_z"]).to_csv(table, index=False)
    with pytest.raises(
        DataError, match=r"few\.csv: expected redshifts of at least 300 .* found 40"
    ):
        find(redshifts=str(table))


def test_the_same_galaxies_are_drawn_each_time():
    table = pd.DataFrame({"source_id": np.repeat(np.arange(50), 2), "z_spec": 0.1})
    first, again = draw(table, 20, 0), draw(table.sample(frac=1, random_state=3), 20, 0)
    assert first["source_id"].nunique() == 20
    assert len(first) == 40  # repeated observations stay together
    assert first["source_id"].tolist() == again["source_id"].tolist()
    assert set(draw(table, 20, 1)["source_id"]) != set(first["source_id"])
