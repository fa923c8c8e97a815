"""Spectra of another release than the run's, on the Predict and Evaluate screens."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from streamlit.testing.v1 import AppTest

from core.data.dataset import Dataset, save_dataset
from core.data.instrument import Instrument
from core.data.spectra.xp_bases import BASES_VARIABLE
from core.prediction.catalogue.catalogue import predict_files
from core.runs import Run
from dashboard.shared import state
from tests.support.apps import predicted_catalogue as shown
from tests.support.apps import texts

OpenScreen = Callable[..., AppTest]


@pytest.fixture
def dr4(
    xp_archive: ModuleType, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> bytes:
    """Galaxies as DR4's DataLink answers: 51 + 55 coefficients of bases that have an id."""
    (tmp_path / "bases.xml").write_text(xp_archive.bases_file(n_bp=51, bp_basis_id=156))
    monkeypatch.setenv(BASES_VARIABLE, str(tmp_path / "bases.xml"))
    far = np.flatnonzero(dataset.z > 0.25)[:8]
    sources = xp_archive.sources_of(dataset.flux[far], dataset.source_id[far], bp_basis_id=156)
    return sources.to_bytes("fits")


def box(app: AppTest) -> list:
    return [each for each in app.checkbox if each.key == "other_instrument"]


def errors(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(each.value.replace("\\", "") for each in app.error)


def test_a_file_of_dr4_is_refused_until_one_insists_and_then_flagged(
    open_screen: OpenScreen, mixture_run: Run, dr4: bytes
) -> None:
    app = open_screen("predict")
    app.file_uploader[0].set_value([("dr4.fits", dr4, "application/fits")])
    app.run()
    said = errors(app)
    assert "dr4.fits: expected spectra of Gaia DR3" in said
    assert "received Gaia DR4 (bases 156 and 57, 51 + 55 coefficients)" in said
    assert "the box 'Another release's spectra, too'" in said
    assert "open 'Calibrate this run with these galaxies'" in said
    assert "xpz calibrate" not in said
    assert "--other-instrument" not in said
    assert not [each for each in app.button if each.key == "predict_start"]
    (ticked,) = box(app)
    ticked.check().run()
    app.button(key="predict_start").click().run()
    assert not app.exception
    table = shown(app)
    assert len(table) == 8
    assert table["z"].notna().all()
    assert all("other instrument" in names for names in table["flags"])
    # It is asked again: what was insisted on is gone with the tick.
    box(app)[0].uncheck().run()
    assert "expected spectra of Gaia DR3" in errors(app)
    assert not app.dataframe


def test_files_that_are_refused_for_different_reasons_count_together(
    open_screen: OpenScreen, mixture_run: Run, dataset: Dataset, dr4: bytes
) -> None:
    columns = {f"flux_{number}": values for number, values in enumerate(dataset.flux[:9].T)}
    text = pd.DataFrame(columns).to_csv(index=False).encode()
    app = open_screen("predict")
    app.file_uploader[0].set_value(
        [
            ("text.csv", text, "text/csv"),
            ("words.csv", b"hello\nworld\n", "text/csv"),
            ("dr4.fits", dr4, "application/fits"),
        ]
    )
    app.run()
    assert "**1 file refused**; the others can be used." in errors(app)
    assert "**1 file of 3 is refused**; 1 can be used." in errors(app)
    app.button(key="predict_start").click().run()
    assert app.expander[0].label.endswith(" · **2 files refused**")


def test_beside_others_a_file_of_dr4_is_refused_as_the_command_does(
    open_screen: OpenScreen, mixture_run: Run, dataset: Dataset, dr4: bytes, tmp_path: Path
) -> None:
    text, newer = tmp_path / "text.csv", tmp_path / "dr4.fits"
    columns = {f"flux_{number}": values for number, values in enumerate(dataset.flux[:60].T)}
    pd.DataFrame(columns).to_csv(text, index=False)
    newer.write_bytes(dr4)
    theirs = predict_files(mixture_run, [text, newer])
    app = open_screen("predict")
    app.file_uploader[0].set_value(
        [("text.csv", text.read_bytes(), "text/csv"), ("dr4.fits", dr4, "application/fits")]
    )
    app.run()
    said = errors(app)
    assert "**1 file of 2 is refused**; 1 can be used." in said
    assert "- dr4.fits: expected spectra of Gaia DR3" in said
    assert "the box 'Another release's spectra, too'" in said
    button = app.button(key="predict_start")
    assert button.label == f"Predict {theirs.account.used} redshifts"
    button.click().run()
    assert "1 file of 2 is refused" in errors(app)
    predicted = app.session_state[state.PREDICT_KEY].predicted
    pd.testing.assert_frame_equal(predicted.table, theirs.table)
    assert predicted.account.to_json() == theirs.account.to_json()
    label = app.expander[0].label
    assert label.startswith("**text\\.csv** · 60 spectra · predicted by")
    assert label.endswith(" · **1 file refused**")
    # Who insists has them all, at once.
    box(app)[0].check().run()
    assert "can be used" not in errors(app)
    insisted = app.session_state[state.PREDICT_KEY].predicted
    assert len(insisted.table) == len(theirs.table) + 8
    box(app)[0].uncheck().run()
    again = app.session_state[state.PREDICT_KEY].predicted
    pd.testing.assert_frame_equal(again.table, theirs.table)
    # Looking at another screen and coming back changes nothing.
    app.session_state[state.PREDICT_KEY].set_aside()
    app.run()
    assert app.session_state[state.PREDICT_KEY].predicted is again
    assert not app.exception


@pytest.mark.parametrize("unit", ["", "mag"])
def test_beside_others_a_file_that_cannot_be_read_is_left_out_as_the_command_does(
    open_screen: OpenScreen, mixture_run: Run, dataset: Dataset, tmp_path: Path, unit: str
) -> None:
    columns = {f"flux_{number}": values for number, values in enumerate(dataset.flux[:60].T)}
    paths = tmp_path / "text.csv", tmp_path / "other.ecsv"
    pd.DataFrame(columns).to_csv(paths[0], index=False)
    paths[1].write_text("# %ECSV 1.0\nno table\n")
    if unit:
        Table(columns, units=dict.fromkeys(columns, unit)).write(paths[1], overwrite=True)
    theirs = predict_files(mixture_run, paths)
    assert [name for name, _ in theirs.refused_files] == ["other.ecsv"]
    app = open_screen("predict")
    app.file_uploader[0].set_value([(path.name, path.read_bytes(), "") for path in paths])
    app.run()
    assert "1 file refused" in errors(app)
    app.button(key="predict_start").click().run()
    predicted = app.session_state[state.PREDICT_KEY].predicted
    pd.testing.assert_frame_equal(predicted.table, theirs.table)
    assert predicted.account.to_json() == theirs.account.to_json()


def test_where_all_files_are_of_dr4_none_is_predicted(
    open_screen: OpenScreen, mixture_run: Run, dr4: bytes
) -> None:
    app = open_screen("predict")
    app.file_uploader[0].set_value(
        [(name, dr4, "application/fits") for name in ("one.fits", "two.fits")]
    )
    app.run()
    said = errors(app)
    assert "- one.fits: expected spectra of Gaia DR3" in said
    assert "- two.fits: expected spectra of Gaia DR3" in said
    assert said.count("Take another run") == 1
    assert "can be used" not in said
    assert not [each for each in app.button if each.key == "predict_start"]


def test_a_data_set_of_another_release_is_judged_only_if_one_insists(
    open_screen: OpenScreen, mixture_run: Run, dataset: Dataset, folders: Path
) -> None:
    card = replace(dataset.card, name="newer", origin="observed", instrument=Instrument("Gaia DR4"))
    save_dataset(replace(dataset, card=card), folders / "data" / "newer.parquet")
    app = open_screen(
        "evaluate", run=mixture_run.run_id, data="newer", on="Data set in use", leave_out="false"
    )
    assert "newer: expected spectra of Gaia DR3" in errors(app)
    assert not app.metric
    box(app)[0].check().run()
    assert "Each is flagged OTHER_INSTRUMENT" in "\n".join(
        each.value.replace("\\", "").replace("*", "") for each in app.warning
    )
    assert app.metric


def test_runs_compared_on_another_release_are_warned_of(
    open_screen: OpenScreen, mixture_run: Run, finished: Run, other_dataset: Dataset, folders: Path
) -> None:
    card = replace(other_dataset.card, instrument=Instrument("Gaia DR4"))
    save_dataset(replace(other_dataset, card=card), folders / "data" / "other.parquet")
    names = [mixture_run.run_id, finished.run_id]
    app = open_screen("compare", runs=names, data="other", compare_on="Data set in use")
    assert not app.exception
    told = [each.value.replace("\\", "").replace("*", "") for each in app.warning]
    for name in names:
        assert any(f"{name} was trained on Gaia DR3" in sentence for sentence in told)
    # What the galaxies do not tell is said once, not once per run.
    untold = replace(card, origin="observed", instrument=Instrument())
    save_dataset(replace(other_dataset, card=untold), folders / "data" / "other.parquet")
    app = open_screen("compare", runs=names, data="other", compare_on="Data set in use")
    told = [each.value.replace("*", "") for each in app.warning]
    assert len([each for each in told if "not say of which release of Gaia" in each]) == 1


def test_spectra_of_dr4_are_offered_to_the_run_that_knows_them(
    open_screen: OpenScreen, mixture_run: Run, dr4: bytes, folders: Path
) -> None:
    path = folders / "runs" / "newer"
    shutil.copytree(mixture_run.path, path)
    config = json.loads((path / "config.json").read_text()) | {"run_id": "newer"}
    config["created"] = "2020-01-01"
    config["recalibrated"] = config["data"]
    config["data"] = config["data"] | {"instrument": {"release": "Gaia DR4"}}
    (path / "config.json").write_text(json.dumps(config))
    summary = json.loads((path / "summary.json").read_text()) | {"run_id": "newer"}
    (path / "summary.json").write_text(json.dumps(summary))
    app = open_screen("predict")
    assert app.selectbox(key="run").value == mixture_run.run_id
    app.file_uploader[0].set_value([("dr4.fits", dr4, "application/fits")])
    app.run()
    assert app.selectbox(key="run").value == "newer"
    assert not errors(app)
    assert "This is the best calibrated run that knows Gaia DR4" in texts(app.caption)
    app.selectbox(key="run").set_value(mixture_run.run_id).run()
    assert "expected spectra of Gaia DR3" in errors(app)
    app.button(key="better_run").click().run()
    assert app.selectbox(key="run").value == "newer"
    assert not errors(app)
