import numpy as np
import pytest

from core.data.archive.question import ask, release_named
from core.errors import ConfigError


def words(question):
    return " ".join(question.adql.split())


def test_galaxies_are_the_purer_sample_with_spectra_and_redshifts_in_random_order():
    assert words(ask(galaxies=1000)) == (
        "SELECT TOP 1000 g.source_id, g.ra, g.dec, g.phot_g_mean_mag, "
        "c.redshift_ugc, c.redshift_ugc_lower, c.redshift_ugc_upper "
        "FROM gaiadr3.galaxy_candidates AS c "
        "JOIN gaiadr3.gaia_source AS g ON g.source_id = c.source_id "
        "WHERE (c.radius_sersic IS NOT NULL OR c.classlabel_dsc_joint = 'galaxy' "
        "OR c.vari_best_class_name = 'GALAXY') AND g.has_xp_continuous = 'true' "
        "AND c.redshift_ugc IS NOT NULL ORDER BY g.random_index"
    )


def test_a_cone_keeps_every_digit_and_asks_for_no_redshift():
    adql = words(ask(cone=(194.95305, 27.98069, 0.5)))
    assert "1 = CONTAINS(POINT(g.ra, g.dec), CIRCLE(194.95305, 27.98069, 0.5))" in adql
    assert "has_xp_continuous = 'true'" in adql
    assert "redshift_ugc IS NOT NULL" not in adql


def test_ids_are_joined_from_an_uploaded_table_and_need_not_be_galaxies():
    question = ask(ids=np.array([3, 1]))
    assert question.ids.dtype == np.int64
    assert "FROM tap_upload.asked AS a JOIN gaiadr3.gaia_source" in words(question)
    assert "LEFT JOIN gaiadr3.galaxy_candidates" in words(question)


def test_another_release_has_other_tables():
    assert "gaiadr4.galaxy_candidates" in words(ask(galaxies=1, release="Gaia DR4"))
    with pytest.raises(ConfigError, match=r"Release: expected Gaia DR3.*'Gaia DR2'"):
        ask(galaxies=1, release="Gaia DR2")
    with pytest.raises(ConfigError, match="Release"):
        ask(adql="SELECT", release="DR3")


def test_a_query_loses_its_semicolon_and_must_not_be_empty():
    assert ask(adql=" SELECT source_id FROM x ;\n").adql == "SELECT source_id FROM x"
    with pytest.raises(ConfigError, match="received none"):
        ask(adql=" ; ")


def test_questions_are_told_apart_by_their_ids_and_order():
    one, other = ask(ids=np.array([1, 2])).to_dict(), ask(ids=np.array([2, 1])).to_dict()
    assert one["ids_sha256"] != other["ids_sha256"]
    assert one == ask(ids=np.array([1, 2], np.int32)).to_dict()


@pytest.mark.parametrize(
    "cone", [(-1, 0, 1), (361, 0, 1), (0, 91, 1), (0, 0, 0), (0, 0, 181), (float("nan"), 0, 1)]
)
def test_cones_that_cannot_be_are_refused(cone):
    with pytest.raises(ConfigError, match="Cone: expected"):
        ask(cone=cone)


def test_no_galaxies_are_no_question():
    with pytest.raises(ConfigError, match="at least 1, received 0"):
        ask(galaxies=0)


@pytest.mark.parametrize("text", ["Gaia DR5", "gaia dr5", " DR5", "Gaia_DR 5", "gaiadr5"])
def test_a_release_is_known_however_it_is_typed_also_one_to_come(text):
    assert release_named(text) == "Gaia DR5"


@pytest.mark.parametrize("text", ["", "banana", "DR", "DR0", "Gaia DR3.1", "Gaia EDR3", "3"])
def test_what_is_no_release_is_refused(text):
    with pytest.raises(ConfigError, match=f"expected a release of Gaia, .*received '{text}'"):
        release_named(text)
