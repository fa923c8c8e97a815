"""A run without a calibration is given one by a click, where its own galaxies are at hand."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import queue as started
from core.questions.own_calibration import about_calibration
from core.questions.question import work
from core.runs import Run
from tests.support.apps import texts, unmarked

OpenScreen = Callable[..., AppTest]


def test_a_click_calibrates_a_run_by_its_validation_part(
    open_screen: OpenScreen, mixture_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(started, "start_process", work)
    expected = mixture_run.predictions()
    mixture_run.calibration_path.unlink()
    table = expected.drop(columns=["z_lower", "z_upper", "flags"])
    table.to_parquet(mixture_run.predictions_path)
    app = open_screen("predict", run=mixture_run.run_id).button(key="sample").click().run()
    assert "z_lower, z_upper and sigma_z stay empty" in unmarked(texts(app.info))
    assert app.button(key="calibrate_own").label == "Calibrate with its validation part"
    app = open_screen("evaluate", run=mixture_run.run_id, show="Intervals")
    assert "This run has no intervals and no flags: it has no calibration." in texts(app.info)
    app.button(key="calibrate_own").click().run()
    assert not app.exception
    assert not app.error, [each.value for each in app.error]
    assert mixture_run.calibration_path.is_file()
    assert not [each for each in app.button if each.key == "calibrate_own"]
    assert "level" in {name for each in app.dataframe for name in each.value}
    pd.testing.assert_frame_equal(mixture_run.predictions(), expected)


def test_the_question_stays_the_same_while_it_is_answered(mixture_run: Run) -> None:
    about = about_calibration(mixture_run, mixture_run.data_path)
    mixture_run.calibration_path.unlink()
    mixture_run.predictions_path.unlink()
    assert about_calibration(mixture_run, mixture_run.data_path) == about
    mixture_run.onnx_path.write_bytes(mixture_run.onnx_path.read_bytes() + b" ")
    assert about_calibration(mixture_run, mixture_run.data_path) != about


def test_where_its_galaxies_are_not_at_hand_it_is_said_what_to_do(
    open_screen: OpenScreen, mixture_run: Run, folders: Path
) -> None:
    mixture_run.calibration_path.unlink()
    (folders / "data" / "small.parquet").unlink()
    app = open_screen("evaluate", run=mixture_run.run_id, show="Intervals")
    assert not app.exception
    assert "is not at hand. Add it on Data, or name its place" in unmarked(texts(app.info))
    assert not [each for each in app.button if each.key == "calibrate_own"]
    (command,) = [each.value for each in app.code]
    assert command.endswith(f"{mixture_run.path} --data FILE")
