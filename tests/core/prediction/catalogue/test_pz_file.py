import json
import sys

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest
import qp
from scipy.stats import norm

from core.errors import ConfigError, DataError
from core.prediction.catalogue import pz_file
from core.prediction.catalogue.pz_file import (
    ENDINGS,
    LEVELS,
    QUANTILE_COLUMNS,
    DensityStore,
    check_pz_ending,
    writing_pz,
)
from core.prediction.density import Density

Z = np.linspace(0, 0.6, 241, dtype=np.float32)
MEANS = np.array([0.1, 0.25, 0.4, 0.15, 0.3])
BIG = 2**62
PROVENANCE = {"run_id": "a-run", "interval_level": 0.68, "prior": "training"}


def gaussians(means, sigma=0.02):
    pdf = np.exp(-0.5 * ((Z - np.asarray(means)[:, None]) / sigma) ** 2)
    return Density.normalised(Z, pdf.astype(np.float32))


def write(path, means=MEANS, gaps=()):
    """Write Gaussians in two blocks; the rows in `gaps` have no density."""
    with writing_pz(path, Z, PROVENANCE) as store:
        ids = BIG + np.arange(len(means) + len(gaps))
        rows = np.setdiff1d(np.arange(len(ids)), gaps)
        half = len(ids) // 2
        for low, high in ((0, half), (half, len(ids))):
            here = (rows >= low) & (rows < high)
            store.add(ids[low:high], rows[here] - low, gaussians(means[here]))
            store.keep()
    return ids[rows], rows


def read(path):
    """Return source_id, row, z, quantiles, pdf and provenance of a file of any format."""
    if path.suffix == ".npz":
        with np.load(path) as stored:
            assert stored["levels"].tolist() == list(LEVELS)
            found = {name: stored[name] for name in ("source_id", "row", "z", "quantiles", "pdf")}
            return found | {"provenance": json.loads(str(stored["provenance"]))}
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        about = json.loads(table.schema.metadata[b"xpz"])
        frame = table.to_pandas()
        return {
            "source_id": frame["source_id"].to_numpy(),
            "row": frame["row"].to_numpy(),
            "z": np.array(about.pop("z"), np.float32),
            "quantiles": frame[list(QUANTILE_COLUMNS)].to_numpy(),
            "pdf": np.stack(frame["pdf"]),
            "provenance": {key: about[key] for key in PROVENANCE},
        }
    ensemble = qp.read(str(path))
    with h5py.File(path) as file:
        provenance = dict(file.attrs)
    return {
        "source_id": ensemble.ancil["source_id"],
        "row": ensemble.ancil["row"],
        "z": ensemble.metadata["xvals"].ravel(),
        "quantiles": np.stack([ensemble.ancil[name] for name in QUANTILE_COLUMNS], axis=1),
        "pdf": np.atleast_2d(ensemble.objdata["yvals"]),
        "provenance": provenance,
    }


@pytest.mark.parametrize("block", [1, 2, 100])
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_gives_back_what_was_written(tmp_path, monkeypatch, ending, block):
    monkeypatch.setattr(pz_file, "BLOCK_SOURCES", block)
    ids, rows = write(tmp_path / f"pz{ending}", gaps=(2, 6))
    assert rows.tolist() == [0, 1, 3, 4, 5]
    found = read(tmp_path / f"pz{ending}")
    assert found["source_id"].dtype == np.int64
    assert found["source_id"].tolist() == ids.tolist()
    assert found["row"].tolist() == rows.tolist()
    np.testing.assert_allclose(found["z"], Z, atol=1e-7)
    np.testing.assert_allclose(found["pdf"], gaussians(MEANS).pdf, rtol=1e-5, atol=1e-9)
    truth = norm.ppf(LEVELS, MEANS[:, None], 0.02)
    np.testing.assert_allclose(found["quantiles"], truth, atol=2e-4)
    assert found["provenance"] == PROVENANCE
    assert [path.name for path in tmp_path.iterdir()] == [f"pz{ending}"]


def test_the_ensemble_answers_in_qp_as_the_densities_do_here(tmp_path):
    write(tmp_path / "pz.hdf5")
    ensemble, density = qp.read(str(tmp_path / "pz.hdf5")), gaussians(MEANS)
    assert ensemble.npdf == 5
    np.testing.assert_allclose(ensemble.median().ravel(), density.quantile([0.5])[:, 0], atol=1e-4)
    np.testing.assert_allclose(ensemble.mean().ravel(), density.mean(), atol=1e-4)
    np.testing.assert_allclose(ensemble.cdf(Z[::20]), density.cdf()[:, ::20], atol=1e-3)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_single_source_makes_a_file(tmp_path, ending):
    write(tmp_path / f"pz{ending}", MEANS[:1])
    assert read(tmp_path / f"pz{ending}")["pdf"].shape == (1, len(Z))


def test_what_is_forgotten_leaves_no_trace_and_rows_count_on(tmp_path):
    path = tmp_path / "pz.npz"
    with writing_pz(path, Z, PROVENANCE) as store:
        store.add(np.arange(2), np.arange(2), gaussians([0.1, 0.2]))
        store.keep()
        store.add(np.arange(5, 8), np.arange(3), gaussians([0.3, 0.3, 0.3]))
        store.forget()
        store.add(np.array([10, 11]), np.array([1]), gaussians([0.4]))
        store.keep()
    found = read(path)
    assert found["source_id"].tolist() == [0, 1, 11]
    assert found["row"].tolist() == [0, 1, 3]
    np.testing.assert_allclose(found["quantiles"][:, 4], [0.1, 0.2, 0.4], atol=1e-5)


def test_a_density_that_is_not_a_number_is_left_out(tmp_path):
    density = gaussians([0.1, 0.2, 0.3])
    density.pdf[1] = np.nan
    with writing_pz(tmp_path / "pz.npz", Z, PROVENANCE) as store:
        store.add(np.arange(3), np.arange(3), density)
    assert read(tmp_path / "pz.npz")["row"].tolist() == [0, 2]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_there_stays_when_the_work_or_the_writing_fails(tmp_path, monkeypatch, ending):
    path = tmp_path / f"pz{ending}"
    path.write_text("mine")
    store_of = writing_pz(path, Z, PROVENANCE)

    def fill_and_fail():
        with store_of as store:
            store.add(np.arange(1), np.arange(1), gaussians([0.1]))
            raise DataError("the spectra end here")

    with pytest.raises(DataError, match="end here"):
        fill_and_fail()
    monkeypatch.setattr(DensityStore, "blocks", lambda store: iter([store.z]))
    with pytest.raises(IndexError):
        write(path)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_no_density_makes_no_file(tmp_path):
    with writing_pz(tmp_path / "pz.npz", Z, PROVENANCE) as store:
        store.add(np.arange(3), np.arange(0), gaussians([]))
        assert (store.n, store.n_rows) == (0, 3)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["pz.csv", "pz", "pz.h5"])
def test_an_unknown_ending_is_refused_with_those_that_are_known(tmp_path, name):
    with (
        pytest.raises(DataError, match=rf"{name}: expected a name that ends in .npz, .parquet or"),
        writing_pz(tmp_path / name, Z, PROVENANCE),
    ):
        pytest.fail("was opened")


def test_without_qp_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "qp", None)
    with pytest.raises(ConfigError, match=r"pip install 'xpz\[qp\]'"):
        check_pz_ending(tmp_path / "pz.hdf5")
    assert check_pz_ending(tmp_path / "pz.npz") == ".npz"
