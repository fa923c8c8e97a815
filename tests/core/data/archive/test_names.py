"""What is found in the tables of archives, as they describe them."""

import pytest

from core.data.archive.names import find_names, preferred
from core.data.archive.question import ask
from core.data.archive.schema import Column, Table, tables_of
from core.errors import DataError
from tests.support import archive_tables


def tables(layout, release):
    found = [
        Table(
            name,
            name.partition(".")[0],
            layout.descriptions.get(name, ""),
            tuple(Column(c.name, c.datatype, c.ucd, c.description) for c in columns),
        )
        for name, columns in layout.columns.items()
    ]
    return [table for table in found if table.release == release]


def names(layout, release):
    return find_names(release, tables(layout, release))


def places(found):
    return {column.key: f"{column.table}.{column.name}" for column in found.columns}


def test_dr3_is_found_by_its_own_names():
    found = names(archive_tables.DR3, "Gaia DR3")
    guessed = places(preferred("Gaia DR3"))
    assert {key: places(found)[key] for key in guessed} == guessed
    assert {column.how for column in found.columns} == {"by its name"}
    assert found.table("neighbours_dr2").name == "gaiadr3.dr2_neighbourhood"
    assert found.table("neighbours_dr2").source_id == "dr3_source_id"
    assert places(found)["dr2_source_id"] == "gaiadr3.dr2_neighbourhood.dr2_source_id"
    assert places(found)["sdss_id"].endswith("sdssdr13_best_neighbour.original_ext_source_id")
    assert found.table("spectra") is None
    assert found.missing("galaxies") == []


def test_names_that_nobody_guessed_are_found_by_likeness_and_description():
    found = names(archive_tables.OTHER, "Gaia DR4")
    schema = "gaia_archive_dr4"
    assert places(found) == {
        "ra": f"{schema}.source.ra",
        "dec": f"{schema}.source.dec",
        "g_mag": f"{schema}.source.g_mean_magnitude",
        "random_index": f"{schema}.source.random_number",
        "has_xp": f"{schema}.spectral_products.mean_spectrum_available",
        "radius_sersic": f"{schema}.extragalactic_objects.galaxy_radius_sersic",
        "class_dsc": f"{schema}.extragalactic_objects.class_joint",
        "redshift_ugc": f"{schema}.galaxy_redshifts.zg",
        "redshift_ugc_lower": f"{schema}.galaxy_redshifts.zg_lo",
        "redshift_ugc_upper": f"{schema}.galaxy_redshifts.zg_hi",
        "dr3_source_id": f"{schema}.xmatch_dr3.gaia_dr3_source_id",
    }
    assert found.column("has_xp").how == "by its description"
    assert found.table("neighbours_dr3").source_id == "source_id"
    assert found.missing("cone") == [
        "Gaia DR4 has no class by variability; the purer sample is chosen without it."
    ]


def test_quasars_are_no_galaxies():
    layout = archive_tables.without(
        archive_tables.OTHER, "galaxy_redshifts", "extragalactic_objects"
    )
    found = names(layout, "Gaia DR4")
    assert found.table("galaxies") is None
    assert found.column("redshift_ugc") is None
    with pytest.raises(DataError, match=r"no galaxy candidates; found: .*quasars.*ids and ADQL"):
        found.require("galaxies")
    assert found.missing("ids")[0].startswith("Gaia DR4 has no galaxy candidates; cones and")


@pytest.mark.parametrize(
    ("name", "datatype", "description", "found"),
    [
        ("has_mean_spectrum_xp", "boolean", "", True),
        ("xp_spectra_available", "bool", "", True),
        ("n_xp_mean", "SMALLINT", "", True),
        ("available", "boolean", "Flag: the source has a BP/RP spectrum as coefficients", True),
        ("has_xp_sampled", "boolean", "", False),
        ("has_epoch_xp", "boolean", "", False),
        ("bp_rp", "float", "", False),
        ("xp_mean", "double", "", False),
        ("n_obs", "short", "Number of transits in the BP/RP spectra", False),
    ],
)
def test_a_flag_of_spectra_is_no_colour_and_no_other_kind_of_spectrum(
    name, datatype, description, found
):
    columns = (Column("source_id"), Column("ra"), Column("dec"))
    flag = Column(name, datatype, "", description)
    table = Table("gaiadr4.gaia_source", "gaiadr4", "", (*columns, flag))
    has_xp = find_names("Gaia DR4", [table]).column("has_xp")
    assert (has_xp is not None) == found


@pytest.mark.parametrize(
    ("name", "schema", "description", "release"),
    [
        ("gaiadr3.gaia_source", "gaiadr3", "", "Gaia DR3"),
        ("gaiaedr3.gaia_source", "gaiaedr3", "", "Gaia EDR3"),
        ("gaiadr4.dr3_neighbourhood", "gaiadr4", "", "Gaia DR4"),
        ("gaia_dr_4.source", "gaia_dr_4", "", "Gaia DR4"),
        ("gaia4.source", "gaia4", "", "Gaia DR4"),
        ("gaia.dr3lite", "gaia", "", "Gaia DR3"),
        ("gdr3spec.spectra", "gdr3spec", "", "Gaia DR3"),
        ("survey.main", "survey", "Sources of Gaia Data Release 4", "Gaia DR4"),
        ("sdssdr13.photo", "sdssdr13", "", None),
        ("external.sdssdr3_photo", "external", "", None),
    ],
)
def test_the_release_of_a_table(name, schema, description, release):
    assert Table(name, schema, description).release == release


def test_tables_are_named_with_their_schema_and_tap_schema_is_left_out():
    rows = [
        {"schema_name": "gaiadr4", "table_name": "source", "description": None},
        {"schema_name": "gaiadr4", "table_name": "gaiadr4.galaxies", "description": "Galaxies"},
        {"schema_name": "TAP_SCHEMA", "table_name": "TAP_SCHEMA.tables", "description": ""},
    ]
    assert [table.name for table in tables_of(rows)] == ["gaiadr4.source", "gaiadr4.galaxies"]


def test_one_table_may_hold_sources_and_galaxies():
    columns = [Column(name) for name in ("source_id", "ra", "dec", "has_xp_continuous")]
    table = Table("gaiadr4.galaxies", "gaiadr4", "The main table of all sources", tuple(columns))
    found = find_names("Gaia DR4", [table])
    assert ask(galaxies=2, release="Gaia DR4").in_names(found).split(" WHERE ")[0] == (
        "SELECT TOP 2 c.source_id, c.ra, c.dec FROM gaiadr4.galaxies AS c "
    )


def test_a_flag_may_be_a_number():
    columns = dict(archive_tables.DR3.columns)
    columns["gaiadr3.gaia_source"] = tuple(
        archive_tables.Column("n_xp_mean", datatype="smallint")
        if column.name == "has_xp_continuous"
        else column
        for column in columns["gaiadr3.gaia_source"]
    )
    found = names(archive_tables.Layout(columns, {}), "Gaia DR3")
    assert "AND g.n_xp_mean > 0" in ask(cone=(1.0, 2.0, 3.0)).in_names(found)
