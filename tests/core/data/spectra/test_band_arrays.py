"""Spectra whose bands are arrays of their own: 80 samples of BP and 106 of RP."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.table import Table
from pyarrow import parquet

from core.data.imported_dataset import read_table
from core.data.spectra.files import open_spectra
from core.data.tables.columns import recognise
from core.errors import DataError
from core.spectra import Spectra

N = 5
FLUX = np.random.default_rng(7).normal(10, 1, (N, 186)).astype(np.float32)
ERROR = np.random.default_rng(8).uniform(0.1, 0.3, (N, 186)).astype(np.float32)
IDS = np.arange(N) + 2**60


def read(content, format=None):
    return Spectra.concatenate(list(open_spectra(content, format, name="a").chunks()))


def columns(bp, rp, values=FLUX):
    return {bp: list(values[:, :80]), rp: list(values[:, 80:])}


def as_parquet(cells):
    stream = io.BytesIO()
    pd.DataFrame({"source_id": IDS, **cells}).to_parquet(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("flux", "error"),
    [
        (("bp_flux", "rp_flux"), ("bp_flux_error", "rp_flux_error")),
        (("flux_bp", "flux_rp"), ("flux_error_bp", "flux_error_rp")),
        (("flux_bp", "flux_rp"), ("flux_bp_error", "flux_rp_error")),
        (("BP", "RP"), ("BP_ERR", "RP_ERR")),
        (("xp_bp", "xp_rp"), ("e_xp_bp", "e_xp_rp")),
        (("bpFlux", "rpFlux"), ("bpFluxErr", "rpFluxErr")),
        (("bp_spectrum", "rp_spectrum"), ("bp_spectrum_error", "rp_spectrum_error")),
        (("spectrum.bp_flux", "spectrum.rp_flux"), ("spectrum.bp_error", "spectrum.rp_error")),
        (("bp.flux", "rp.flux"), ("bp.flux_error", "rp.flux_error")),
        (("lc.bp", "lc.rp"), ("lc.bp_err", "lc.rp_err")),
    ],
)
def test_names_that_people_give_them(flux, error):
    found = read(as_parquet(columns(*flux) | columns(*error, ERROR)))
    np.testing.assert_array_equal(found.flux, FLUX)
    np.testing.assert_array_equal(found.flux_error, ERROR)
    assert found.source_id.tolist() == IDS.tolist()


@pytest.mark.parametrize("format", ["fits", "votable", "ascii.ecsv"])
def test_the_format_makes_no_difference(format):
    stream = io.BytesIO() if format != "ascii.ecsv" else io.StringIO()
    table = Table({"source_id": IDS, "bp_flux": FLUX[:, :80], "rp_flux": FLUX[:, 80:]})
    table.write(stream, format=format)
    content = stream.getvalue()
    found = read(content if isinstance(content, bytes) else content.encode())
    np.testing.assert_allclose(found.flux, FLUX, rtol=1e-6)


def test_text_in_csv():
    cells = {
        name: [str(row.tolist()) for row in rows] for name, rows in columns("bp", "rp").items()
    }
    found = read(pd.DataFrame({"source_id": IDS, **cells}).to_csv(index=False).encode())
    np.testing.assert_allclose(found.flux, FLUX, rtol=1e-6)


def test_a_band_that_is_empty_is_missing_and_one_of_another_length_is_a_problem():
    cells = columns("bp_flux", "rp_flux")
    cells["bp_flux"][1] = None
    cells["rp_flux"][3] = cells["rp_flux"][3][:100]
    stream = io.BytesIO()
    arrays = {name: pa.array(rows) for name, rows in cells.items()}
    parquet.write_table(pa.table({"source_id": IDS, **arrays}), stream)
    found = read(stream.getvalue())
    assert np.isnan(found.flux[1, :80]).all()
    assert np.isfinite(found.flux[1, 80:]).all()
    assert found.problems == {
        3: "row 4, column 'rp_flux': expected 106 values per row, received 100."
    }
    assert found.unreadable.tolist() == [[False, row == 3] for row in range(N)]


def test_another_number_of_samples_is_told():
    cells = {"bp_flux": list(np.ones((N, 120))), "rp_flux": list(np.ones((N, 120)))}
    words = "expected 80 values per row in column 'bp_flux', received 120"
    with pytest.raises(DataError, match=words):
        read(as_parquet(cells))


def test_magnitudes_called_bp_and_rp_stay_what_they_are():
    cells = {"flux": list(FLUX), "bp": np.full(N, 17.0), "rp": np.full(N, 16.0)}
    found = read(as_parquet(cells))
    np.testing.assert_array_equal(found.flux, FLUX)
    assert found.own["bp"].tolist() == [17.0] * N
    names = ("source_id", *(f"flux_{i}" for i in range(186)), "bp_flux_error", "rp_flux_error")
    assert recognise(names, "a.csv").flux_error == ()


def test_one_array_in_a_struct_is_found_by_its_last_name():
    names = ("source_id", "spectra.flux", "spectra.flux_error")
    found = recognise(names, "a.parquet")
    assert (found.flux, found.flux_error) == ((1,), (2,))
    assert recognise(("id", "gaia.xp.flux"), "a.parquet").flux == (1,)
    with pytest.raises(DataError, match=r"could be flux: a.Flux; b.flux"):
        recognise(("a.Flux", "b.flux"), "a.parquet")


def test_a_data_set_may_have_them():
    table = as_parquet(columns("bp_flux", "rp_flux") | {"z": np.linspace(0.1, 0.2, N)})
    np.testing.assert_array_equal(read_table(table, "parquet").flux, FLUX)


def test_columns_per_sample_are_named_as_they_are_spelt():
    names = [f"Flux_{i:03d}" for i in range(186) if i != 7]
    with pytest.raises(DataError, match=r"185 from Flux_000 to Flux_185 \(Flux_007 is missing\)"):
        recognise(names, "a.csv")
