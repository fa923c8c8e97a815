import numpy as np
import pytest

from core.data.dataset import make_dataset
from core.errors import DataError


def make(columns, **changes):
    return make_dataset(**(columns | changes), name="mine")


def test_valid_columns_pass_at_the_limits(columns):
    columns["z"][:2] = 0, 1.5
    columns["flux_error"][0] = 0
    columns["g_mag"][3] = np.nan
    assert len(make(columns)) == 60


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", ["flux", "flux_error"])
def test_number_that_is_not_finite(columns, column, value):
    columns[column][41, 185] = value
    with pytest.raises(
        DataError,
        match=rf"mine: expected a finite number, received {value} at row 42, column '{column}_185' "
        r"\(1 value is wrong; rows are counted from 1, without the names of the columns\)",
    ):
        make(columns)


def test_few_offenders_are_listed_and_all_counted(columns):
    columns["flux"][[1, 5, 9, 20, 30], 7] = np.nan
    with pytest.raises(DataError) as caught:
        make(columns)
    message = str(caught.value)
    assert "row 2, column 'flux_7'; nan at row 6" in message
    assert "row 10, column 'flux_7'; ... (5 values are wrong" in message
    assert "row 21" not in message


@pytest.mark.parametrize("shape", [(60, 187), (60, 185), (60,), (60, 186, 1)])
def test_wrong_number_of_fluxes(columns, shape):
    with pytest.raises(DataError, match=r"expected 186 values of flux per spectrum"):
        make(columns, flux=np.ones(shape))


@pytest.mark.parametrize("z", [7.0, -1e-9, 1.5000001])
def test_redshift_out_of_range(columns, z):
    columns["z"][17] = z
    with pytest.raises(DataError, match=f"from 0 to 1.5, received {z} at row 18, column 'z'"):
        make(columns)


def test_missing_redshift(columns):
    columns["z"][0] = np.nan
    with pytest.raises(DataError, match="a finite redshift, received nan at row 1, column 'z'"):
        make(columns)


def test_negative_error(columns):
    columns["flux_error"][3, 4] = -0.5
    with pytest.raises(DataError, match=r"0 or more, received -0\.5 at row 4, column 'flux_err"):
        make(columns)


def test_repeated_ids_are_named_where_they_come_again(columns):
    ids = columns["source_id"]
    ids[[50, 51]] = ids[2]
    with pytest.raises(
        DataError, match=rf"a repeated id {ids[2]} at row 51, .*{ids[2]} at row 52.*2 values"
    ):
        make(columns)


def test_ids_as_decimals(columns):
    with pytest.raises(DataError, match=r"64-bit integers.*received float64, such as 4"):
        make(columns, source_id=columns["source_id"].astype(float))


@pytest.mark.parametrize("column", ["flux", "z", "g_mag"])
def test_text(columns, column):
    with pytest.raises(DataError, match=f"expected numbers in column '{column}', received <U"):
        make(columns, **{column: columns[column].astype(str)})


@pytest.mark.parametrize("column", ["z", "source_id", "g_mag", "redshift_ugc_upper"])
def test_columns_of_another_length(columns, column):
    with pytest.raises(DataError, match=f"expected 60 values in column '{column}', one per"):
        make(columns, **{column: columns[column][:-1]})


def test_crossed_ends_of_the_interval_of_ugc(columns):
    upper = columns["redshift_ugc_upper"].copy()
    upper[3] = 0.05
    with pytest.raises(
        DataError, match=r"redshift_ugc_upper of the same row.*at row 4, column 'redshift_ugc_lower"
    ):
        make(columns, redshift_ugc_upper=upper)


def test_errors_of_another_length(columns):
    with pytest.raises(DataError, match="60 rows of flux but 59 rows of flux_error"):
        make(columns, flux_error=columns["flux_error"][:-1])


def test_no_rows():
    with pytest.raises(DataError, match="at least one spectrum, found no rows"):
        make_dataset(np.empty((0, 186)), np.empty(0), name="mine")


def test_number_too_large_for_float32(columns):
    flux = columns["flux"].astype(float)
    flux[1, 2] = 1e39
    with pytest.raises(DataError, match=r"finite number, received 1e\+39 at row 2"):
        make(columns, flux=flux)
