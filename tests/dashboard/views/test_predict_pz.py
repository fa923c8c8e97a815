"""Predict with a run that has p(z): answers and priors, the density of one source, downloads."""

import io
import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.data.dataset import Dataset
from core.prediction.estimator import Estimator
from core.prediction.prior import Prior
from core.runs import Run
from core.spectra import Spectra
from dashboard.screens.predict import predicting as holds
from dashboard.screens.predict import pz_detail, pz_download
from dashboard.screens.predict.choices import Choices
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.read_file import read
from tests.support.apps import predicted_catalogue as shown
from tests.support.apps import predicted_facts as facts
from tests.support.apps import texts, unmarked

OpenScreen = Callable[..., AppTest]


@pytest.fixture
def spectra(dataset: Dataset) -> Spectra:
    """Thirty galaxies, from the nearest to the farthest."""
    rows = np.argsort(dataset.z)[:: len(dataset) // 30][:30]
    found = dataset.take(rows)
    return Spectra(found.flux, found.source_id, z=found.z, flux_error=found.flux_error)


@pytest.fixture
def file(spectra: Spectra) -> tuple[str, bytes, str]:
    assert spectra.flux_error is not None
    table = pd.DataFrame(
        {"source_id": spectra.source_id, "z": spectra.z}
        | {f"flux_{i}": spectra.flux[:, i].astype(float) for i in range(186)}
        | {f"flux_error_{i}": spectra.flux_error[:, i].astype(float) for i in range(186)}
    )
    return "mine.csv", table.to_csv(index=False).encode(), "text/csv"


def predict(app: AppTest, file: tuple[str, bytes, str]) -> AppTest:
    app.file_uploader(key="predict-files-0").set_value([file]).run()
    return fine(app.button(key="predict_start").click().run())


def fine(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def density_figure(app: AppTest) -> dict:
    (found,) = [
        spec
        for spec in (json.loads(each.proto.spec) for each in app.get("plotly_chart"))
        if spec["layout"]["yaxis"]["title"]["text"].startswith("p(z)")
    ]
    return found


def names(figure: dict) -> list[str]:
    return [trace["name"] for trace in figure["data"]]


def test_the_density_of_the_chosen_source_is_drawn_with_its_numbers(
    open_screen: OpenScreen, mixture_run: Run, spectra: Spectra, file: tuple
) -> None:
    app = predict(open_screen("predict"), file)
    table = Estimator(mixture_run).predict(spectra)
    np.testing.assert_allclose(shown(app)["z"], table["z"], atol=1e-6)
    known, figure = facts(app), density_figure(app)
    first = table.iloc[0]
    assert known["p(z) mean"] == known["Predicted z"] == f"{first['z']:.4f}"
    assert {"p(z) median", "p(z) mode", "p(z) below z_spec"} <= set(known)
    assert f"68 % interval {first['z_lower']:.4f} to {first['z_upper']:.4f}" in names(figure)
    assert f"Mean {first['z']:.4f}" in names(figure)
    assert f"z_spec {spectra.z[0]:.4f}" in names(figure)
    assert "As calibrated" not in names(figure)


def test_another_question_to_the_run_is_answered_at_once(
    open_screen: OpenScreen, mixture_run: Run, spectra: Spectra, file: tuple
) -> None:
    app = predict(open_screen("predict"), file)
    app.button_group(key="answer").set_value("mode").run()
    mode = Estimator(mixture_run, answer="mode").predict(spectra)
    np.testing.assert_allclose(shown(fine(app))["z"], mode["z"], atol=1e-6)
    app.button_group(key="prior").set_value("flat").run()
    app.text_input(key="prior_cap").set_value("20.0").run()
    flat = Estimator(mixture_run, prior=Prior.flat(20), answer="mode").predict(spectra)
    np.testing.assert_allclose(shown(fine(app))["z"], flat["z"], atol=1e-6)
    assert "As calibrated" in names(density_figure(app))


def test_intervals_are_said_to_be_calibrated_for_another_prior(
    open_screen: OpenScreen, mixture_run: Run, file: tuple
) -> None:
    app = predict(open_screen("predict", answer="mode"), file)
    said = "not for the prior asked for"
    everywhere = ("warning", "caption", "markdown")
    assert not [each for kind in everywhere for each in app.get(kind) if said in each.value]
    assert pz_detail.CAPTION in texts(app.caption)
    app.button_group(key="prior").set_value("flat").run()
    (warning,) = [unmarked(each.value) for each in fine(app).warning if said in each.value]
    assert "for the n(z) of the training part" in warning
    assert pz_detail.CAPTION not in texts(app.caption)
    (numbers,) = [each for each in app.markdown if "inside their 68 % interval" in each.value]
    assert said in numbers.help


def test_an_address_asks_the_question_and_a_bad_one_is_told(
    open_screen: OpenScreen, mixture_run: Run, spectra: Spectra, file: tuple
) -> None:
    app = open_screen("predict", prior="flat", prior_cap="20", answer="mode")
    flat = Estimator(mixture_run, prior=Prior.flat(20), answer="mode").predict(spectra)
    np.testing.assert_allclose(shown(predict(app, file))["z"], flat["z"], atol=1e-6)
    app = open_screen("predict", prior="mine", answer="best")
    assert [each.value for each in app.warning] == [
        "The address names a way to sum up p(z) that does not exist; another one is shown.",
        "The address names a prior that does not exist; another one is shown.",
    ]
    app = open_screen("predict", prior="flat", prior_cap="0.1")
    assert "Cap: expected a number from 1 to 1,000; received 0.1." in texts(app.markdown)


def test_a_prior_of_ones_own_is_waited_for_and_a_bad_one_is_a_sentence(
    open_screen: OpenScreen, mixture_run: Run, spectra: Spectra, file: tuple
) -> None:
    app = open_screen("predict", prior="table")
    app.file_uploader(key="predict-files-0").set_value([file]).run()
    assert "Give a table of z and n" in app.info[0].value
    assert not [button for button in app.button if button.key == "predict_start"]
    own = app.file_uploader(key="prior_file")
    own.set_value(("nz.csv", b"z,mass\n0,1\n1,1\n", "text/csv")).run()
    assert "expected a column of how common each redshift is" in app.error[0].value
    own = app.file_uploader(key="prior_file")
    own.set_value(("nz.csv", b"z,n\n0,0\n0.4,0\n0.6,1\n", "text/csv")).run()
    app.button(key="predict_start").click().run()
    prior = Prior.table([0, 0.4, 0.6], [0, 0, 1])
    found = Estimator(mixture_run, prior=prior).predict(spectra)
    np.testing.assert_allclose(shown(fine(app))["z"], found["z"], atol=1e-6)
    assert shown(app)["z"].min() > 0.4


def test_a_run_of_point_estimates_offers_no_such_choice(
    open_screen: OpenScreen, finished: Run, file: tuple
) -> None:
    app = predict(open_screen("predict"), file)
    assert not [each for each in app.button_group if each.key in ("answer", "prior")]
    assert "p(z) mean" not in facts(app)


def test_densities_are_taken_along_for_the_rows_that_pass(mixture_run: Run, file: tuple) -> None:
    name, content, _ = file
    other = content.split(b"\n")
    files = [read("1", name, content), read("2", "letter.csv", b"Dear all,\n")]
    files.append(read("3", "few.csv", b"\n".join(other[:6])))
    intake = Intake(files)
    estimator = Estimator(mixture_run)
    whole = holds.predict(estimator, intake, lambda done, total: None)
    rows = np.array([2, 29, 31, 34])
    with np.load(io.BytesIO(holds.densities(estimator, intake, rows, ".npz"))) as stored:
        assert stored["row"].tolist() == [0, 1, 2, 3]
        assert stored["source_id"].tolist() == whole.table["source_id"].iloc[rows].tolist()
        upper = whole.table["z_upper"].iloc[rows]
        np.testing.assert_allclose(stored["quantiles"][:, 6], upper, atol=1e-5)


def test_too_many_densities_are_left_to_the_command(
    open_screen: OpenScreen, mixture_run: Run, file: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pz_download, "MAX_DENSITIES", 29)
    app = predict(open_screen("predict"), file)
    assert any("xpz predict --pz" in each.value for each in app.caption)


def test_questions_are_told_apart() -> None:
    questions = [
        Choices(),
        Choices("mode"),
        Choices(prior=Prior.flat()),
        Choices(prior=Prior.flat(20)),
        Choices(prior=Prior.table([0, 1], [1, 1])),
        Choices(prior=Prior.table([0, 1], [1, 2])),
    ]
    assert len({question.key for question in questions}) == 6
    assert Choices(prior=Prior.table([0, 1], [1, 1])).key == questions[4].key
