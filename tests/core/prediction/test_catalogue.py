import hashlib
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from core.data.dataset import load_dataset, save_dataset
from core.data.split import split_by_source
from core.errors import ConfigError
from core.prediction import catalogue
from core.prediction.calibration import calibrate
from core.prediction.catalogue import COLUMNS, Estimator, predict_files
from core.prediction.flags import Flag
from core.prediction.predict import Predictor
from core.runs import open_run
from core.spectra import N_BP, N_SAMPLES, Spectra

ROOT = Path(__file__).parents[3]
BIG = 2**62


@pytest.fixture(scope="module")
def shipped():
    return load_dataset(ROOT / "data" / "simulated-20k.parquet").take(np.arange(4000))


@pytest.fixture(scope="module")
def run(shipped, tmp_path_factory):
    """A calibrated run."""
    copy = tmp_path_factory.mktemp("runs") / "compact-20k"
    shutil.copytree(ROOT / "assets" / "runs" / "compact-20k", copy)
    run = open_run(copy.parent, copy.name)
    split = split_by_source(shipped.source_id, run.config.split)
    calibrate(run, shipped.take(split.train), shipped.take(split.validation))
    return run


@pytest.fixture(scope="module")
def estimator(run):
    return Estimator(run)


@pytest.fixture(scope="module")
def spectra(shipped):
    own = pd.DataFrame({"z": shipped.z[:50], "g_mag": shipped.g_mag[:50]})
    return Spectra(shipped.flux[:50], BIG + np.arange(50), own=own)


def write_csv(path, spectra, **own):
    """Write a column per sample."""
    frame = pd.DataFrame(spectra.flux, columns=[f"flux_{i}" for i in range(N_SAMPLES)])
    frame.insert(0, "source_id", spectra.source_id)
    frame.assign(**own).to_csv(path, index=False)
    return path


def test_every_spectrum_gets_a_redshift_in_its_interval(estimator, spectra):
    table = estimator.predict(spectra)
    assert list(table.columns) == [*COLUMNS, "z_input", "g_mag"]
    dtypes = table.dtypes.astype(str).to_dict()
    assert dtypes == {"source_id": "int64", "flags": "int32", "g_mag": "float32"} | dict.fromkeys(
        ("z", "z_lower", "z_upper", "sigma_z", "z_input"), "float64"
    )
    assert table["source_id"].tolist() == spectra.source_id.tolist()
    np.testing.assert_array_equal(table["z"], Predictor(estimator.run.path).predict(spectra.flux))
    assert (table["z_lower"] < table["z_upper"]).all()
    np.testing.assert_allclose(table["sigma_z"], (table["z_upper"] - table["z_lower"]) / 2)
    np.testing.assert_array_equal(table["z_input"], spectra.own["z"])


def test_a_wider_interval_leaves_redshift_sigma_and_flags_alone(run, estimator, spectra):
    usual, wide = estimator.predict(spectra), Estimator(run, level=0.9).predict(spectra)
    assert (wide["z_upper"] - wide["z_lower"] > usual["z_upper"] - usual["z_lower"]).all()
    same = ["source_id", "z", "sigma_z", "flags"]
    pd.testing.assert_frame_equal(wide[same], usual[same])


@pytest.mark.parametrize("level", [0, 1, 1.5, 0.9999])
def test_a_level_that_the_run_cannot_vouch_for_is_refused_at_once(run, level):
    with pytest.raises(ConfigError, match=rf"Level of the intervals: .* received {level}"):
        Estimator(run, level)


def test_rows_that_cannot_be_used_stay_and_say_so(estimator, spectra):
    flux = spectra.flux[:6].copy()
    flux[1, :N_BP] = np.nan
    flux[2, 7] = np.nan
    flux[3, N_BP:] = 0
    flux[4, 20:40] = flux[4, 20]
    given = Spectra(flux, spectra.source_id[:6], problems={5: "row 5 is odd."})
    table = estimator.predict(given)
    assert np.isfinite(table["z"]).tolist() == [True, False, False, False, True, False]
    for name in ("z_lower", "z_upper", "sigma_z"):
        assert table[name].isna().equals(table["z"].isna())
    flags = table["flags"].to_numpy()
    told = {flag: np.flatnonzero(flags & flag).tolist() for flag in Flag}
    assert told[Flag.NO_REDSHIFT] == [1, 2, 3, 5]
    assert told[Flag.MISSING_BAND] == [1, 3]
    assert told[Flag.CLIPPED_BAND] == [2, 4]
    np.testing.assert_allclose(table["z"][0], estimator.predict(spectra)["z"][0], atol=1e-6)


@pytest.mark.parametrize("calibrated", [True, False])
def test_an_answer_that_no_galaxy_can_have_is_no_redshift(run, spectra, monkeypatch, calibrated):
    if not calibrated:
        monkeypatch.setattr(catalogue.Calibration, "load", lambda run: None)
    estimator = Estimator(run)
    answers = np.array([-137.0, -0.021, -0.01, 0.2, 1.6, 18.0])
    monkeypatch.setattr(estimator.predictor, "predict", lambda flux, *_: answers)
    table = estimator.predict(spectra.take(np.arange(6)))
    np.testing.assert_array_equal(table["z"], [np.nan, np.nan, -0.01, 0.2, np.nan, np.nan])
    assert ((table["flags"] & Flag.NO_REDSHIFT.value) > 0).tolist() == table["z"].isna().tolist()
    if calibrated:
        assert table["sigma_z"].notna().tolist() == table["z"].notna().tolist()
        assert table["sigma_z"].min() > 0.005


def test_without_a_calibration_there_are_redshifts_and_the_flags_that_need_none(
    run, shipped, tmp_path
):
    shutil.copytree(run.path, tmp_path / "old", ignore=shutil.ignore_patterns("calibration.npz"))
    flux = shipped.flux[:3].copy()
    flux[1, :N_BP] = np.nan
    table = Estimator(open_run(tmp_path, "old")).predict(Spectra(flux, np.arange(3)))
    assert np.isfinite(table["z"]).tolist() == [True, False, True]
    assert table[["z_lower", "z_upper", "sigma_z"]].isna().all(axis=None)
    assert table["flags"].tolist() == [0, Flag.MISSING_BAND | Flag.NO_REDSHIFT, 0]


def test_blocks_join_without_a_seam(estimator, spectra, monkeypatch):
    whole = estimator.predict(spectra)
    monkeypatch.setattr(catalogue, "BLOCK_SPECTRA", 16)
    seen = []
    table = estimator.predict(spectra, lambda done, total: seen.append((done, total)))
    assert seen == [(16, 50), (32, 50), (48, 50), (50, 50)]
    pd.testing.assert_frame_equal(table, whole, atol=1e-6)


def test_no_spectra_give_a_table_of_the_same_columns(estimator, spectra):
    table = estimator.predict(spectra.take(np.arange(0)))
    assert len(table) == 0
    assert table.dtypes.equals(estimator.predict(spectra).dtypes)


def test_provenance_names_the_network_to_the_bit(run, estimator):
    told = estimator.provenance
    assert told["network_sha256"] == hashlib.sha256(run.onnx_path.read_bytes()).hexdigest()
    assert told["run_id"] == "compact-20k"
    assert told["data_hash"] == run.config.data.hash
    assert told["data_origin"] == "simulated"
    assert told["interval_level"] == 0.68


def test_the_format_of_the_spectra_makes_no_difference(estimator, shipped, xp_archive, tmp_path):
    """Nine files of the same spectra: five of fluxes, four of XP coefficients."""
    ids = np.random.default_rng(3).permutation(40) + BIG
    sources = xp_archive.sources_of(shipped.flux[:40], ids)
    flux = xp_archive.samples(sources).astype(np.float32)
    spectra = Spectra(flux, ids)
    files = [write_csv(tmp_path / "flux.csv", spectra)]
    arrays = Table({"source_id": ids, "flux": flux})
    for name, format in (("fits", "fits"), ("vot", "votable"), ("ecsv", "ascii.ecsv")):
        files.append(tmp_path / f"flux.{name}")
        arrays.write(files[-1], format=format)
    files.append(tmp_path / "flux.parquet")
    pd.DataFrame({"source_id": ids, "flux": list(flux)}).to_parquet(files[-1])
    for format in ("csv", "ecsv", "fits", "votable"):
        files.append(tmp_path / f"xp_{format}")
        files[-1].write_bytes(sources.to_bytes(format))
    expected = estimator.predict(spectra)
    assert np.ptp(expected["z"]) > 0.1
    for file in files:
        found = predict_files(estimator, [file])
        assert not found.refused_files
        assert not found.problems
        assert found.table["source_id"].tolist() == ids.tolist(), file
        np.testing.assert_allclose(found.table["z"], expected["z"], atol=1e-4, err_msg=file.name)
        if not file.name.startswith("xp_"):  # those have errors, which tell signal to noise
            np.testing.assert_array_equal(found.table["flags"], expected["flags"])


def test_bad_files_are_named_and_good_ones_served(estimator, spectra, tmp_path):
    good = write_csv(tmp_path / "good.csv", spectra, objid=[BIG + 1] * 50)
    damaged = tmp_path / "damaged.fits"
    damaged.write_bytes(b"SIMPLE  = and no more")
    foreign = tmp_path / "notes.csv"
    foreign.write_text("a,b\n1,2\n")
    more = write_csv(tmp_path / "more.csv", spectra.take(np.arange(5)), name="M 31")
    found = predict_files(estimator, [damaged, good, tmp_path / "gone.csv", foreign, more])
    assert found.table["source_id"].tolist() == [*spectra.source_id, *spectra.source_id[:5]]
    assert list(found.table.columns) == [*COLUMNS, "file", "objid", "name"]
    assert found.table["file"].tolist() == ["good.csv"] * 50 + ["more.csv"] * 5
    assert found.table["objid"].dropna().unique().tolist() == [BIG + 1]
    assert found.table["objid"].dtype == "Int64"
    assert found.table["name"].tolist() == [None] * 50 + ["M 31"] * 5
    assert [name for name, _ in found.refused_files] == ["damaged.fits", "gone.csv", "notes.csv"]
    assert all(name in reason for name, reason in found.refused_files)


def test_a_file_that_fails_half_way_is_left_out_as_a_whole(
    estimator, spectra, tmp_path, monkeypatch
):
    monkeypatch.setattr(catalogue, "BLOCK_SPECTRA", 16)
    path = write_csv(tmp_path / "half.csv", spectra)
    lines = path.read_text().splitlines()
    lines[41] = lines[41].replace(str(BIG + 40), "forty")
    path.write_text("\n".join(lines))
    good = write_csv(tmp_path / "good.csv", spectra)
    seen = []
    found = predict_files(estimator, [path, good], progress=lambda n, total: seen.append(n))
    assert seen[:2] == [16, 32]
    assert found.table["source_id"].tolist() == spectra.source_id.tolist()
    ((name, reason),) = found.refused_files
    assert name == "half.csv"
    assert "'forty' at row 40" in reason


def test_rows_with_problems_are_found_over_all_blocks(estimator, spectra, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "BLOCK_SPECTRA", 16)
    flux = spectra.flux.copy()
    flux[40, 3] = np.inf
    path = write_csv(tmp_path / "a.csv", Spectra(flux, spectra.source_id))
    found = predict_files(estimator, [path])
    ((name, row, reason),) = found.problems
    assert (name, row) == ("a.csv", 40)
    assert "row 40, column 'flux_3'" in reason
    assert np.flatnonzero(found.table["z"].isna()).tolist() == [40]


def test_a_file_in_an_archive_that_cannot_be_read_is_named(estimator, spectra, tmp_path):
    inner = write_csv(tmp_path / "inner.csv", spectra)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(inner, "inner.csv")
        archive.writestr("notes.csv", "a,b\n1,2\n")
    found = predict_files(estimator, [tmp_path / "all.zip"])
    assert len(found.table) == 50
    ((name, reason),) = found.refused_files
    assert name == "all.zip"
    assert "notes.csv" in reason


def test_nothing_but_refused_files_gives_an_empty_table(estimator, tmp_path):
    found = predict_files(estimator, [tmp_path / "gone.csv"])
    assert list(found.table.columns) == list(COLUMNS)
    assert found.table["source_id"].dtype == np.int64
    assert len(found.table) == 0


def test_a_data_set_of_ours_is_a_file_of_spectra(estimator, shipped, tmp_path):
    path = tmp_path / "set.parquet"
    save_dataset(shipped.take(np.arange(30)), path)
    table = predict_files(estimator, [path]).table
    assert table["source_id"].tolist() == shipped.source_id[:30].tolist()
    np.testing.assert_array_equal(table["z_input"], shipped.z[:30])
