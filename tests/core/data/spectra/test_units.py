"""Units that files declare of their fluxes, errors and magnitudes."""

import io
import warnings

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table
from pyarrow import parquet

from core.data.account import Account
from core.data.spectra.files import open_spectra
from core.errors import DataError
from core.spectra import Spectra

N = 4
FLUX = np.random.default_rng(3).normal(9, 1, (N, 186)).astype(np.float32)


def as_fits(columns, units):
    hdu = fits.BinTableHDU(Table(columns))
    for name, unit in units.items():  # also those that the standard does not know
        hdu.header[f"TUNIT{list(columns).index(name) + 1}"] = unit
    stream = io.BytesIO()
    hdu.writeto(stream)
    return stream.getvalue()


def by_astropy(columns, units, format):
    stream = io.BytesIO() if format != "ascii.ecsv" else io.StringIO()
    table = Table(columns)
    for name, unit in units.items():
        table[name].unit = unit
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of units that the standards do not know
        table.write(stream, format=format)
    content = stream.getvalue()
    return content if isinstance(content, bytes) else content.encode()


def as_votable(columns, units):
    return by_astropy(columns, units, "votable")


def as_ecsv(columns, units):
    return by_astropy(columns, units, "ascii.ecsv")


def as_parquet(columns, units):
    arrays = {name: pa.array(list(values)) for name, values in columns.items()}
    fields = [
        pa.field(name, array.type, metadata={"unit": units[name]} if name in units else None)
        for name, array in arrays.items()
    ]
    stream = io.BytesIO()
    parquet.write_table(
        pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields)), stream
    )
    return stream.getvalue()


every_format = pytest.mark.parametrize("write", [as_fits, as_votable, as_ecsv, as_parquet])


def columns(**more):
    return {"source_id": np.arange(N) + 2**60, "flux": FLUX, **more}


@every_format
@pytest.mark.parametrize("unit", ["W m-2 nm-1", "photon s-1", "mag"])
def test_another_flux_system_is_refused_with_the_reason_and_the_way_out(write, unit):
    words = "expected fluxes in e-/s per sample in column 'flux', which is .* XP_CONTINUOUS"
    with pytest.raises(DataError, match=f"^mine: {words}"):
        open_spectra(write(columns(), {"flux": unit}), name="mine")


@every_format
@pytest.mark.parametrize(
    ("units", "column", "factor"),
    [
        ({"bp_flux": "1e-3 electron / s", "rp_flux": "electron / s"}, "bp_flux", "0.001"),
        ({"bp_flux": "electron / s", "rp_flux": "electron / min"}, "rp_flux", "0.0166"),
        ({"bp_flux": "electron / s", "bp_flux_error": "1000 electron / s"}, "bp_flux_err", "1000"),
    ],
)
def test_each_column_in_a_multiple_of_the_unit_has_its_own_factor(write, units, column, factor):
    bands = {"bp_flux": FLUX[:, :80], "rp_flux": FLUX[:, 80:]}
    bands |= {f"{name}_error": np.ones_like(flux) for name, flux in bands.items()}
    words = f"in column '{column}.* is a multiple of e-/s. Multiply the column by {factor}"
    with pytest.raises(DataError, match=f"^mine: .* {words}"):
        open_spectra(write({"source_id": np.arange(N) + 2**60, **bands}, units), name="mine")


@every_format
def test_errors_are_in_the_unit_of_the_flux(write):
    table = columns(flux_error=np.ones((N, 186), np.float32))
    good = open_spectra(write(table, {"flux": "electron s-1", "flux_error": "electron s-1"}))
    assert (Spectra.concatenate(list(good.chunks())).flux_error == 1).all()
    with pytest.raises(DataError, match="in column 'flux_error', which is given in 'mag'"):
        open_spectra(write(table, {"flux_error": "mag"}))


def test_a_column_per_sample_or_coefficients_in_other_units_are_refused(xp_archive):
    names = [f"flux_{i}" for i in range(186)]
    with pytest.raises(DataError, match="in column 'flux_7', which is given in 'W / m2'"):
        open_spectra(as_fits(dict(zip(names, FLUX.T, strict=True)), {"flux_7": "W / m2"}))
    sources = Table.read(io.BytesIO(xp_archive.make_sources(2).to_bytes("fits")))
    columns = {name: sources[name] for name in sources.colnames}
    for name, unit in (("bp_coefficients", "W / m2"), ("rp_coefficient_errors", "mag")):
        with pytest.raises(DataError, match=f"in column '{name}', which is given in '{unit}'"):
            open_spectra(as_fits(columns, {name: unit}))


@every_format
@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("", ", as no unit is declared"),
        ("unknown", ", as no unit is declared"),
        ("none", ", as no unit is declared"),
        ("electron s-1", ""),
        ("electron s-1 pix-1", ""),
    ],
)
def test_the_account_says_which_unit_is_taken(write, declared, said):
    file = open_spectra(write(columns(), {"flux": declared} if declared else {}))
    account = Account("spectra")
    file.enter(account)
    assert account.columns["flux"] == f"flux (e-/s per sample{said})"


@every_format
def test_magnitudes_and_positions_are_converted(write):
    table = columns(
        phot_g_mean_mag=np.full(N, 18500.0), ra=np.full(N, np.pi), dec=np.full(N, 30.0, np.float32)
    )
    units = {"phot_g_mean_mag": "mmag", "ra": "rad", "dec": "deg"}
    found = Spectra.concatenate(list(open_spectra(write(table, units)).chunks()))
    np.testing.assert_allclose(found.g_mag, 18.5)
    np.testing.assert_allclose(found.own["phot_g_mean_mag"], 18.5)  # as catalogues describe it
    np.testing.assert_allclose(found.own["ra"], 180)
    if write is not as_ecsv:  # a unit that is right changes nothing
        assert found.own["dec"].dtype == np.float32
    assert (found.own["dec"] == 30).all()


def test_a_magnitude_in_another_unit_is_left_aside():
    file = open_spectra(as_fits(columns(g_mag=np.ones(N)), {"g_mag": "Jy"}))
    assert next(file.chunks()).g_mag is None
    assert "expected mag in column 'g_mag', which is given in 'Jy'" in file.recognised["g_mag"]
