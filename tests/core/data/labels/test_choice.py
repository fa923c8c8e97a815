import pytest

from core.data.labels.choice import (
    UndecidedError,
    choose,
    choose_by_hand,
    choose_position,
    require_one,
)
from core.errors import DataError

SPECTROSCOPIC = (
    *("z_spec", "zspec", "spec_z", "specz", "zsp", "z_sp", "Z_SPEC", "redshift_spec", "spec-z"),
    *("spectroscopic redshift", "z_spectroscopic", "sdss_zspec", "z_spec_best", "zspec.1"),
    *("ez_z_spec", "gaia_zspec"),
)
VAGUE = ("z", "Z", "redshift", "zbest", "Z_BEST", "z_helio", "zcmb", "z_gal", "z_desi", "z_2df")
NEVER = (
    *("z_phot", "zphot", "photoz", "photo_z", "z_photo", "zph", "photoz_best", "z_b", "zb"),
    *("z_ml", "Z_B", "bpz_z_b", "z_template", "z_temp", "lp_zBEST", "ez_z_phot", "z_peak"),
    *("z_mc", "z_gaia", "redshift_gaia", "ugc_z", "redshift_qsoc", "zphot_mean", "z_pdf"),
    *("z_spec_phot", "z_model"),
)
NO_REDSHIFT = (
    *("zerr", "z_err", "z_spec_err", "e_z", "zwarn", "z_flag", "zspec_qual", "z_source", "z_ref"),
    *("size", "ra", "redshift_ugc", "z_ugc", "mag_z", "modelmag_z", "z1", "zone", "nz", "z_lower"),
    "z_phot_l68",
)


@pytest.mark.parametrize("name", SPECTROSCOPIC)
def test_a_spectroscopic_name_beats_a_vague_one_and_says_so(name):
    found = choose("z", ["source_id", "z", name, "z_phot"])
    assert found.column == name
    assert found.words == (
        f"{name} (spectroscopic; left aside: z, z_phot (photometric or of templates: never a "
        "label))"
    )


@pytest.mark.parametrize("name", VAGUE)
def test_a_vague_name_counts_where_it_is_alone(name):
    assert choose("z", ["source_id", name, "z_phot"]).column == name


@pytest.mark.parametrize("name", NEVER)
def test_photometric_names_and_those_of_templates_are_never_labels(name):
    found = choose("z", ["source_id", name])
    assert found.position is None
    assert found.left_aside[0].startswith(f"{name} (photometric")
    with pytest.raises(DataError, match=r"column of redshifts.*Left aside: .*never a label"):
        require_one(found, "t.csv")


def test_a_catalogue_of_ours_tells_predicted_redshifts_from_known_ones():
    ours = ["source_id", "z", "z_lower", "z_upper", "sigma_z", "flags"]
    assert choose("z", ours).position is None
    assert choose("z", ours).left_aside == ("z (predicted: never a label)",)
    assert choose("z", [*ours, "z_input"]).column == "z_input"  # its input called it z
    assert choose("z", [*ours, "z_spec", "z_input"]).column == "z_spec"
    assert choose("z", ["source_id", "z", "z_lower", "z_upper"]).column == "z"


@pytest.mark.parametrize("name", NO_REDSHIFT)
def test_names_that_only_hold_a_z_are_no_redshifts(name):
    found = choose("z", ["source_id", name])
    assert (found.position, found.left_aside, found.rivals) == (None, (), ())


@pytest.mark.parametrize(
    "names",
    [
        *(("z", "Z"), ("z_helio", "z_cmb"), ("z", "redshift"), ("zspec", "z_sp"), ("z_1", "z_2")),
        *(("Z_SPEC", "z_spec"), ("z_sdss", "z_desi"), ("z", "z_best"), ("z", "z.1")),
    ],
)
def test_where_names_do_not_decide_they_are_listed(names):
    found = choose("z", ["source_id", *names, "z_phot"])
    assert found.rivals == names
    assert found.words.startswith(f"none: several columns could be it ({', '.join(names)})")
    with pytest.raises(UndecidedError, match=r"could be z: '.*'\. Keep one of them, or"):
        found.require("t.csv")


def test_the_magnitude_of_the_z_band_gives_way_to_redshifts():
    bands = ["u", "g", "r", "i", "z"]
    assert choose("z", [*bands, "redshift"]).column == "redshift"
    assert choose("z", [*bands, "Z"]).column == "Z"
    assert choose("z", [*bands, "cz"]).column == "cz"
    assert choose("z", bands).words == "z (perhaps the z band's magnitude)"


def test_velocities_count_where_there_are_no_redshifts():
    assert choose("z", ["cz", "z"]).column == "z"
    assert choose("z", ["ra", "cz"]).words == "cz (velocity c z)"


@pytest.mark.parametrize(
    ("names", "column"),
    [
        (("source_id", "gaia_dr3_source_id"), "gaia_dr3_source_id"),
        (("dr2_source_id", "dr3_source_id"), "dr3_source_id"),
        (("designation", "SOURCE_ID"), "SOURCE_ID"),
        (("gaia_dr2_source_id", "source_id"), "source_id"),
        (("gaiaedr3_source_id", "gaiadr2_source_id"), "gaiaedr3_source_id"),
        (("source", "gaia_id"), "gaia_id"),
        (("Source", "RA_ICRS"), "Source"),
        (("DR3Name", "Source", "designation"), "designation"),
        (("DR3Name", "Source", "GaiaDR2"), "DR3Name"),
        (("RA_ICRS", "GaiaDR3", "source"), "GaiaDR3"),
        (("GaiaDR2", "SDSS_DR7_name"), None),
        (("gaia_dr2_source_id",), None),
        (("sdss_dr7_id", "ls_dr9_id"), None),
    ],
)
def test_ids_of_the_right_release_count(names, column):
    assert choose("source_id", names).column == column


def test_ids_of_another_release_are_left_aside_with_the_reason():
    found = choose("source_id", ["gaia_dr2_source_id", "z"])
    assert "gaia_dr2_source_id (of Gaia DR2: translate them " in found.words
    assert "gaiadr3.dr2_neighbourhood" in found.words
    assert choose("source_id", ["source_id", "gaia_id"]).rivals == ("source_id", "gaia_id")


@pytest.mark.parametrize(
    ("names", "column"),
    [
        (("g_mag", "phot_g_mean_mag"), "phot_g_mean_mag"),
        (("gmag", "Gmag", "rmag", "imag"), "Gmag"),
        (("gmag", "rmag", "imag"), None),
        (("mag_g", "bp_mag"), "mag_g"),
        (("gaia_g_mean_mag", "mag_g"), "gaia_g_mean_mag"),
    ],
)
def test_gaias_magnitude_is_told_from_other_surveys(names, column):
    assert choose("g_mag", names).column == column


def test_positions_come_in_pairs():
    ra, dec = choose_position(["RA", "TARGET_RA", "TARGET_DEC", "DEC"])
    assert (ra.words, dec.words) == ("TARGET_RA (left aside: RA)", "TARGET_DEC (left aside: DEC)")
    ra, dec = choose_position(["target_ra", "RAJ2000", "DEJ2000"])
    assert (ra.column, dec.column) == ("RAJ2000", "DEJ2000")
    ra, dec = choose_position(["ra", "RA", "dec"])
    assert (ra.rivals, dec.column) == (("ra", "RA"), "dec")
    with pytest.raises(DataError, match=r"right ascensions \[deg\], called target_ra or plug_ra"):
        require_one(choose_position(["alpha", "delta"])[0], "t.csv")


def test_a_column_is_chosen_by_hand_as_it_is_spelt_or_else_whatever_the_case():
    names = ["z", "Z", "Z_PHOT"]
    assert choose_by_hand("z", "Z", names, "t").position == 1
    assert choose_by_hand("z", "z_phot", names, "t").words == "Z_PHOT (by hand)"
    with pytest.raises(DataError, match=r"called v; found z, Z, Z_PHOT.*--z"):
        choose_by_hand("z", "v", names, "t")
    with pytest.raises(UndecidedError, match="'zs', 'ZS'"):
        choose_by_hand("z", "Zs", ["zs", "ZS"], "t")


def test_names_that_may_be_velocities_are_told_where_there_is_no_redshift():
    with pytest.raises(DataError, match=r"If 'v' holds velocities c z, add --z v --z-unit km/s"):
        require_one(choose("z", ("ra", "dec", "v")), "t")
