"""HATS catalogues, opened by LSDB."""

import os

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from core.errors import ConfigError, DataError
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


def test_it_is_made_again_where_the_catalogue_has_changed(
    mixture_run, galaxies, cluster, tmp_path, monkeypatch
):
    made = []

    def write(parts, place, client):
        place.mkdir(exist_ok=True)
        (place / "hats.properties").write_text("")
        made.append(sorted(path.name[0] for path in parts.glob("*.parquet")))

    monkeypatch.setattr("core.scale.work.write_hats", write)
    files, out = tmp_path / "in", tmp_path / "z"
    files.mkdir()

    def predict(**words):
        return predict_folder(mixture_run, files, out, scheduler=cluster.address, **words)

    save_spectra(galaxies.take(np.arange(5)), files / "a.csv")
    for _ in range(2):
        predict(hats=True)
    assert made == [["a"]]
    save_spectra(galaxies.take(np.arange(5, 9)), files / "b.csv")
    predict()  # without: now it is of another state
    predict(hats=True)
    assert made == [["a"], ["a", "b"]]
    predict(overwrite=True)
    assert not (tmp_path / "z-hats").exists()


def test_a_folder_that_is_not_its_own_is_left_alone(mixture_run, galaxies, tmp_path):
    save_spectra(galaxies.take(np.arange(2)), tmp_path / "a.csv")
    (tmp_path / "z-hats").mkdir()
    for overwrite in (False, True):
        with pytest.raises(DataError, match="z-hats: expected nothing here, or the HATS catalogue"):
            predict_folder(
                mixture_run, tmp_path / "a.csv", tmp_path / "z", hats=True, overwrite=overwrite
            )
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.csv", "z-hats"]


def test_without_hats_import_nothing_begins(mixture_run, galaxies, tmp_path, monkeypatch):
    save_spectra(galaxies.take(np.arange(2)), tmp_path / "a.csv")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs hats-import.*pip install 'xpz\[hats\]'"):
        predict_folder(mixture_run, tmp_path / "a.csv", tmp_path / "z", hats=True)
    assert not (tmp_path / "z").exists()


def test_rows_without_a_place_are_refused(tmp_path):
    pd.DataFrame({"source_id": [0, 1, 2]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet: expected Gaia source_ids, or columns ra and"):
        next(PartReader(with_pixels=True).read(tmp_path / "a.parquet"))
