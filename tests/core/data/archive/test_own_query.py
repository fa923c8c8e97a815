"""Queries of one's own that cannot work are refused before the archive is asked, no others."""

import pytest

from core.data.archive.question import ask
from core.errors import ConfigError

DR3, DR4 = "Gaia DR3", "Gaia DR4"


@pytest.mark.parametrize(
    ("adql", "received"),
    [
        ("select ra from gaiadr3.gaia_source", "selects ra. Select it as well."),
        ("SELECT TOP 5 g.ra, g.dec FROM gaiadr3.gaia_source AS g", r"selects g\.ra, g\.dec\."),
        ("SELECT ra -- source_id\nFROM gaiadr3.gaia_source", "selects ra"),
        ("SELECT ra, 'source_id, *' FROM gaiadr3.gaia_source", "selects ra"),
        ("SELECT source_id AS id FROM gaiadr3.gaia_source", "selects source_id AS id"),
        ("SELECT COUNT(*) FROM gaiadr3.gaia_source", r"selects COUNT\(\*\)"),
        ("SELECT ra FROM (SELECT source_id, ra FROM gaiadr3.gaia_source) AS q", "selects ra"),
    ],
)
def test_a_query_without_ids_is_refused(adql, received):
    with pytest.raises(ConfigError, match=rf"expected a query that selects source_id.*{received}"):
        ask(adql=adql, release=DR3)


@pytest.mark.parametrize(
    "adql",
    [
        "SELECT source_id FROM gaiadr3.gaia_source",
        'select "source_id" from "gaiadr3"."gaia_source" as g, gaiadr3.galaxy_candidates as c',
        "SELECT * FROM gaiaedr3.gaia_source WHERE 1=CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))",
        "SELECT source_id FROM (SELECT * FROM gaiadr3.gaia_source) AS q ORDER BY ra, dec",
        "SELECT source_id FROM gaiadr3.gaia_source -- JOIN gaiadr4.gaia_source",
    ],
)
def test_a_query_of_another_release_alone_is_refused(adql):
    said = r"sources of Gaia DR4, received one of gaiae?dr3 alone, .* the release Gaia DR3\.$"
    with pytest.raises(ConfigError, match=said):
        ask(adql=adql, release=DR4)
    assert ask(adql=adql, release=DR3).adql == adql


def test_a_release_without_spectra_is_not_advised():
    said = r"those of Gaia DR2\. Name tables of Gaia DR3 \(xpz archive check .* there are\)\.$"
    with pytest.raises(ConfigError, match=said):
        ask(adql="SELECT source_id FROM gaiadr2.gaia_source", release=DR3)


@pytest.mark.parametrize(
    "adql",
    [
        "SELECT * FROM gaiadr4.gaia_source",
        "SELECT TOP 10 * FROM gaiadr4.gaia_source",
        "SELECT g.*, 1 AS one FROM gaiadr4.gaia_source AS g",
        'SELECT g."SOURCE_ID" FROM gaiadr4.gaia_source AS g',
        "SELECT DISTINCT dr4_source_id AS source_id FROM user_me.mine",
        "SELECT MAX(source_id) FROM gaiadr4.gaia_source GROUP BY ra",
        "SELECT source_id + 0 FROM gaiadr4.gaia_source",
        # Ids of DR4 by way of DR3, and by tables whose release nothing tells.
        "SELECT n.source_id FROM gaiadr3.gaia_source AS g JOIN gaiadr4.dr3_neighbourhood AS n "
        "ON n.dr3_source_id = g.source_id",
        "SELECT source_id FROM gaiadr3.gaia_source, user_me.mine",
        "SELECT m.source_id FROM user_me.mine AS m JOIN gaiadr3.gaia_source AS g ON m.id = g.ra",
        "SELECT source_id FROM gaiadr3.gaia_source JOIN (SELECT * FROM tap_upload.asked) AS a",
        "SELECT source_id FROM dr3_neighbourhood",
        "SELECT source_id FROM gaiadr3_contrib.mine",
        # The archive says what is wrong with these.
        "SELECT source_id",
        "/* mine */ SELEKT source_id FROM x",
    ],
)
def test_what_may_work_is_left_to_the_archive(adql):
    assert ask(adql=adql, release=DR4).adql == adql
