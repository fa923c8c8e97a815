import numpy as np
import pandas as pd
import pytest
from astropy import units
from astropy.io import fits
from astropy.table import Table

from core.data.labels.cuts import parse_cuts
from core.data.labels.quality import Asked
from core.data.redshift_tables import RedshiftColumns, read_redshifts
from core.errors import DataError


@pytest.fixture
def sdss(tmp_path):
    """A table like SDSS's SpecObj, in FITS: padded text, big-endian numbers."""
    path = tmp_path / "specObj.fits"
    Table(
        {
            "SPECOBJID": ["299489676975171584"] * 6,
            "PLUG_RA": [10.0, 11, 12, 13, 14, np.nan],
            "PLUG_DEC": [-1.0, 0, 1, 2, 3, 4],
            "Z": np.array([0.1, 0.2, 0.3, 0.4, np.nan, 0.5], np.float32),
            "Z_ERR": np.array([1e-5, -1, 2e-5, 1e-5, 1e-5, 1e-5], np.float32),
            "ZWARNING": np.array([0, 0, 4, 0, 0, 0], np.int32),
            "CLASS": ["GALAXY", "GALAXY", "GALAXY", "QSO", "GALAXY", "GALAXY"],
        }
    ).write(path)
    return path


def test_an_sdss_table_is_recognised_and_what_cannot_be_trusted_is_counted(sdss):
    found = read_redshifts(sdss)
    # SDSS writes an error of -1 where the fit failed.
    assert found.row.tolist() == [0]
    assert found.ra.tolist() == [10]
    assert found.z.tolist() == pytest.approx([0.1])
    assert found.z_error.tolist() == pytest.approx([1e-5])
    assert found.account.rows == 6
    assert found.account.left_out == {
        "no position on the sky": 1,
        "no redshift": 1,
        "warning flag (ZWARNING)": 1,
        "not of type GALAXY (CLASS)": 1,
        "failed fit, whose error is not above 0 (Z_ERR)": 1,
    }
    assert found.recognised == {
        **{"ra": "PLUG_RA", "dec": "PLUG_DEC", "z": "Z", "z_error": "Z_ERR"},
        **{"warning": "ZWARNING", "kind": "CLASS"},
    }


def test_flagged_redshifts_and_other_types_stay_on_request(sdss):
    assert read_redshifts(sdss, with_warnings=True).row.tolist() == [0, 2]
    assert read_redshifts(sdss, any_kind=True).row.tolist() == [0, 3]
    everything = read_redshifts(sdss, quality=Asked(none=True))
    assert everything.row.tolist() == [0, 1, 2, 3]
    assert everything.z_error[1] == np.inf


def test_a_desi_table_is_recognised(tmp_path):
    path = tmp_path / "zall.parquet"
    columns = {
        "TARGETID": [39627733692713000, 2],
        "TARGET_RA": [1.0, 2.0],
        "TARGET_DEC": [1.0, 2.0],
        "MEAN_FIBER_RA": [1.1, 2.1],
        "Z": [0.4, 0.5],
        "ZERR": [1e-5, 1e-5],
        "ZWARN": [0, 4],
        "SPECTYPE": ["GALAXY", "GALAXY"],
    }
    pd.DataFrame(columns).to_parquet(path)
    found = read_redshifts(path)
    assert (found.ra.tolist(), found.z.tolist()) == ([1.0], [0.4])
    assert found.recognised["ra"] == "TARGET_RA"


def test_numbers_that_stand_for_no_redshift_are_left_out(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("ra,dec,z\n1,2,-9999\n1,2,-1\n1,2,-0.001\n1,2,0.3\n")
    found = read_redshifts(path)
    assert found.z.tolist() == [-0.001, 0.3]
    assert found.account.left_out == {"no redshift": 2}


def test_columns_of_other_names_are_named(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("alpha,delta,v,ra,dec,z\n1,2,0.3,9,9,9\n")
    found = read_redshifts(path, RedshiftColumns(ra="alpha", dec="delta", z="v"))
    assert (found.ra, found.dec, found.z) == ([1], [2], [0.3])


def test_a_table_without_needed_columns_or_usable_rows_is_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("alpha,delta,v\n1,2,0.3\n")
    with pytest.raises(DataError, match=r"right ascensions.*target_ra or plug_ra.*found alpha"):
        read_redshifts(path)
    with pytest.raises(DataError, match="called lambda; found alpha, delta, v"):
        read_redshifts(path, RedshiftColumns(ra="lambda"))
    path.write_text("ra,dec,z,zwarning\n1,2,0.3,4\n")
    with pytest.raises(DataError, match=r"redshift \(1 warning flag \(zwarning\)\)"):
        read_redshifts(path)
    with pytest.raises(DataError, match=r"no\.csv"):
        read_redshifts(tmp_path / "no.csv")


def test_what_removes_all_rows_is_named_with_the_way_out(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("ra,dec,z,class\n1,2,0.3,Sb\n1,3,0.3,E\n")
    message = r"No row meets class == GALAXY: class holds 'Sb' or 'E'\. --no-quality keeps all"
    with pytest.raises(DataError, match=message):
        read_redshifts(path)
    path.write_text("ra,dec,z,z_type\n1,2,0.3,phot\n1,3,0.3,phot\n")
    with pytest.raises(DataError, match=r"\(2 photometric redshift \(z_type\)\)"):
        read_redshifts(path)
    path.write_text("ra,dec,z\n1,120,0.3\n2,150,0.3\n")
    with pytest.raises(DataError, match="RA and Dec may be swapped"):
        read_redshifts(path)


def test_an_image_is_not_expected_to_hold_spectra(tmp_path):
    path = tmp_path / "mine.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    with pytest.raises(DataError, match="expected a table, received a JPEG image") as caught:
        read_redshifts(path)
    assert "spectra" not in str(caught.value)


def test_what_surveys_recommend_is_made_and_said(tmp_path):
    path = tmp_path / "desi.csv"
    path.write_text(
        "TARGET_RA,TARGET_DEC,Z,ZWARN,SPECTYPE,OBJTYPE\n"
        "1,2,0.2,0,GALAXY,SKY\n1,2,0.2,0,GALAXY,TGT\n1,2,1e-5,0,GALAXY,TGT\n1,2,0.3,0,GALAXY,TGT\n"
    )
    found = read_redshifts(path)
    assert found.row.tolist() == [1, 3]
    assert found.account.left_out == {
        "no target, but sky or a standard star (OBJTYPE)": 1,
        "z of a star (|z| < 0.001)": 1,
    }
    assert found.account.adds_up
    assert found.account.columns["quality"].startswith(
        "ZWARN == 0 and SPECTYPE == GALAXY and OBJTYPE == TGT (recommended by DESI: "
    )
    assert read_redshifts(path, quality=Asked(none=True)).row.tolist() == [0, 1, 2, 3]
    assert read_redshifts(path, quality=Asked(parse_cuts("Z>0.25"))).row.tolist() == [3]


def test_columns_that_name_decide_and_units_that_files_declare(tmp_path):
    path = tmp_path / "t.ecsv"
    columns = {
        "ra": np.radians([150.0, 151.0]) * units.rad,
        "dec": np.array([1.0, 2.0]) * units.deg,
        "z": np.array([0.4, 0.5]),
        "cz": np.array([3e4, 6e4]) * units.km / units.s,
        "z_phot": np.array([0.4, 0.5]),
    }
    Table(columns).write(path)
    found = read_redshifts(path)
    np.testing.assert_allclose(found.ra, [150, 151])
    assert found.z.tolist() == [0.4, 0.5]
    assert found.account.columns["ra"] == "ra [rad]"
    assert found.account.columns["z"].startswith("z (left aside: cz (velocity c z), z_phot (")
    found = read_redshifts(path, RedshiftColumns(z="cz"))
    np.testing.assert_allclose(found.z, np.array([3e4, 6e4]) / 299_792.458)
    assert found.account.columns["unit of z"] == "km/s, made z = v/c"
    columns["z"] = columns["z"] * units.mag
    Table(columns).write(path, overwrite=True)
    with pytest.raises(DataError, match="column 'z', which is given in 'mag'"):
        read_redshifts(path)


def test_names_that_do_not_decide_and_numbers_that_are_no_redshifts_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("ra,dec,z,Z\n1,2,0.1,0.2\n")
    with pytest.raises(DataError, match=r"several columns could be z: 'z', 'Z'\. .*--z"):
        read_redshifts(path)
    assert read_redshifts(path, RedshiftColumns(z="Z")).z.tolist() == [0.2]
    path.write_text("ra,dec,z\n1,2,62226\n1,2,49642\n1,2,-9999\n")
    with pytest.raises(DataError, match=r"2 of the 2 numbers in column 'z'.*add --z-unit km/s"):
        read_redshifts(path)
    found = read_redshifts(path, z_unit="km/s")
    np.testing.assert_allclose(found.z, np.array([62226, 49642]) / 299_792.458)
    assert read_redshifts(path, z_unit="z").z.tolist() == [62226, 49642]
    path.write_text("ra,dec,z,cz\n1,2,0.3,30000\n1,2,0.4,60000\n")
    found = read_redshifts(path, RedshiftColumns(z="cz"))
    np.testing.assert_allclose(found.z, np.array([30000, 60000]) / 299_792.458)


def test_of_a_file_of_several_tables_the_one_with_redshifts_counts(tmp_path):
    path = tmp_path / "two.fits"
    about = fits.BinTableHDU(Table({"survey": ["X"], "n": [2]}), name="ABOUT")
    good = Table({"ra": [1.0], "dec": [2.0], "z": [0.1]})
    fits.HDUList([fits.PrimaryHDU(), about, fits.BinTableHDU(good, name="Z")]).writeto(path)
    found = read_redshifts(path)
    assert found.z.tolist() == [0.1]
    (aside,) = found.account.left_aside
    assert "ABOUT: left aside, it lacks columns of ra and dec and z (columns: survey, n)" in aside
    both = [fits.BinTableHDU(good, name=name) for name in ("A", "B")]
    fits.HDUList([fits.PrimaryHDU(), *both]).writeto(path, overwrite=True)
    with pytest.raises(DataError, match="expected one table with ra and dec and z, found 2 among"):
        read_redshifts(path)


def test_lines_that_are_no_rows_and_the_encoding_come_into_the_account(tmp_path):
    path = tmp_path / "é.csv"
    content = "ra,dec,z,näme\n10,20,0.1,a\n# two\n11,20,0.2,b\n"
    path.write_bytes((content + content).encode("latin-1"))
    account = read_redshifts(path).account
    assert account.rows == account.used == 4
    assert account.skipped == {"the line of names again": 1, "comments": 2}
    (note,) = account.notes
    assert note.startswith("é.csv: characters that are not UTF-8 are read as Windows-1252")
