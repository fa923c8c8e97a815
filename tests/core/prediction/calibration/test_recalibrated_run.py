"""A run calibrated anew with galaxies of another instrument: a run of its own, whole or not."""

import gzip
import io
import json
import shutil
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits, votable
from astropy.table import Table
from pyarrow import parquet

import core
from core.data.dataset import make_dataset, save_dataset
from core.data.instrument import DR3, Instrument
from core.errors import DataError, RunError
from core.evaluation.report import evaluate_table
from core.prediction import Prior, changes, of_intervals, of_origin, of_recalibration
from core.prediction.calibration import recalibrated_run
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.flag_limits import TOO_FEW
from core.prediction.calibration.recalibration import recalibrate
from core.prediction.calibration.run_coverage import run_coverage
from core.prediction.catalogue import pz_file
from core.prediction.catalogue.catalogue import accounted, predict_files
from core.prediction.catalogue.formats import ENDINGS, FITS_KEYWORDS, to_bytes
from core.prediction.dataset import predict_dataset, predict_unseen
from core.prediction.flags import Flag, Zone
from core.prediction.instrument import Expected, OtherInstrumentError
from core.prediction.predictor import Predictor
from core.report.document import Figure, Text, to_markdown
from core.reproduction import reproduction_page, shipped_dataset
from core.runs import Run
from core.sharing.acceptance import check_contents
from core.sharing.model_card import model_card
from core.sharing.run_report import run_report

DR4 = Instrument("Gaia DR4", 156, 157, 51, 55)


@pytest.fixture(scope="module")
def others(parts):
    """Galaxies that no run here has seen, seen by a redder instrument of 80 % more noise."""
    test = parts[2].take(np.arange(1500))
    random = np.random.default_rng(3)
    flux = np.linspace(0.9, 1.1, 186) * test.flux + 1.5 * test.flux_error * random.normal(
        size=test.flux.shape
    )
    return make_dataset(
        flux.astype(np.float32),
        test.z,
        test.source_id,
        flux_error=1.8 * test.flux_error,
        g_mag=test.g_mag,
        name="Others",
        origin="observed",
        instrument=DR4,
    )


@pytest.fixture(scope="module")
def data(others, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "others.parquet"
    save_dataset(others.take(np.arange(250)), path)
    return path


@pytest.fixture(scope="module")
def made(mixture_run, data, tmp_path_factory):
    before = {path.name: path.read_bytes() for path in mixture_run.path.iterdir()}
    root = tmp_path_factory.mktemp("anew")
    found = core.recalibrate_with(mixture_run, data, name="Mine", runs_dir=root)
    assert {path.name: path.read_bytes() for path in mixture_run.path.iterdir()} == before
    assert [path.name for path in root.iterdir()] == [found.run.run_id]
    return found


def test_it_answers_for_galaxies_like_those(made, mixture_run, others):
    fresh = others.take(np.arange(250, 1500))
    before, after = (
        evaluate_table(predict_dataset(each, fresh), n_resamples=20)
        for each in (mixture_run, made.run)
    )
    inside = [each["density"]["coverage"][1]["coverage"] for each in (before, after)]
    assert inside[0] < 0.64
    assert inside[1] == pytest.approx(0.68, abs=0.06)
    assert abs(after["bias"]) < 0.6 * abs(before["bias"])
    assert after["mae"] < before["mae"]


def test_its_own_numbers_are_of_galaxies_that_had_no_part_in_them(made, data):
    run, table = made.run, made.run.predictions()
    assert run.is_complete
    assert run.status().state == "done"
    assert len(table) == run.result()["n_test"] == 250
    np.testing.assert_array_equal(table["source_id"], core.open_dataset(data).source_id)
    assert run.result()["evaluation"]["mae"] == made.after["mae"]
    # By the calibration that all of them made, they would be others.
    last = core.Estimator(run).predict(next(core.load_dataset(data).chunks()))
    assert 0 < np.abs(last["z"] - table["z_pred"]).max() < 0.1
    levels = [level for level, _, _ in made.covered]
    assert levels == [0.5, 0.68, 0.9, 0.95]
    assert made.covered[1][2] == pytest.approx(0.68, abs=0.1)


def test_redshifts_beyond_those_whose_n_z_it_assumes_are_flagged(mixture_run, others):
    known, low = Calibration.load(mixture_run), others.take(np.flatnonzero(others.z < 0.15)[:300])
    predicted = Predictor(mixture_run.path).mixtures(low.flux, low.flux_error)
    again = known.refitted(low, predicted)
    assert again.densities.ratio is not None
    assert again.limits.z_high == pytest.approx(low.z.max(), abs=0.01)
    assert known.limits.z_high > 0.3
    assert again.limits.z_low >= known.limits.z_low


def test_it_says_where_it_comes_from(made, mixture_run):
    config = made.run.config
    assert (config.name, config.start.run_id) == ("Mine", mixture_run.run_id)
    assert made.run.start.path == mixture_run.path
    assert config.recalibrated.hash == mixture_run.config.data.hash
    assert config.data.name == "Others"
    assert of_origin(made.run) == ()
    assert "calibrated anew with Others (observed)" in of_recalibration(made.run)[0].sentence
    calibration = Calibration.load(made.run)
    assert of_intervals(made.run, calibration) == of_recalibration(made.run)
    about, warning = of_intervals(made.run, calibration, Prior.flat())
    assert about.sentence.endswith("(observed): flags hold for galaxies like these.")
    assert "not for the prior asked for (flat, cap 100)" in warning.sentence
    assert of_recalibration(mixture_run) == changes(Calibration.load(mixture_run)) == ()
    sentences = " ".join(made.sentences())
    assert "Calibrated with 250 galaxies. Redshifts are moved by" in sentences
    zones = (Zone(0.18, 0.2, "many outliers"), Zone(0.5, 0.6, TOO_FEW))
    badly = replace(calibration, limits=replace(calibration.limits, bad_zones=zones))
    said = "Predictions in these zones carry BAD_ZONE: 0.18 to 0.20, many outliers."
    assert changes(badly)[-1] == said
    about = core.Estimator(made.run).provenance
    assert about["recalibrated_with"] == "Others"
    assert about["data_name"] == mixture_run.config.data.name


def test_priors_of_its_galaxies_can_be_asked_for(made, mixture_run, others):
    few = others.take(np.arange(3))
    g_mag = np.array([16.0, np.nan, 19.0])
    spectra = core.Spectra(few.flux, few.source_id, flux_error=few.flux_error, g_mag=g_mag)
    usual = core.Estimator(made.run).predict(spectra)["z"]
    by_g = core.Estimator(made.run, prior=Prior.magnitude())
    table = by_g.predict(spectra)
    assert (table["z"] != usual).tolist() == [True, False, True]
    assert by_g.without_g(spectra, table) == 1
    assert core.Estimator(made.run, prior=Prior.galaxies()).without_g(spectra, table) == 0
    for prior, message in (
        (Prior.magnitude(), "the network sees the brightness"),
        (Prior.galaxies(), "takes a run that was recalibrated"),
    ):
        with pytest.raises(core.XpzError, match=message):
            core.Estimator(mixture_run, prior=prior)


def test_it_knows_the_instrument_of_those_galaxies_and_no_other(made, others):
    assert Expected.of(made.run, Calibration.load(made.run)).instrument.release == "Gaia DR4"
    assert made.run.result()["instrument"]["bp_bases"] == 156
    flags = np.concatenate(
        [made.run.predictions()["flags"], predict_dataset(made.run, others)["flags"]]
    )
    assert not (flags & Flag.OTHER_INSTRUMENT.value).any()
    few = others.take(np.arange(3))
    for known, refused in ((DR4, False), (DR3, True)):
        spectra = core.Spectra(few.flux, few.source_id, instrument=np.tile(known.row(), (3, 1)))
        with pytest.raises(OtherInstrumentError) if refused else nullcontext():
            core.Estimator(made.run).predict(spectra)


def test_its_card_tells_training_and_calibration_apart(made, mixture_run):
    card = model_card(made.run)
    (told,) = (block.words for block in card.blocks if isinstance(block, Text) and block.warning)
    assert "trained on" in told
    assert "(simulated) and calibrated anew with Others (observed)" in told
    text = to_markdown(card)
    assert "To train, validate, test" not in text
    assert "the test part" not in text
    report = {each.heading: each.blocks for each in run_report(made.run).sections}
    assert any(isinstance(block, Figure) for block in report["Errors on its own galaxies"])
    assert f"| Data set, trained on | {mixture_run.config.data.name} |" in text
    assert "| Data set, calibrated with | Others |" in text
    assert "250 galaxies of 'Others' that were not used in training, each by a calibration" in text


def calibration_of(document):
    """Return the blocks of a card or report that say what a calibration anew did."""
    return next((s.blocks for s in document.sections if s.heading == "Calibration"), ())


def test_its_card_and_report_say_what_the_calibration_did(made, mixture_run):
    said, of, table = calibration_of(model_card(made.run))
    assert said.words == " ".join(made.sentences())
    assert of.words == "Of 250 galaxies, each by a calibration without it:"
    assert table.rows == tuple((row.title, *row.texts) for row in made.rows())
    assert [row[0] for row in table.rows] == [
        *("MAE", "Bias", "σ NMAD"),
        *(f"Inside their {level} % interval" for level in (50, 68, 90, 95)),
    ]
    assert table.rows[0][1:] == (f"{made.before['mae']:.4f}", f"{made.after['mae']:.4f}")
    assert calibration_of(run_report(made.run)) == (said, of, table)
    assert calibration_of(model_card(mixture_run)) == ()


def test_what_a_summary_does_not_know_is_left_out_and_nonsense_is_told(made, tmp_path):
    run = Run(shutil.copytree(made.run.path, tmp_path / made.run.run_id))
    summary = json.loads(run.summary_path.read_text())
    before = summary.pop("evaluation_before")
    run.summary_path.write_text(json.dumps(summary))
    (said,) = calibration_of(model_card(run))
    assert said.words == " ".join(made.sentences())
    wrong = Run(shutil.copytree(run.path, tmp_path / "wrong" / run.run_id))
    told = json.dumps(summary | {"evaluation_before": before | {"bias": "none"}})
    wrong.summary_path.write_text(told)
    with pytest.raises(RunError, match="evaluation_before: bias: expected a number"):
        model_card(wrong)


@pytest.mark.parametrize(
    ("learnt", "own", "notice", "warnings"),
    [
        (
            "simulated",
            "unknown",
            "",
            ["It is not known whether the spectra that it was calibrated with are real", "The net"],
        ),
        ("unknown", "observed", "", ["The network was trained on"]),
        (
            "simulated",
            "simulated",
            "was trained and calibrated on simulated spectra",
            ["Calibrated and evaluated on simulated spectra", "The network was trained on"],
        ),
        (
            "observed",
            "simulated",
            "was calibrated on simulated spectra",
            ["Calibrated and evaluated on simulated spectra"],
        ),
    ],
)
def test_what_is_said_of_training_spectra_is_of_those_of_the_training(
    made, tmp_path, learnt, own, notice, warnings
):
    shutil.copytree(made.run.path, tmp_path / made.run.run_id)
    path = tmp_path / made.run.run_id / "config.json"
    config = json.loads(path.read_text())
    config["recalibrated"]["origin"], config["data"]["origin"] = learnt, own
    path.write_text(json.dumps(config))
    run = Run(path.parent)
    assert [each.sentence for each in of_origin(run) if notice not in each.sentence] == []
    assert len(of_origin(run)) == bool(notice)
    called = [{"unknown": "origin unknown"}.get(each, each) for each in (learnt, own)]
    names = [run.config.recalibrated.name, "Others"]
    told = "trained on {} ({}) and calibrated anew with {} ({}): intervals"
    expected = told.format(names[0], called[0], names[1], called[1])
    assert expected in of_recalibration(run)[0].sentence
    blocks = [each for each in model_card(run).blocks if isinstance(each, Text)]
    found = [each.words for each in blocks if each.warning]
    assert len(found) == len(warnings)
    assert all(map(str.startswith, found, warnings))
    assert not any("training spectra" in each.words for each in blocks)


def test_the_page_of_all_figures_names_the_data_of_its_training(made, mixture_run):
    predictions = {"anew": made.run.predictions()}
    page = reproduction_page(core.open_dataset(shipped_dataset()), {"anew": made.run}, predictions)
    told = dict(page.sections[-1].blocks[0].rows)["Run anew"]
    assert f"trained on {mixture_run.config.data.name}, simulated; judged on" in told


def test_intervals_without_densities_are_judged_without_the_galaxy_too(others, tmp_path):
    save_dataset(others.take(np.arange(100)), tmp_path / "few.parquet")
    start = core.open_run("dissertation-20k")
    found = core.recalibrate_with(start, tmp_path / "few.parquet", runs_dir=tmp_path)
    table = found.run.predictions()
    inside = (table["z_spec"] >= table["z_lower"]) & (table["z_spec"] <= table["z_upper"])
    (after,) = [after for level, _, after in found.covered if level == 0.68]
    assert after == pytest.approx(inside.mean())
    assert found.run.result()["coverage"]["68"] == after
    told = run_coverage(found.run, found.calibration, table)
    assert told[["level", "coverage"]].to_numpy().tolist() == [[0.68, pytest.approx(after)]]
    again = predict_unseen(found.run, tmp_path / "few.parquet").predictions
    assert run_coverage(found.run, found.calibration, again).equals(told)
    seen = predict_unseen(found.run, tmp_path / "few.parquet", with_seen=True).predictions
    further = predict_dataset(found.run, others.take(np.arange(100, 200)))
    numbered = further.assign(source_id=table["source_id"])  # as where ids are but row numbers
    for by_run in (seen, further, numbered):
        told = run_coverage(found.run, found.calibration, by_run)
        assert told["level"].tolist() == [0.5, 0.68, 0.9, 0.95]
        assert told.equals(found.calibration.coverage(by_run))
    by_itself = found.calibration.coverage(table, (0.68,))["coverage"][0]
    assert by_itself != pytest.approx(after)
    assert f"{100 * after:.1f} %" in to_markdown(model_card(found.run))
    table = calibration_of(model_card(found.run))[-1]
    same = next(row for row in found.rows() if row.title == "Inside their 68 % interval")
    assert table.rows[3:] == ((same.title, *same.texts),)


def test_it_is_a_run_that_an_import_takes(made):
    check_contents(made.run)


def test_what_cannot_be_is_refused_and_leaves_nothing(
    made, mixture_run, data, tmp_path, monkeypatch
):
    with pytest.raises(RunError, match=r"calibrated anew already. Take .* 'mixture-run'"):
        core.recalibrate_with(made.run, data, runs_dir=tmp_path)
    before = made.run.calibration_path.read_bytes()
    with pytest.raises(RunError, match=r"is made together with the run\. Calibrate 'mixture-run'"):
        recalibrate(made.run)
    assert made.run.calibration_path.read_bytes() == before
    few = core.load_dataset(data).take(np.arange(59))
    monkeypatch.setenv("XPZ_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(DataError, match=r"at least 60 galaxies .* better 300; received 59 of 59"):
        core.recalibrate_with(mixture_run, few, runs_dir=tmp_path)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recalibrated_run, "write_densities", fail)
    some = core.load_dataset(data).take(np.arange(62))
    with pytest.raises(core.XpzError, match="no space is left"):
        core.recalibrate_with(mixture_run, some, runs_dir=tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


def said_in(content, ending):
    """Return what the metadata of a catalogue say of its origin; None where there is no place."""
    if ending.endswith(".gz"):
        content, ending = gzip.decompress(content), ending.removesuffix(".gz")
    if ending in (".csv", ".tsv"):
        return None
    if ending == ".parquet":
        return json.loads(parquet.read_schema(io.BytesIO(content)).metadata[b"xpz"])
    if ending == ".ecsv":
        return dict(Table.read(content.decode(), format="ascii.ecsv").meta)
    if ending == ".fits":
        header = fits.open(io.BytesIO(content))[1].header
        named = {key: header[word] for key, word in FITS_KEYWORDS.items() if word in header}
        return named | {"created": f"{named['created']}+00:00"}
    infos = votable.parse(io.BytesIO(content)).resources[0].infos
    found = {info.name: info.value for info in infos}
    return found | {"interval_level": float(found["interval_level"])}


KINDS = {
    "without p(z)": ("dissertation-20k", {"other_instrument": True}),
    "of another instrument": ("mixture", {"other_instrument": True, "answer": "mode"}),
    "with a flat prior": ("mixture", {"other_instrument": True, "prior": Prior.flat()}),
    "with a table of n(z)": ("recalibrated", {"prior": Prior.table([0, 0.6], [1, 1])}),
    "recalibrated": ("recalibrated", {}),
    "with n(z) of its galaxies": ("recalibrated", {"prior": Prior.galaxies()}),
    "with n(z) by magnitude": ("recalibrated", {"prior": Prior.magnitude()}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_takes_what_every_kind_of_run_says_of_itself(
    kind, made, mixture_run, data, tmp_path
):
    which, asked = KINDS[kind]
    runs = {"mixture": mixture_run, "recalibrated": made.run}
    estimator = core.Estimator(runs.get(which, which), **asked)
    found = predict_files(estimator, data)
    about = accounted(estimator.provenance, found.account, found.shift)
    assert about.keys() <= FITS_KEYWORDS.keys()
    assert ("recalibrated_hash" in about) == (which == "recalibrated")
    assert "training_shift" in about
    few = found.table[:2]
    for ending in ENDINGS:
        said = said_in(to_bytes(few, ending, about), ending)
        assert said is None or said == about
    for ending in pz_file.ENDINGS if estimator.has_densities else ():
        path = tmp_path / f"pz{ending}"
        with pz_file.writing_pz(path, estimator.density_z, about) as store:
            density, _ = estimator.densities(next(core.load_dataset(data).take([0, 1]).chunks()))
            store.add(np.arange(2), np.arange(2), density)
            store.keep()
        assert path.stat().st_size > 1000
