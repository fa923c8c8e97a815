import numpy as np
import pytest

from core.data.labels.cuts import Cut, parse_cuts
from core.data.labels.quality import MATCHED, Asked, quality_of
from core.data.labels.surveys import WARNING
from core.errors import ConfigError

KNOWN = {
    "DESI": ("Z", "ZWARN", "SPECTYPE", "OBJTYPE", "DELTACHI2", "COADD_FIBERSTATUS"),
    "SDSS": ("Z", "Z_ERR", "ZWARNING", "CLASS", "SPECPRIMARY"),
    "GAMA": ("Z", "nQ"),
    "LAMOST": ("obsid", "class", "subclass", "z", "fibermask"),
    "6dFGS": ("cz", "e_cz", "q_cz"),
    "6dFGS ": ("6dFGSname", "cz", "Q"),
    "2dFGRS": ("z", "q_z", "Bjmag"),
    "2MRS": ("Ktmag", "cz", "e_cz"),
}


@pytest.mark.parametrize("survey", KNOWN)
def test_surveys_are_recognised_by_their_columns_and_their_own_cuts_made(survey):
    quality = quality_of(KNOWN[survey])
    assert quality.survey == survey.strip()
    assert set(quality.columns) <= set(KNOWN[survey])
    assert f"(recommended by {survey.strip()}: " in quality.words


def test_a_matched_table_tells_the_cuts_that_were_made():
    columns = ("source_id", "z_spec", "separation_arcsec", "redshift_row")
    assert quality_of(columns).words == (
        "none here; when the redshifts were matched: by xpz crossmatch, whose account names them"
    )
    sdss = quality_of(KNOWN["SDSS"])
    told = quality_of(("source_id", "z_spec"), descriptions=("", f"{MATCHED}\n {sdss.words}"))
    assert told.words == f"none here; when the redshifts were matched: {sdss.words}"
    own = quality_of(("z_spec", "q"), Asked(parse_cuts("q>=3")), (MATCHED + "none",))
    assert own.words == "q >= 3 here; when the redshifts were matched: none"


def kept(columns, asked=None):
    names = tuple(columns)
    cells = {name: np.asarray(values) for name, values in columns.items()}
    quality = quality_of(names, asked)
    left_out = quality.left_out(cells, "t")
    reasons = {reason: int(wrong.sum()) for reason, wrong in left_out.items()}
    wrong = np.any([*left_out.values(), np.zeros(len(cells[names[0]]), bool)], axis=0)
    return np.flatnonzero(~wrong).tolist(), {reason: n for reason, n in reasons.items() if n}


def test_what_desi_does_not_recommend_is_left_out():
    columns = {
        "ZWARN": [0, 0, 4, 0, 0, 0],
        "SPECTYPE": [b"GALAXY", b"GALAXY", b"GALAXY", b"STAR", b"GALAXY ", b"GALAXY"],
        "OBJTYPE": ["TGT", "SKY", "TGT", "TGT", "TGT", "TGT"],
        "DELTACHI2": [1000.0, 1000, 1000, 1000, 39, 1000],
        "ZCAT_PRIMARY": [True, True, True, True, True, False],
    }
    rows, reasons = kept(columns)
    assert rows == [0]
    assert reasons == {
        "warning flag (ZWARN)": 1,
        "not of type GALAXY (SPECTYPE)": 1,
        "no target, but sky or a standard star (OBJTYPE)": 1,
        "second-best fit as good (DELTACHI2 up to 40)": 1,
        "not the best spectrum of its object (ZCAT_PRIMARY)": 1,
    }


@pytest.mark.parametrize("more", [{}, {"class": ["GALAXY"] * 3}])
def test_what_sdss_does_not_recommend_is_left_out(more):
    columns = {
        "zWarning": [0, 4, 0],
        "specPrimary": [1, 1, 0],
    }
    rows, reasons = kept(columns | more)
    assert rows == [0]
    assert reasons == {
        "warning flag (zWarning)": 1,
        "not the best spectrum of its object (specPrimary)": 1,
    }


def test_codes_of_quality_count_and_empty_ones_do_not():
    assert kept({"nQ": [4.0, 3, 2, np.nan]}) == ([0, 1], {"not nQ >= 3": 2})
    assert kept({"q_cz": ["4", "6", "2", ""], "cz": [1.0] * 4})[0] == [0]


@pytest.mark.parametrize("survey", ["SDSS", "DESI", "LAMOST"])
def test_errors_of_failed_fits_and_absurd_ones_are_left_out(survey):
    telling = {"SDSS": {"zWarning": 0, "class": "GALAXY"}, "DESI": {"ZWARN": 0}}
    telling["DESI"] |= {"SPECTYPE": "GALAXY"}
    telling["LAMOST"] = {"obsid": 1, "class": "GALAXY", "subclass": "Non"}
    columns = {name: [value] * 5 for name, value in telling[survey].items()}
    for column in ("zErr", "Z_ERR"):
        rows, reasons = kept(columns | {column: [1e-4, -1, 0, 3.5, -9999.0]})
        assert rows == [0]
        assert reasons == {
            f"failed fit, whose error is not above 0 ({column})": 3,
            f"error of 1 and more ({column})": 1,
        }
    assert kept({"z": [0.1] * 2, "z_err": [-1.0, 1e-4]})[0] == [0, 1]


@pytest.mark.parametrize(
    ("column", "photometric"),
    [("redshift_type", "phot"), ("z_type", "p"), ("zbest_type", "photo-z"),
     ("Redshift Flag", b"PHOT"), ("z_method", "Photometric")],
)  # fmt: skip
def test_photometric_values_are_left_out_where_a_column_tells_them(column, photometric):
    columns = {"zbest": [0.1] * 4, column: ["spec", photometric, "", "SPEC"]}
    assert kept(columns) == ([0, 2, 3], {f"photometric redshift ({column})": 1})
    assert kept(columns | {"z_spec": [0.1] * 4})[0] == [0, 1, 2, 3]
    assert kept({"zbest": [0.1], column: [3]})[0] == [0]
    assert kept(columns, Asked(none=True))[0] == [0, 1, 2, 3]


@pytest.mark.parametrize("column", ["Q", "quality", "qop", "z_flag", "zqual", "flag", "z quality"])
def test_columns_of_quality_that_no_survey_explains_are_named(column):
    quality = quality_of(("z", column))
    words = f"columns that may tell the quality and are not used: {column}; "
    words += f'say in --quality which are reliable, such as "{column}>=3"'
    assert parse_cuts(f"{column}>=3")[0].column == column
    assert words in quality.words
    assert "not used" not in quality_of(("z", column), Asked(none=True)).words


def test_a_persons_cuts_stand_in_place_of_the_surveys_on_the_same_column():
    columns = {"ZWARNING": [0, 4, 0], "CLASS": ["GALAXY", "GALAXY", "QSO"], "sn": [9.0, 9, 1]}
    assert kept(columns)[0] == [0]
    assert kept(columns, Asked(parse_cuts("zwarning<=4")))[0] == [0, 1]
    assert kept(columns, Asked(parse_cuts("sn > 5"), none=True))[0] == [0, 1]
    assert kept(columns, Asked(none=True))[0] == [0, 1, 2]
    assert kept(columns, Asked(without=(WARNING,)))[0] == [0, 1]


def test_a_table_of_no_known_survey_is_cut_by_what_all_tables_mean():
    quality = quality_of(("z", "zwarn", "class"))
    assert quality.words == "zwarn == 0 and class == GALAXY"
    types = ["GALAXY", b"STAR", "b'GALAXY'", "QSO", "GALAXY"]
    assert kept({"z": [0.1] * 5, "CLASS": types, "OBJTYPE": ["TGT"] * 4 + ["SKY"]}) == (
        [0, 2],
        {
            "not of type GALAXY (CLASS)": 2,
            "no target, but sky or a standard star (OBJTYPE)": 1,
        },
    )
    assert quality_of(("z", "class")).words == (
        "class == GALAXY (no warning flags recognised: say in --quality which are reliable, "
        'such as "COLUMN==0")'
    )
    assert quality_of(("z",)).words == (
        "none (no warning flags recognised, no spectral types recognised: all redshifts are used; "
        'say in --quality which are reliable, such as "COLUMN==0 and COLUMN==GALAXY")'
    )
    assert quality_of(("z",), Asked(none=True)).words == "none"
    photometric = quality_of(("z", "z_type")).words
    assert "no warning flags recognised, no spectral types recognised: say in" in photometric
    assert "all redshifts are used" not in photometric


def test_cuts_are_written_as_people_write_them():
    assert parse_cuts("NQ>=3") == (Cut("NQ", ">=", 3),)
    assert parse_cuts("CLASS == 'GALAXY' and z err < 1e-3 & ok=true") == (
        Cut("CLASS", "==", "GALAXY"),
        Cut("z err", "<", 0.001),
        Cut("ok", "=", 1),
    )


@pytest.mark.parametrize(
    "text", ["", "NQ", "NQ>=", "NQ>=3 or NQ==1", "f(NQ)>=3 and", "1<z<2", "__import__('os')"]
)
def test_what_is_no_cut_is_refused(text):
    with pytest.raises(ConfigError, match=r"--quality: expected a column.*received"):
        parse_cuts(text)


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="a column called NQ, found z"):
        quality_of(("z",), Asked(parse_cuts("NQ>=3")))
