"""Where spectra differ from those that a run learnt from, on Evaluate and on Predict."""

from core.prediction.shift import learnt_from
from tests.support.apps import texts

TITLE = "Spectra and training set"


def test_evaluate_tells_alike_from_others(open_screen, mixture_run, other_dataset):
    app = open_screen("evaluate", run=mixture_run.run_id, show="Training set")
    assert not app.exception
    assert "AUC of" in texts(app.info) + texts(app.warning)
    assert len(app.get("plotly_chart")) == 2
    app = open_screen(
        "evaluate",
        run=mixture_run.run_id,
        data=other_dataset.card.name,
        on="Data set in use",
        show="Training set",
    )
    assert not app.exception
    assert "very different from the run's own" in texts(app.warning)


def test_predict_says_so_below_the_run(open_screen, mixture_run):
    assert learnt_from(mixture_run) is not None
    app = open_screen("predict", run=mixture_run.run_id)
    app.button(key="sample").click().run()
    app.button(key="predict_start").click().run()
    labels = [each.label for each in app.expander]
    assert any(label.startswith(f"{TITLE}: AUC") for label in labels), labels
