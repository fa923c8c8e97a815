import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import Table

from core.errors import ConfigError, DataError
from core.prediction.prior_file import read_prior

Z, N = [0.0, 0.2, 0.6], [1.0, 3.0, 0.0]
FORMATS = {".csv": "csv", ".fits": "fits", ".ecsv": "ascii.ecsv", ".vot": "votable"}


@pytest.mark.parametrize("ending", FORMATS)
def test_a_table_of_any_format_is_a_prior(tmp_path, ending):
    path = tmp_path / f"nz{ending}"
    Table({"Redshift": Z, "N_z": N}).write(path, format=FORMATS[ending])
    prior = read_prior(path, 5)
    assert (prior.kind, prior.cap) == ("table", 5)
    np.testing.assert_array_equal(prior.z, Z)
    np.testing.assert_array_equal(prior.n, N)


def test_its_content_serves_as_well(tmp_path):
    prior = read_prior(b"z,count\n0,1\n0.2,3\n", name="mine.csv")
    np.testing.assert_array_equal(prior.n, [1, 3])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"z": Z}, r"nz.csv: expected a column of how common each redshift is, called n or n_z"),
        ({"n": N}, r"nz.csv: expected a column of redshifts, called z or"),
        (
            {"z": Z[::-1], "N_z": N},
            r"^nz\.csv: expected redshifts that increase from row to row, received 0\.2 after 0\.6 "
            r"at row 2, column 'z' \(2 values are wrong; rows are counted .*Sort the table by",
        ),
        (
            {"Redshift": [0, None, 0.6], "n": N},
            r"^nz\.csv: expected a redshift, received no number at row 2, column 'Redshift' \(1 ",
        ),
        (
            {"z": Z, "N_z": [1, None, 2]},
            r"^nz\.csv: expected a density of 0 or more, received no number at row 2, column 'N_z' "
            r"\(1 value is wrong; rows are counted from 1, .*Correct or remove each such row\.$",
        ),
        (
            {"z": Z, "n": [1, -0.5, -2]},
            r"received -0\.5 at row 2, column 'n' \(2 values are wrong",
        ),
        (
            {"z": Z, "count": [0, 0, 0]},
            r"^nz\.csv: expected a density above 0 somewhere, received 0 in every row .*'count'",
        ),
        ({"z": [0.1], "n": [1]}, r"^nz\.csv: expected a table of at least two redshifts"),
        ({"z": Z, "n": ["a", "b", "c"]}, r"nz.csv: .*column 'n'"),
    ],
)
def test_what_is_no_prior_is_refused_in_words(tmp_path, columns, message):
    path = tmp_path / "nz.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    with pytest.raises(DataError, match=message):
        read_prior(path)


def test_a_bad_cap_is_not_the_fault_of_the_file(tmp_path):
    with pytest.raises(ConfigError, match=r"Cap of the prior: .* received 0\.5"):
        read_prior(tmp_path / "gone.csv", 0.5)


def test_several_tables_are_not_guessed_among(tmp_path):
    tables = [fits.table_to_hdu(Table({"z": [0.0, 1.0], "n": [1.0, 2.0]})) for _ in range(2)]
    path = tmp_path / "n.fits"
    fits.HDUList([fits.PrimaryHDU(), *tables]).writeto(path)
    with pytest.raises(DataError, match=r"n.fits: expected one table, found 2. Give the prior"):
        read_prior(path)
