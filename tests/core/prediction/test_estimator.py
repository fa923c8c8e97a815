import hashlib
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.errors import ConfigError, DataError
from core.prediction import estimator as estimators
from core.prediction.catalogue.pz_file import DensityStore
from core.prediction.catalogue.with_own import COLUMNS
from core.prediction.density import ANSWERS, Density
from core.prediction.estimator import Estimator
from core.prediction.flags import Flag
from core.prediction.predictor import Predictor
from core.prediction.prior import Prior
from core.runs import open_run
from core.spectra import N_BP, N_SAMPLES, Spectra


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


def test_spectra_and_errors_of_another_shape_are_told_with_that_of_all(estimator):
    n = estimators.BLOCK_SPECTRA + 1
    flux, ids = np.ones((n, N_SAMPLES), np.float32), np.arange(n)
    with pytest.raises(DataError, match=rf"flux of shape .* received \({n}, 9\)"):
        estimator.predict(Spectra(flux[:, :9], ids))
    for error in (flux[:, :9], flux[:40]):
        shapes = rf"the flux's shape \({n}, 186\), received \({len(error)}, {error.shape[1]}\)"
        with pytest.raises(DataError, match=shapes):
            estimator.predict(Spectra(flux, ids, flux_error=error))


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
        monkeypatch.setattr(estimators.Calibration, "load", lambda run: None)
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
    run, galaxies, tmp_path
):
    shutil.copytree(run.path, tmp_path / "old", ignore=shutil.ignore_patterns("calibration.npz"))
    flux = galaxies.flux[:3].copy()
    flux[1, :N_BP] = np.nan
    table = Estimator(open_run(tmp_path, "old")).predict(Spectra(flux, np.arange(3)))
    assert np.isfinite(table["z"]).tolist() == [True, False, True]
    assert table[["z_lower", "z_upper", "sigma_z"]].isna().all(axis=None)
    assert table["flags"].tolist() == [0, Flag.MISSING_BAND | Flag.NO_REDSHIFT, 0]


def test_blocks_join_without_a_seam(estimator, spectra, monkeypatch):
    whole = estimator.predict(spectra)
    monkeypatch.setattr(estimators, "BLOCK_SPECTRA", 16)
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
    assert told["run_id"] == "dissertation-20k"
    assert told["data_hash"] == run.config.data.hash
    assert told["data_origin"] == "simulated"
    assert told["interval_level"] == 0.68
    assert "8 OUTSIDE_DOMAIN: The spectrum is unlike" in told["flag_bits"]


def test_a_run_with_densities_reads_z_and_interval_from_them(mixture_estimator, spectra):
    table = mixture_estimator.predict(spectra)
    asked, usual = mixture_estimator.densities(spectra)
    assert asked is usual
    lower, upper = asked.quantile([0.16, 0.84]).T
    np.testing.assert_allclose(table["z"], asked.mean(), atol=1e-6)
    np.testing.assert_allclose(table["z_lower"], lower, atol=1e-6)
    np.testing.assert_allclose(table["z_upper"], upper, atol=1e-6)
    np.testing.assert_allclose(table["sigma_z"], (upper - lower) / 2, atol=1e-6)
    assert np.mean(np.abs(table["z"] - spectra.own["z"])) < 0.05


def test_a_second_peak_is_flagged(mixture_estimator, spectra, monkeypatch):
    monkeypatch.setattr(Density, "multimodal", lambda density: density.mean() > 0.15)
    table = mixture_estimator.predict(spectra)
    double = (table["flags"].to_numpy() & Flag.MULTIMODAL) > 0
    np.testing.assert_array_equal(double, table["z"] > 0.15)
    assert 0 < double.sum() < 50


def test_errors_of_the_flux_reach_a_network_that_looks_at_them(mixture_estimator, spectra):
    with_errors = mixture_estimator.predict(spectra)
    noisier = Spectra(spectra.flux, spectra.source_id, flux_error=5 * spectra.flux_error)
    assert np.abs(mixture_estimator.predict(noisier)["z"] - with_errors["z"]).max() > 1e-4


def test_errors_that_are_none_count_neither_for_the_redshift_nor_for_its_density(
    mixture_estimator, spectra
):
    broken = replace(spectra, flux_error=5 * spectra.flux_error, notes={3: "no errors"})
    z = mixture_estimator.predict(broken)["z"]
    asked, _ = mixture_estimator.densities(broken)
    np.testing.assert_allclose(asked.mean(), z, atol=1e-6)
    without = mixture_estimator.predict(replace(spectra, flux_error=None))["z"]
    assert z[3] == pytest.approx(without[3], abs=1e-6)
    assert np.isfinite(broken.flux_error).all()


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_answer_asked_for_is_that_of_the_density(mixture_run, spectra, answer):
    estimator = Estimator(mixture_run, answer=answer)
    asked, _ = estimator.densities(spectra)
    np.testing.assert_allclose(estimator.predict(spectra)["z"], asked.point(answer), atol=1e-6)
    assert estimator.provenance["answer"] == answer


def test_another_prior_moves_redshifts_and_intervals_but_no_flags(mixture_run, spectra):
    usual = Estimator(mixture_run).predict(spectra)
    flat = Estimator(mixture_run, prior=Prior.flat(20)).predict(spectra)
    # Few training galaxies are far: without their n(z), redshifts there rise.
    high = usual["z"] > 0.2
    assert high.sum() > 3
    assert (flat["z"] > usual["z"])[high].all()
    assert flat["sigma_z"].mean() > usual["sigma_z"].mean()
    pd.testing.assert_series_equal(flat["flags"], usual["flags"])


def test_a_table_of_the_training_part_is_its_prior(mixture_run, mixture_estimator, spectra):
    known = mixture_estimator.calibration.densities
    table = Prior.table(known.z.astype(float), 3 * known.n_z, cap=1e9)
    same = Estimator(mixture_run, prior=table).predict(spectra)
    pd.testing.assert_frame_equal(same, mixture_estimator.predict(spectra), atol=1e-3)


def test_provenance_tells_one_prior_from_another(mixture_run):
    tables = [Prior.table([0, 0.6], [1, n]) for n in (1, 2)]
    one, other = (Estimator(mixture_run, prior=prior).provenance for prior in tables)
    assert one["prior"] == other["prior"] == "table, cap 100"
    assert one["prior_sha256"] != other["prior_sha256"]
    assert Estimator(mixture_run, prior=Prior.flat(5)).provenance["prior"] == "flat, cap 5"
    assert "prior_sha256" not in Estimator(mixture_run).provenance


def test_it_says_where_intervals_are_calibrated_for_another_prior(mixture_run):
    for asked in ({}, {"answer": "mode"}, {"level": 0.9}, {"prior": Prior.flat(1)}):
        estimator = Estimator(mixture_run, **asked)
        assert "interval_note" not in estimator.provenance
        assert not [each for each in estimator.notices if "calibrated" in each.sentence]
    flat = Estimator(mixture_run, prior=Prior.flat())
    note = flat.provenance["interval_note"]
    assert "for the n(z) of the training part, not for the prior asked for (flat, cap 100)" in note
    assert (flat.notices[-1].level, flat.notices[-1].sentence) == ("warning", note)
    assert flat.notices[-1].stressed in note


def test_only_a_run_with_densities_takes_such_questions(run, estimator):
    assert not estimator.has_densities
    assert "prior" not in estimator.provenance
    for question in ({"prior": Prior.flat()}, {"answer": "mode"}):
        with pytest.raises(ConfigError, match=r"need a run with p\(z\)"):
            Estimator(run, **question)
    with pytest.raises(
        ConfigError, match=r"dissertation-20k has no p\(z\): expected a calibrated run"
    ):
        _ = estimator.density_z


def test_a_prior_of_nothing_is_refused_at_once(mixture_run):
    with pytest.raises(ConfigError, match="received 0 everywhere there"):
        Estimator(mixture_run, prior=Prior.table([4, 5], [1, 1]))


def test_densities_of_all_rows_with_a_redshift_are_stored(
    mixture_estimator, spectra, monkeypatch, tmp_path
):
    monkeypatch.setattr(estimators, "BLOCK_SPECTRA", 16)
    flux = spectra.flux.copy()
    flux[20, 3] = np.nan
    given = Spectra(flux, spectra.source_id, flux_error=spectra.flux_error)
    with (tmp_path / "store").open("w+b") as file:
        store = DensityStore(file, mixture_estimator.density_z)
        table = mixture_estimator.predict(given, densities=store)
        stored = np.concatenate(list(store.blocks()))
    assert stored["row"].tolist() == np.flatnonzero(table["z"].notna()).tolist()
    assert stored["row"].tolist() == [row for row in range(50) if row != 20]
    np.testing.assert_array_equal(stored["source_id"], table["source_id"][stored["row"]])
    for column, level in (("z_lower", 2), ("z_upper", 6)):
        known = table[column].to_numpy()[stored["row"]]
        np.testing.assert_allclose(stored["quantiles"][:, level], known, atol=1e-5)
