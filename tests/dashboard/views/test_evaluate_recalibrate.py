"""Evaluate calibrates a run with the galaxies that it is judged on, and leads on with it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data.dataset import make_dataset, save_dataset
from core.inspection.map_job import explain
from core.jobs import queue as started
from core.prediction import Calibration, changes, recalibrate_with
from core.questions.question import work
from core.runs import Run, delete
from tests.support.apps import texts, unmarked
from tests.support.galaxies import make_falling

OpenScreen = Callable[..., AppTest]


@pytest.fixture
def mine(folders: Path) -> Path:
    """120 galaxies of others' ids, on an instrument that is a little bluer."""
    of = make_falling(120, seed=3)
    made = make_dataset(
        0.95 * of.flux,
        of.z,
        of.source_id + 10**15,
        name="mine",
        origin="observed",
        redshift_ugc=of.z + 0.05,
        redshift_ugc_lower=of.z,
        redshift_ugc_upper=of.z + 0.1,
    )
    path = folders / "data" / "mine.parquet"
    save_dataset(made, path)
    return path


def test_a_run_is_calibrated_and_compared_with_ugc(
    open_screen: OpenScreen, mixture_run: Run, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(started, "start_process", lambda job: work(job))
    address = {"run": mixture_run.run_id, "data": "mine", "on": "Data set in use"}
    app = open_screen("evaluate", **address)
    app.button(key="calibrate").click().run()
    assert not app.exception
    assert not app.error, [each.value for each in app.error]
    said = unmarked(texts(app.markdown))
    assert "Calibrated with 120 galaxies." in said
    (numbers,) = [each.value for each in app.dataframe if "Before" in each.value]
    assert numbers.iloc[0, 0] == "MAE"
    assert "Inside their 68 % interval" in numbers.iloc[:, 0].tolist()
    links = {each.proto.label: each.proto.query_string for each in app.get("page_link")}
    (made,) = [name for name in said.split("**") if name.startswith("mixture-run-by-mine")]
    assert f"run={made}" in links["Evaluate it"]
    assert f"runs={made}&runs=Gaia+UGC" in links["Compare with Gaia UGC"]

    compared = open_screen("compare", runs=[made, "Gaia UGC"], data="mine")
    assert not compared.exception
    assert not compared.warning, [each.value for each in compared.warning]
    assert "120 galaxies" in unmarked(texts(compared.markdown))

    # Judged on them, each is predicted by a calibration without it: none is left out.
    judged = open_screen("evaluate", **{**address, "run": made}, show="Settings")
    assert not judged.exception
    assert not judged.error, [each.value for each in judged.error]
    (mae,) = [each.value for each in judged.metric if each.label == "MAE"]
    assert mae == numbers["After"].iloc[0]
    assert "Its own galaxies" in judged.segmented_control(key="on").options
    shown = " ".join(table.value.to_string() for table in judged.table)
    assert "mine (observed)" in unmarked(shown)
    # What was said when it was made stands there for good; of the other run there is nothing.
    (kept,) = [each.value for each in judged.dataframe if "Before" in each.value]
    assert kept.equals(numbers)
    told = " ".join(changes(Calibration.load(Run(mixture_run.path.parent / made))))
    assert told in unmarked(texts(judged.markdown))
    assert told in said
    usual = open_screen("evaluate", run=mixture_run.run_id, show="Settings")
    assert "**Network**" in texts(usual.markdown)
    assert "**Calibration**" not in texts(usual.markdown)
    assert not [each for each in usual.dataframe if "Before" in each.value]
    judged = open_screen("evaluate", **{**address, "run": made}, show="Training set")
    assert "was calibrated with, and so its own" in texts(judged.info)
    (back,) = [each.proto.label for each in judged.get("page_link")]
    assert unmarked(back) == f"{mixture_run.run_id} on the data set in use"
    # Its network has seen none of them: a map of what it looks at can be made of them.
    found = explain(Run(mixture_run.path.parent / made))
    assert found.origin.galaxies == "mine, with which it was calibrated"
    assert found.n.sum() == 120

    # Everyone who comes back finds it; deleted, it can be made again.
    again = open_screen("evaluate", **address)
    assert "Compare with Gaia UGC" in [each.proto.label for each in again.get("page_link")]
    delete(Run(mixture_run.path.parent / made))
    again.run()
    assert "has been deleted" in unmarked(texts(again.info))
    again.button(key="calibrate").click().run()
    assert again.button(key="calibrate").label == "Calibrate"


def test_intervals_of_its_own_galaxies_are_those_without_the_galaxy(
    open_screen: OpenScreen, folders: Path, mine: Path
) -> None:
    made = recalibrate_with("dissertation-20k", mine, runs_dir=folders / "runs")
    app = open_screen("evaluate", run=made.run.run_id, show="Intervals")
    assert not app.exception
    assert not app.error, [each.value for each in app.error]
    (level,) = [each.value for each in app.dataframe if "coverage_low" in each.value]
    (after,) = [after for level, _, after in made.covered if level == 0.68]
    assert level[["level", "coverage"]].to_numpy().tolist() == [
        [pytest.approx(68), pytest.approx(100 * after)]
    ]
