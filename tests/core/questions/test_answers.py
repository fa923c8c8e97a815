"""Each kind of question has the answer that the functions give which it asks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from core.comparison.galaxies import common_dataset, common_test_part
from core.comparison.ugc import NAME as UGC
from core.comparison.ugc import in_bad_zone
from core.data.dataset import load_dataset, open_dataset, save_dataset
from core.evaluation.comparison import score
from core.evaluation.report import evaluate_table
from core.file_errors import FileError
from core.prediction.calibration.calibration import Calibration
from core.prediction.catalogue.with_own import with_own
from core.prediction.dataset import predict_unseen
from core.prediction.estimator import Estimator
from core.prediction.predictor import Predictor
from core.prediction.prior import Prior
from core.questions import (
    Catalogue,
    Comparison,
    DensitiesOfData,
    Evaluation,
    about_data,
    about_spectra,
    ask,
    ask_again,
    content_of,
    cost,
    find,
    question,
)
from core.runs import open_run
from core.spectra import Spectra
from tests.support.shipped import ROOT


@pytest.fixture(autouse=True)
def at_once(here):
    """Answers are found in this process."""


@pytest.fixture
def run(house):
    return open_run(house / "runs", "mixture-run")


@pytest.fixture
def two(house, run):
    return [run, open_run(house / "runs", "point-run")]


@pytest.mark.parametrize("with_seen", [False, True])
def test_an_evaluation_is_that_of_the_command(house, run, root, with_seen):
    path = house / "small.parquet"
    found, numbers = ask(Evaluation, root, about_data([run], path, with_seen=with_seen)).read()
    expected = predict_unseen(run, path, with_seen=with_seen)
    assert_frame_equal(found.predictions, expected.predictions, check_exact=True)
    np.testing.assert_array_equal(found.rows, expected.rows)
    assert found.notices == expected.notices
    assert found.account == expected.account
    assert numbers == evaluate_table(expected.predictions)


def test_densities_are_those_of_the_network_and_of_the_priors(house, run, root):
    about = about_data([run], house / "small.parquet")
    found = ask(DensitiesOfData, root, about).read()
    unseen = predict_unseen(run, house / "small.parquet")
    galaxies = load_dataset(house / "small.parquet").take(unseen.rows)
    mixtures = Predictor(run.path).mixtures(galaxies.flux, galaxies.flux_error)
    np.testing.assert_allclose(found.mixtures.means, mixtures.means, rtol=1e-6)
    assert len(found.mixtures) == len(unseen.rows)
    np.testing.assert_allclose(found.trade.answers[1.0], unseen.predictions["z_pred"], atol=1e-6)
    np.testing.assert_array_equal(found.trade.z_spec, galaxies.z)
    calibration = Calibration.load(run).densities
    raised = calibration.under(Prior.flat(5.0), calibration.density(mixtures)).mean()
    np.testing.assert_allclose(found.trade.answers[5.0], raised, atol=1e-6)


def test_a_run_without_densities_says_so(house, two, root):
    job = ask(DensitiesOfData, root, about_data([two[1]], house / "other.parquet"))
    assert "point-run has no p(z)" in job.status().message or job.status().state == "failed"
    assert job.status().state != "done"


def test_a_comparison_is_that_of_the_command(house, two, root):
    job = ask(Comparison, root, about_data(two, house / "other.parquet"))
    common, scores = job.read(["a", "b"], two)
    expected = common_dataset(two, open_dataset(house / "other.parquet"))
    assert common.title == expected.title
    assert common.left_out == expected.left_out
    assert common.account == expected.account
    for name, mine, theirs in zip("ab", common.subjects, expected.subjects, strict=True):
        assert mine.name == name
        assert_frame_equal(mine.predictions, theirs.predictions, check_exact=True)
        again = score(theirs.predictions)
        assert scores[name].metrics == again.metrics
        for metric, values in again.resamples.items():
            np.testing.assert_array_equal(scores[name].resamples[metric], values)


def test_the_test_parts_are_compared_with_ugc_outside_its_bad_zones(house, two, root, tmp_path):
    data = load_dataset(house / "small.parquet")
    ugc = np.where(data.z > 0.4, 0.29, data.z).astype(np.float32)
    ugc[::2] = np.nan
    path = tmp_path / "with-ugc.parquet"
    save_dataset(replace(data, redshift_ugc=ugc), path)
    about = about_data(two, None, ugc_from=path, without_bad_zones=True)
    common, scores = ask(Comparison, root, about).read(["a", "b"], two)
    assert list(scores) == ["a", "b", UGC]
    test_part = common_test_part(two)
    known = np.isfinite(ugc) & np.isin(data.source_id, test_part.subjects[0].predictions.source_id)
    assert common.n_without_ugc == len(test_part) - known.sum()
    expected = data.source_id[known & ~in_bad_zone(ugc)]
    assert common.subjects[2].predictions["source_id"].tolist() == sorted(expected)
    assert scores["a"].n == len(expected)


def about(run, spectra, *question):
    return about_spectra(run, map(content_of, spectra), sum(map(len, spectra)), *question)


@pytest.fixture
def spectra(house):
    """Two files: one with errors, redshifts, own columns and a row that cannot be used."""
    data = load_dataset(house / "other.parquet")
    own = pd.DataFrame({"field": ["north"] * 40, "z": data.z[:40]})
    flux = data.flux[:40].copy()
    flux[3] = np.nan
    first = Spectra(
        flux,
        data.source_id[:40],
        flux_error=data.flux_error[:40],
        z=data.z[:40],
        z_column=np.full(40, "z"),
        own=own,
        problems={3: "flux_0 is no number."},
    )
    return [first, Spectra(data.flux[40:60], np.arange(20), has_ids=False)]


@pytest.mark.parametrize(
    ("prior", "answer"),
    [
        (Prior.training, "mean"),
        (Prior.flat(5), "median"),
        (Prior.table([0, 0.3, 0.6], [1, 2, 1], 20), "mode"),
    ],
)
def test_a_catalogue_is_that_of_the_estimator(run, root, spectra, prior, answer):
    asked = about(run, spectra, prior, answer)
    job = ask(Catalogue, root, asked, lambda job: job.bring(spectra))
    table = job.read()
    estimator = Estimator(run, prior=prior, answer=answer)
    expected = [estimator.predict(each) for each in spectra]
    assert_frame_equal(with_own(table[:40], spectra[0]), expected[0], check_exact=True)
    assert_frame_equal(table[40:].reset_index(drop=True), expected[1], check_exact=True)
    assert list(job.path.glob("spectra-*")) == []


def test_what_someone_brings_is_told_by_its_content(run, spectra):
    asked = about(run, spectra)
    assert asked == about(run, [replace(each) for each in spectra])
    assert asked.n_spectra == 60
    for other in (
        about(run, spectra[::-1]),
        about(run, [spectra[0]]),
        about(run, [replace(spectra[0], problems={}), spectra[1]]),
        about(run, spectra, Prior.flat(5)),
    ):
        assert Catalogue.id_of(other) != Catalogue.id_of(asked)


@pytest.mark.parametrize("left", [[], [0]])
def test_spectra_that_are_gone_are_asked_for(run, root, spectra, monkeypatch, left):
    job = ask(
        Catalogue, root, about(run, spectra), lambda job: job.bring([spectra[i] for i in left])
    )
    assert job.status().state == "failed"
    assert job.status().message.startswith("The spectra are gone: upload the files again")
    monkeypatch.setattr(question, "resume", lambda job, prepare: (prepare(), question.work(job)))
    ask_again(job, lambda job: job.bring(spectra))
    assert len(job.read()) == 60


def test_nobody_takes_a_question_for_lost_whose_spectra_are_being_written(run, root, spectra):
    asked, seen = about(run, spectra), []

    def prepare(job):
        seen.append(find(Catalogue, root, asked).status().state)
        job.bring(spectra)

    ask(Catalogue, root, asked, prepare)
    assert seen == ["queued"]


def test_a_full_disk_leaves_no_question(run, root, spectra, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    asked = about(run, spectra)
    with pytest.raises(FileError, match=r"spectra-000000.npz: cannot be written: no space is left"):
        ask(Catalogue, root, asked, lambda job: job.bring(spectra))
    assert list((root / "answers").glob("predict-*")) == []


def test_what_is_small_is_told_by_the_network_and_the_number():
    compact, published = (
        open_run(ROOT / "assets" / "runs", each) for each in ("compact-20k", "dissertation-20k")
    )
    # Four convolutions at so many places each, then the dense layers.
    convolutions = 182 * 1_536 + 87 * 327_936 + 41 * 98_432 + 19 * 16_448
    dense = 147_712 + 65_792 + 32_896 + 8_256 + 65
    assert cost.n_products(published) == convolutions + dense
    assert cost.is_small(cost.to_predict([compact], 20_000) + cost.to_resample(20_000))
    assert not cost.is_small(cost.to_predict([published], 20_000))
    assert not cost.is_small(cost.to_predict([compact], 520_393))
    both = cost.to_predict([compact, published], 10)
    assert both == pytest.approx(cost.to_predict([compact], 10) + cost.to_predict([published], 10))
