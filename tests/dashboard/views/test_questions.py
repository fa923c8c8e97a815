"""What takes long is asked of a process of its own, on every screen: its progress, its answer."""

from contextlib import ExitStack

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from core.comparison.galaxies import common_dataset
from core.data.dataset import open_dataset
from core.evaluation import metrics
from core.evaluation.comparison import differences, score, verdict
from core.jobs import wait
from core.prediction.dataset import predict_unseen
from core.prediction.predictor import Predictor
from core.questions import Catalogue, Evaluation, cost, question
from tests.support.apps import metric, predicted_catalogue, texts

DATASET = "Data set in use"


@pytest.fixture(autouse=True)
def all_is_large(monkeypatch):
    monkeypatch.setattr(cost, "AT_ONCE_SECONDS", 0.0)


@pytest.fixture
def nothing_is_predicted_here(monkeypatch):
    """Let the network fail in this process."""
    for name in ("predict", "mixtures"):
        monkeypatch.setattr(Predictor, name, lambda *_, **__: pytest.fail("predicted here"))


@pytest.fixture
def at_work(monkeypatch):
    """Let questions stay at work until the test ends; return those that were asked."""
    asked = []
    with ExitStack() as stack:

        def submit(job):
            stack.enter_context(job.worker_lock())
            job.update(state="running", done=120, total=300)
            asked.append(job)
            return job

        monkeypatch.setattr(question, "submit", submit)
        yield asked


@pytest.fixture
def here(monkeypatch):
    """Let questions be answered at once, in this process."""
    monkeypatch.setattr(question, "submit", lambda job: question.work(job))


@pytest.fixture
def address(mixture_run, other_dataset):
    return {"run": mixture_run.run_id, "data": "other", "on": DATASET}


def answers(folders, kind):
    return [kind(path) for path in (folders / "runs" / "answers").glob(f"{kind.what}-*")]


def progress(app):
    (bar,) = app.get("progress")
    return bar.proto.value, bar.proto.text


def fine(app):
    assert not app.exception
    assert not app.error
    return app


def test_an_evaluation_goes_on_without_its_visitor_and_is_found_again(
    open_screen, address, folders, mixture_run, nothing_is_predicted_here, monkeypatch
):
    app = fine(open_screen("evaluate", **address))
    assert not app.metric
    assert "The evaluation is at work" in progress(app)[1]
    (job,) = answers(folders, Evaluation)
    assert wait(job).state == "done"
    for _ in range(2):  # the next visitor as well
        app = fine(open_screen("evaluate", **address))
        assert not app.get("progress")
        assert [each.id for each in answers(folders, Evaluation)] == [job.id]
        shown = metric(app, "MAE")
    monkeypatch.undo()
    table = predict_unseen(mixture_run, folders / "data" / "other.parquet").predictions
    assert shown == f"{metrics.mae(table['z_spec'], table['z_pred']):.4f}"
    assert "trained on **simulated** spectra" in texts(app.warning)


def test_two_visitors_share_one_process_and_see_how_far_it_is(
    open_screen, address, folders, at_work, nothing_is_predicted_here
):
    for _ in range(2):
        app = fine(open_screen("evaluate", **address))
        assert progress(app) == (40, "**The evaluation is at work.** 120 of 300 spectra")
        assert not app.metric
    assert len(at_work) == len(answers(folders, Evaluation)) == 1
    at_work[0].update(done=300)
    assert progress(app.run())[1].endswith("All spectra are predicted; finishing")


def test_who_cancels_is_told_and_can_start_again(open_screen, address, at_work, monkeypatch):
    app = fine(open_screen("evaluate", **address))
    (job,) = at_work
    app.button(key=f"cancel-{job.id}").click().run()
    assert job.cancel_path.read_text() == "cancelled"
    assert progress(app)[1].endswith("Stopping")
    assert app.button(key=f"cancel-{job.id}").disabled
    job.end("cancelled", "Cancelled. Start it again.")
    app = fine(open_screen("evaluate", **address))
    assert "The evaluation**: Cancelled. Start it again." in texts(app.info)
    again = []
    monkeypatch.setattr(question, "resume", lambda job, prepare: again.append(job))
    app.button(key=f"again-{job.id}").click().run()
    assert again == [job]


def test_what_goes_wrong_is_one_sentence(open_screen, address, at_work):
    fine(open_screen("evaluate", **address))
    (job,) = at_work
    job.end("failed", "model.onnx: expected a network.")
    app = open_screen("evaluate", **address)
    assert not app.exception
    assert "The evaluation**: model.onnx: expected a network." in texts(app.error)
    assert [each.label for each in app.button if each.key.startswith("again-")] == ["Start again"]


@pytest.mark.parametrize(
    ("section", "charts"), [("p(z)", 4), ("High redshift", 3), ("Intervals", 2)]
)
def test_sections_of_a_large_data_set_are_those_of_a_small_one(
    open_screen, address, here, monkeypatch, section, charts
):
    def shown():
        app = fine(open_screen("evaluate", show=section, **address))
        assert len(app.get("vega_lite_chart")) + len(app.get("plotly_chart")) == charts
        return [each.value for each in app.dataframe], [each.value for each in app.metric]

    tables, numbers = shown()
    monkeypatch.setattr(cost, "AT_ONCE_SECONDS", 1e9)
    expected, same_numbers = shown()
    assert numbers == same_numbers
    for table, other in zip(tables, expected, strict=True):
        assert_frame_equal(table, other, rtol=1e-5)


def test_densities_are_asked_where_they_are_shown(open_screen, address, here, monkeypatch):
    fine(open_screen("evaluate", **address))
    monkeypatch.setattr(question, "submit", lambda job: job.end("failed", "No luck."))
    app = open_screen("evaluate", show="High redshift", **address)
    assert not app.exception
    assert "**The prediction of p(z)**: No luck." in texts(app.error)
    assert metric(app, "MAE")


def test_galaxies_are_inspected_without_waiting_for_all_densities(open_screen, address, here):
    app = fine(open_screen("evaluate", show="Inspect", queue="Worst", **address))
    assert not list(app.get("progress"))
    assert [each for each in app.table if "p(z) mean" in each.value.index]


@pytest.fixture
def compared(mixture_run, finished, other_dataset):
    return {"runs": ["mixture-run", "first-run"], "data": "other", "compare_on": DATASET}


def test_a_comparison_says_the_same_as_where_it_was_small(
    open_screen, compared, here, mixture_run, finished, folders
):
    app = fine(open_screen("compare", **compared))
    common = common_dataset(
        [mixture_run, finished], open_dataset(folders / "data" / "other.parquet")
    )
    found = differences(*(score(each.predictions) for each in common.subjects))
    assert verdict("mixture-run", "first-run", found["mae"]) in texts(app.markdown)
    assert "**300 galaxies** of other" in texts(app.markdown)


def test_a_comparison_at_work_lets_the_rest_be_read(
    open_screen, compared, at_work, nothing_is_predicted_here
):
    app = fine(open_screen("compare", compare_show="Curves", **compared))
    assert progress(app)[1] == "**The comparison is at work.** 120 of 300 spectra"
    assert len(app.get("vega_lite_chart")) == 2
    app = fine(open_screen("compare", **compared))
    assert "as soon as the comparison is there" in texts(app.info)
    assert len(at_work) == 1


@pytest.fixture(params=["z", "z_spec"])
def upload(dataset, request):
    """Thirty of the galaxies with their redshifts in a file, one without a usable flux."""
    flux = dataset.flux[:30].astype(float)
    flux[4] = np.nan
    table = pd.DataFrame({"source_id": dataset.source_id[:30], "field": "north"})
    table[request.param] = dataset.z[:30]
    columns = dict(zip([f"flux_{sample}" for sample in range(186)], flux.T, strict=True))
    content = pd.concat([table, pd.DataFrame(columns)], axis=1).to_csv(index=False).encode()
    return "mine.csv", content, "text/csv"


def drop(app, upload):
    app.file_uploader[0].set_value([upload])
    return app.run()


def test_an_upload_is_predicted_by_a_process_and_found_again(
    open_screen, mixture_run, upload, folders, here, monkeypatch
):
    app = fine(drop(open_screen("predict"), upload))
    assert not answers(folders, Catalogue)
    app = fine(app.button(key="predict_start").click().run())
    by_process = predicted_catalogue(app)
    assert len(by_process) == 30
    assert by_process["z"].isna().tolist() == [row == 4 for row in range(30)]
    assert set(by_process["own.field"]) == {"north"}
    assert by_process["z_spec"].notna().all()
    # After a reload the same file finds its answer: there is nothing to press.
    monkeypatch.setattr(question, "submit", lambda job: pytest.fail("asked again"))
    again = fine(drop(open_screen("predict"), upload))
    assert_frame_equal(predicted_catalogue(again), by_process)
    monkeypatch.setattr(cost, "AT_ONCE_SECONDS", 1e9)
    small = fine(drop(open_screen("predict"), upload))
    small.button(key="predict_start").click().run()
    assert_frame_equal(predicted_catalogue(small), by_process)


def test_an_upload_at_work_is_waited_for_though_its_spectra_were_released(
    open_screen, mixture_run, upload, at_work, monkeypatch
):
    monkeypatch.setattr("dashboard.screens.predict.files.MAX_KEPT", 5)
    app = fine(drop(open_screen("predict"), upload))
    app = fine(app.button(key="predict_start").click().run())
    assert progress(app)[1] == "**The prediction is at work.** 120 of 300 spectra"
    app.switch_page("views/home.py").run()
    app = fine(app.switch_page("views/predict.py").run())
    assert progress(app)[1].startswith("**The prediction is at work.**")
    (job,) = at_work
    job.answer(lambda done, total: None)
    job.end("done")
    app = fine(app.run())
    assert len(predicted_catalogue(app)) == 30
