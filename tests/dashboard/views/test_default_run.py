"""Which run a screen opens on, and that what people choose is remembered."""

import json
import shutil

import pytest

from core.runs import Run
from tests.support.apps import texts


@pytest.fixture
def better(folders, mixture_run):
    """A copy of the calibrated run, older than others and with lower errors of validation."""
    path = folders / "runs" / "better"
    shutil.copytree(mixture_run.path, path)
    written = path / "config.json"
    config = json.loads(written.read_text()) | {"run_id": "better", "created": "2020-01-01"}
    written.write_text(json.dumps(config))
    run = Run(path)
    told = run.summary()
    halved = {"run_id": "better", "validation_mae": 0.5 * told["validation_mae"]}
    run.write_summary(told | halved)
    return run


def chosen(app):
    assert not app.exception
    return app.selectbox(key="run").value


def test_predict_and_evaluate_open_on_the_best_run_and_remember_another(
    open_screen, better, mixture_run, finished
):
    for screen in ("evaluate", "predict"):
        app = open_screen(screen)
        assert chosen(app) == "better"
        assert "This is the best calibrated run on simulated Gaia DR3 spectra" in texts(app.caption)
    app.selectbox(key="run").set_value(mixture_run.run_id).run()
    assert "better is the best calibrated run" in texts(app.caption)
    app.switch_page("views/evaluate.py").run()
    assert chosen(app) == mixture_run.run_id


def test_what_nobody_chose_is_not_remembered(open_screen, better, mixture_run, finished):
    app = open_screen("evaluate").run()
    assert chosen(app) == "better"
    assert "last_run" not in app.session_state
    app.selectbox(key="run").set_value(finished.run_id).run()
    assert app.session_state["last_run"] == finished.run_id
    app = open_screen("evaluate", run="better").run()
    assert app.session_state["last_run"] == "better"
