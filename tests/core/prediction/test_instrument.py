"""Whether spectra are of the instrument that a run knows."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import Dataset
from core.data.instrument import DR3, Instrument
from core.prediction.calibration.calibration import Calibration
from core.prediction.catalogue.catalogue import predict_files
from core.prediction.dataset import predict_dataset, predict_unseen
from core.prediction.estimator import Estimator
from core.prediction.flags import Flag
from core.prediction.instrument import Expected, OtherInstrumentError
from core.runs import Run
from core.spectra import N_SAMPLES, SampleGrid, Spectra

DR4 = Instrument("Gaia DR4", 156, 57, 51, 55)


def of(spectra: Spectra, *instruments: Instrument) -> Spectra:
    """Return as many of the spectra as there are instruments, each of its own."""
    rows = np.stack([each.row() for each in instruments])
    return replace(spectra.take(np.arange(len(instruments))), instrument=rows)


def test_spectra_of_the_runs_own_instrument_and_untold_ones_carry_no_flag(estimator, spectra):
    flags = estimator.predict(of(spectra, DR3, Instrument(), Instrument("Gaia DR3")))["flags"]
    assert not (flags & Flag.OTHER_INSTRUMENT.value).any()


def test_one_of_another_refuses_all_and_says_what_differs_and_what_to_do(estimator, spectra):
    with pytest.raises(OtherInstrumentError) as refused:
        estimator.predict(of(spectra, DR3, DR4), name="a.csv")
    words = str(refused.value)
    assert words.startswith("a.csv: expected spectra of Gaia DR3")
    assert "dissertation-20k was trained on" in words
    assert "received Gaia DR4 (bases 156 and 57, 51 + 55 coefficients)" in words
    assert "xpz calibrate --run dissertation-20k --data FILE" in words
    assert "--other-instrument" in words


def test_who_insists_gets_them_flagged_one_by_one(run, spectra):
    insisting = Estimator(run, other_instrument=True)
    mixed = of(spectra, DR3, DR4, Instrument("Gaia DR5"))
    found, plain = insisting.predict(mixed), insisting.predict(of(spectra, DR3, DR3, DR3))
    bit = Flag.OTHER_INSTRUMENT.value
    assert (found["flags"] & bit > 0).tolist() == [False, True, True]
    pd.testing.assert_frame_equal(
        found.assign(flags=found["flags"] & ~bit), plain, check_dtype=False
    )


def test_spectra_that_get_no_redshift_refuse_nothing(estimator, spectra):
    """Such as a row whose bases are a number that nobody knows."""
    mixed = replace(of(spectra, DR3, DR4), problems={1: "bases"})
    found = estimator.predict(mixed)
    assert found["z"].notna().tolist() == [True, False]


def test_other_samples_are_another_instrument(run):
    grid = SampleGrid(bp_start=42.0)
    expected = Expected(run, replace(DR3, grid=SampleGrid()))
    spectra = Spectra(np.ones((2, N_SAMPLES), np.float32), np.arange(2), grid=grid)
    with pytest.raises(OtherInstrumentError, match="differ in the grid of samples"):
        expected.others(spectra)
    assert not expected.others(replace(spectra, grid=SampleGrid())).any()


def test_what_is_not_told_warns_whichever_side_is_silent(run):
    told, untold = Expected(run, DR3), Expected(run, Instrument())
    assert not told.notices
    assert not told.check(Instrument("Gaia DR3"))
    (notice,) = told.check(Instrument(), "mine.csv")
    assert notice.sentence.startswith("mine.csv does not say of which release of Gaia the")
    (unnamed,) = told.check(Instrument())
    assert unnamed.sentence.startswith("These spectra do not say of which release of Gaia they are")
    assert "State it if you know it (of files: --release of xpz predict; of" in notice.sentence
    for found in (untold.notices, untold.check(DR4)):
        (notice,) = found
        assert "spectra that dissertation-20k was trained on do not say" in notice.sentence
        assert "State it of its data set (xpz dataset release, or the field" in notice.sentence


def test_spectra_that_tell_no_release_are_told_of_once_for_several_runs(run):
    told, other = Expected(run, DR3), Expected(run, DR4, any_other=True)
    (once,) = Expected.check_all([told, other], Instrument(), "mine")
    assert "mine does not say of which release" in once.sentence
    assert "of the instruments that these runs know" in once.sentence
    assert Expected.check_all([told], Instrument(), "mine") == told.check(Instrument(), "mine")
    assert Expected.check_all([told, other], DR3, "mine") == other.check(DR3, "mine")
    silent = Expected(run, Instrument())
    assert len(Expected.check_all([told, silent], Instrument(), "mine")) == 2


def test_a_recalibration_says_for_whom_it_is(run, tmp_path):
    calibration = Calibration.load(run)
    assert calibration is not None
    assert calibration.instrument is None
    assert Expected.of(run, calibration).instrument == DR3
    recalibrated = Expected.of(run, replace(calibration, instrument=DR4))
    assert not recalibrated.check(DR4)
    with pytest.raises(OtherInstrumentError, match="was recalibrated for; received Gaia DR3"):
        recalibrated.check(DR3)


def test_a_run_that_was_recalibrated_sends_to_the_one_that_it_came_from(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "anew")
    path = tmp_path / "anew" / "config.json"
    config = json.loads(path.read_text())
    start = {"run_id": run.run_id, "path": str(run.path), "hash": run.network_hash()}
    config |= {"run_id": "anew", "recalibrated": config["data"], "start": start}
    path.write_text(json.dumps(config))
    source = "the run that it came from"
    way = f"xpz calibrate --run {run.run_id} --data FILE"

    silent, known = (Expected(Run(path.parent), each, True) for each in (Instrument(), DR4))
    (notice,) = silent.notices
    assert notice.sentence.startswith("The spectra that anew was recalibrated for do not say")
    assert notice.sentence.endswith(f"and calibrate {source} with it ({way}).")
    with pytest.raises(OtherInstrumentError) as refused:
        known.check(DR3)
    assert f"Recalibrate {source} with galaxies of that instrument ({way})" in str(refused.value)
    assert f"or recalibrate {source}: on Evaluate" in refused.value.on_screens
    (flagged,) = replace(known, any_other=True).check(DR3)
    assert flagged.sentence.endswith(f"before {source} is recalibrated.")


def test_a_file_of_another_instrument_is_left_out_and_the_others_are_served(
    estimator, xp_archive, tmp_path
):
    for name, n_bp in (("dr3", 55), ("other", 55)):
        sources = xp_archive.make_sources(3, n_bp=n_bp)
        sources.extra = {"gaia_release": [3 if name == "dr3" else 4] * 3}
        (tmp_path / f"{name}.csv").write_bytes(sources.to_bytes("csv"))
    text = (tmp_path / "other.csv").read_text()
    (tmp_path / "other.csv").write_text(text.replace("gaia_release", "release"))
    frame = pd.read_csv(tmp_path / "other.csv")
    frame.assign(release="Gaia DR4").to_csv(tmp_path / "other.csv", index=False)
    found = predict_files(estimator, [tmp_path / "dr3.csv", tmp_path / "other.csv"])
    assert len(found.table) == 3
    ((name, reason),) = found.refused_files
    assert name == "other.csv"
    assert reason.startswith("other.csv: expected spectra of Gaia DR3")


def test_a_data_set_is_judged_by_its_card(run, galaxies):
    few: Dataset = galaxies.take(np.arange(40))
    other = replace(few, card=replace(few.card, name="newer", origin="observed", instrument=DR4))
    with pytest.raises(OtherInstrumentError, match="newer: expected spectra of Gaia DR3"):
        predict_unseen(run, other, with_seen=True)
    found = predict_unseen(run, other, with_seen=True, other_instrument=True)
    assert any("flagged OTHER_INSTRUMENT" in notice.sentence for notice in found.notices)
    bit = Flag.OTHER_INSTRUMENT.value
    assert (found.predictions["flags"] & bit > 0).all()
    assert not (predict_dataset(run, few)["flags"] & bit).any()
