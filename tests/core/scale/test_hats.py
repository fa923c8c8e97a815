"""HATS catalogues, opened by LSDB."""

import os

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from core.errors import DataError
from core.scale import predict_folder
from core.scale.hats import PartReader
from tests.core.scale.conftest import read_parts, save_spectra

pytestmark = pytest.mark.filterwarnings(
    # LSDB's nested-pandas asks pandas for what pandas will drop.
    "ignore:The inplace keyword in NestedFrame",
)


def open_rows(path):
    import lsdb

    return lsdb.open_catalog(path).compute().reset_index(drop=True)


@pytest.mark.skipif(not os.environ.get("XPZ_SOAK"), reason="LSDB is slow to import: make soak")
@pytest.mark.parametrize("with_positions", [True, False])
def test_lsdb_opens_the_catalogue(mixture_run, galaxies, cluster, tmp_path, with_positions):
    files, rng = tmp_path / "in", np.random.default_rng(0)
    files.mkdir()
    for i in range(2):
        part = galaxies.take(np.arange(30 * i, 30 * i + 30))
        position = {"ra": rng.uniform(0, 360, 30), "dec": rng.uniform(-90, 90, 30)}
        save_spectra(part, files / f"{i}.csv", **(position if with_positions else {}))
    done = predict_folder(mixture_run, files, tmp_path / "z", scheduler=cluster.address, hats=True)
    assert done.hats == tmp_path / "z-hats"
    found = open_rows(done.hats).sort_values("source_id", ignore_index=True)
    expected = read_parts(tmp_path / "z").sort_values("source_id", ignore_index=True)
    pd.testing.assert_frame_equal(
        found[list(expected.columns)], expected, check_exact=True, check_dtype=False
    )


def test_without_positions_the_ids_tell_the_pixel(tmp_path):
    ids = np.array([4111834567779557376, 1 << 35, (12 * 4**12 - 1) << 35])
    pd.DataFrame({"source_id": ids, "z": 0.1}).to_parquet(tmp_path / "a.parquet")
    (found,) = PartReader(with_pixels=True).read(tmp_path / "a.parquet")
    place = (Longitude(found["ra_pixel"], "deg"), Latitude(found["dec_pixel"], "deg"))
    assert (lonlat_to_healpix(*place, 12) == ids // 2**35).all()
    assert list(found.columns) == ["source_id", "z", "ra_pixel", "dec_pixel"]
    (found,) = PartReader(with_pixels=False).read(tmp_path / "a.parquet", ["z"])
    assert list(found.columns) == ["z"]


def test_rows_without_a_place_are_refused(tmp_path):
    pd.DataFrame({"source_id": [0, 1, 2]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet: expected Gaia source_ids, or columns ra and"):
        next(PartReader(with_pixels=True).read(tmp_path / "a.parquet"))
