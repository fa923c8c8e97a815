"""Which of an archive's tables hold spectroscopic redshifts, and the queries that join them."""

import pytest

from core.data.archive.names import find_names
from core.data.archive.schema import Column, Table
from core.data.archive.spectroscopic import (
    BY_ID,
    BY_PLACE,
    BY_SDSS,
    candidates_query,
    labelled_query,
    photometry_of,
    redshift_tables,
)
from tests.support import archive_tables
from tests.support.archive_redshifts import LAMOST, PHOTOMETRY, SPEC_OBJ


def table_of(name, columns, description=""):
    held = tuple(Column(c.name, c.datatype, c.ucd, c.description) for c in columns)
    return Table(name, name.partition(".")[0], description, held)


def names_of(layout=archive_tables.DR3, release="Gaia DR3"):
    tables = [table_of(name, held) for name, held in layout.columns.items()]
    return find_names(release, [table for table in tables if table.release == release])


SDSS, BY_SKY, PHOTO = (
    table_of(name, held) for name, held in (*SPEC_OBJ.items(), *LAMOST.items(), *PHOTOMETRY.items())
)


def test_tables_of_redshifts_are_told_by_their_columns():
    found = redshift_tables([BY_SKY, PHOTO, SDSS], names_of())
    assert [(table.name, table.survey, table.way) for table in found] == [
        ("external.sdssdr17_specobj", "SDSS", BY_SDSS),
        ("external.lamost_dr9_lrs", "LAMOST", BY_PLACE),
    ]
    sdss, lamost = found
    assert sdss.columns == ("z", "zerr", "zwarning", "class")
    assert (lamost.on, lamost.columns[:2]) == (("ra", "dec"), ("z", "z_err"))
    assert {"obsid", "class", "fibermask"} <= set(lamost.columns)  # LAMOST is told by them again
    assert "class == GALAXY" in lamost.quality


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("external.sdssdr13_photoprimary", ("objid", "u", "g", "r", "i", "z", "class")),
        ("external.sdss_specobj", ("plate", "mjd", "z", "zwarning", "class")),  # no way to Gaia
        ("external.redshifts", ("ra", "dec", "z")),  # of what quality nobody knows
        ("external.photoz_and_spec", ("ra", "dec", "z_phot", "class")),
        ("external.other", ("ra", "dec", "z", "zwarning", "class")),  # nothing calls it so
    ],
)
def test_what_holds_no_spectroscopic_redshifts(name, columns):
    table = table_of(name, [archive_tables.Column(each) for each in columns])
    assert redshift_tables([table], names_of()) == []


def test_own_ids_count_in_a_table_of_the_release_alone():
    columns = [archive_tables.Column(name) for name in ("source_id", "z", "zwarning", "class")]
    own, other = (table_of(f"{at}.sdss_spec", columns) for at in ("gaiadr3", "gaiadr2"))
    (found,) = redshift_tables([own, other], names_of())
    assert (found.name, found.way, found.on) == ("gaiadr3.sdss_spec", BY_ID, ("source_id",))
    assert "JOIN gaiadr3.sdss_spec AS s ON s.source_id = c.source_id" in labelled_query(
        names_of(), found, 1.0
    )


def test_the_query_through_the_neighbours_of_sdss():
    (found,) = redshift_tables([SDSS], names_of())
    query = labelled_query(names_of(), found, 1.0)
    assert query.startswith(
        "SELECT g.source_id AS source_id, s.z, s.zerr, s.zwarning, s.class "
        "FROM gaiadr3.galaxy_candidates AS c JOIN gaiadr3.gaia_source AS g ON g.source_id = "
    )
    assert "LEFT JOIN gaiadr3.sdssdr13_best_neighbour AS t2 ON t2.source_id = c.source_id" in query
    assert "ON s.bestobjid = t2.original_ext_source_id WHERE" in query
    assert "g.has_xp_continuous = 'true'" in query


def test_candidates_are_those_of_which_sdss_took_a_spectrum_where_that_is_known():
    photometry = photometry_of([SDSS, PHOTO])
    assert (photometry.objid, photometry.specobjid) == ("objid", "specobjid")
    query = candidates_query(names_of(), 500, photometry)
    assert query.startswith("SELECT TOP 500 g.source_id AS source_id, g.ra, g.dec, ")
    joined = "external.sdssdr13_photoprimary AS p ON p.objid = t2.original_ext_source_id"
    assert joined in query
    assert query.endswith("AND p.specobjid <> 0 ORDER BY g.random_index")
    assert "photoprimary" not in candidates_query(names_of(), 500)
    lone = archive_tables.without(archive_tables.DR3, "sdssdr13_best_neighbour", "random_index")
    query = candidates_query(names_of(lone), 500, photometry)
    assert "photoprimary" not in query
    assert "ORDER BY" not in query
