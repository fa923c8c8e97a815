"""Predict: many files at once, good and bad; the catalogue; one spectrum."""

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from core.cli import main
from core.data.dataset import Dataset
from core.data.split import SplitConfig, split_by_source
from core.prediction.calibration.calibration import calibrate
from core.prediction.catalogue.catalogue import predict_files
from core.prediction.estimator import Estimator
from core.prediction.flags import SENTENCES, Flag
from core.prediction.predictor import Predictor
from core.prediction.seen import SEEN, read_seen, write_seen
from core.runs import Run
from core.spectra import N_BP, Spectra
from dashboard.screens.predict import files as holds
from dashboard.screens.predict import kept, read_file, where
from dashboard.screens.predict.filters import passing
from dashboard.screens.predict.results import BIN_WIDTH, histogram_table
from dashboard.shared import state
from dashboard.shared.ways import A_SAMPLE, TRY_KEY
from tests.support.apps import predicted_catalogue as shown
from tests.support.apps import predicted_facts as facts
from tests.support.apps import unmarked

OpenScreen = Callable[..., AppTest]
FLUX = [f"flux_{sample}" for sample in range(186)]


@pytest.fixture
def calibrated(finished: Run, dataset: Dataset) -> Run:
    """The finished run with intervals, training domain and limits of the flags."""
    split = split_by_source(dataset.source_id, finished.config.split)
    calibrate(finished, dataset.take(split.train), dataset.take(split.validation))
    return finished


@pytest.fixture
def table(dataset: Dataset) -> pd.DataFrame:
    """Thirty of the galaxies, with redshifts, errors and a column of their own.

    Far enough that the simple network gives each a redshift, none below 0.
    """
    assert dataset.flux_error is not None
    far = np.flatnonzero(dataset.z > 0.25)[:30]
    return pd.DataFrame(
        {"source_id": dataset.source_id[far], "z": dataset.z[far], "field": "north"}
        | dict(zip(FLUX, dataset.flux[far].astype(float).T, strict=True))
        | {f"flux_error_{i}": dataset.flux_error[far, i].astype(float) for i in range(186)}
    )


def as_csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def drop(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Put files into the field, all at once."""
    app.file_uploader[0].set_value([(name, content, "text/csv") for name, content in files])
    return app.run()


def predict(app: AppTest) -> AppTest:
    return app.button(key="predict_start").click().run()


def figure(app: AppTest) -> dict:
    (found,) = app.get("plotly_chart")
    return json.loads(found.proto.spec)


def texts(app: AppTest, kind: str) -> str:
    return "\n".join(each.value for each in getattr(app, kind))


def read_files(app: AppTest) -> pd.DataFrame:
    """What is said of the files that were read."""
    (found,) = [each.value for each in app.table if "File" in each.value]
    return found.map(unmarked)


def fine(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def test_the_empty_screen_says_what_to_bring_and_from_where(
    open_screen: OpenScreen, finished: Run
) -> None:
    app = fine(open_screen("predict"))
    assert "sample" in texts(app, "info")
    assert "XP_CONTINUOUS" in texts(app, "markdown")
    assert "xpz fetch" in texts(app, "markdown")
    assert not app.dataframe


def test_without_a_run_it_says_to_train_one(open_screen: OpenScreen, dataset: Dataset) -> None:
    app = fine(open_screen("predict"))
    assert "Train a network first" in texts(app, "info")
    assert not app.selectbox(key="data") or not [box for box in app.selectbox if box.key == "run"]


def test_a_run_that_is_not_complete_cannot_be_chosen(
    open_screen: OpenScreen, finished: Run, waiting: Run
) -> None:
    app = fine(open_screen("predict"))
    assert app.selectbox(key="run").options == [finished.run_id]


def test_what_was_recognised_is_shown_before_anything_is_computed(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Predictor, "predict", lambda *_: pytest.fail("predicted unasked"))
    app = fine(drop(open_screen("predict"), ("mine.csv", as_csv(table))))
    row = read_files(app).iloc[0]
    assert list(row[["File", "What it is", "Spectra"]]) == [
        "mine.csv",
        "table of spectra (csv)",
        "30",
    ]
    assert row["flux"] == "flux_0 to flux_185"
    assert app.button(key="predict_start").label == "Predict 30 redshifts"


def test_the_catalogue_is_that_of_the_run_and_the_first_source_stands_beside_it(
    open_screen: OpenScreen, calibrated: Run, dataset: Dataset, table: pd.DataFrame
) -> None:
    app = fine(predict(drop(open_screen("predict"), ("mine.csv", as_csv(table)))))
    catalogue = shown(app)
    # As text: a browser's numbers have 53 bits.
    assert list(catalogue["source_id"]) == [str(each) for each in table["source_id"]]
    expected = Predictor(calibrated.path).predict(table[FLUX].to_numpy())
    np.testing.assert_allclose(catalogue["z"], expected, atol=1e-5)
    # Never below 0, where this simple network may well predict.
    assert (catalogue["z_lower"] <= catalogue["z_upper"]).all()
    assert (catalogue["z_lower"] < catalogue["z_upper"])[expected > 0.1].all()
    np.testing.assert_allclose(catalogue["z_spec"], table["z"])
    assert set(catalogue["own.field"]) == {"north"}
    assert "**30 spectra**" in texts(app, "markdown")
    assert "own.file" not in catalogue
    # What it was predicted from is folded, and its title tells it.
    (folded,) = [each.label for each in app.expander if "30 spectra" in each.label]
    assert unmarked(folded).startswith("**mine.csv**")
    assert f"predicted by **{calibrated.run_id}**" in unmarked(folded)

    # Beside it the first source, compared with the redshift of the input.
    first, known = catalogue.iloc[0], facts(app)
    assert known["Predicted z"] == f"{first['z']:.4f}"
    assert known["d = z − z_spec"] == f"{first['z'] - first['z_spec']:+.4f}"
    e = (first["z"] - first["z_spec"]) / (1 + first["z_spec"])
    assert known["e = d / (1 + z_spec)"] == f"{e:+.4f}"
    inside = first["z_lower"] <= first["z_spec"] <= first["z_upper"]
    assert known["Inside the interval"] == ("yes" if inside else "no")
    assert known["68 % interval"] == f"{first['z_lower']:.4f} to {first['z_upper']:.4f}"
    in_short = f"**z = {first['z']:.4f}** · 68 %: {known['68 % interval']} · z_spec "
    assert in_short in unmarked(texts(app, "markdown"))

    assert "**occlusion**" in texts(app, "caption")
    assert "narrow lines are not resolved" in texts(app, "caption")
    names = {trace.get("name") for trace in figure(app)["data"]}
    assert {"Change of z if hidden", "Nearest in training, mean"} <= names
    (nearest,) = [each.value for each in app.dataframe if "distance" in each.value]
    assert len(nearest) == 5
    assert nearest["distance"].is_monotonic_increasing

    # Nothing is drawn of what nobody opened.
    assert not app.get("vega_lite_chart")
    app.session_state["histogram"] = True
    assert fine(app.run()).get("vega_lite_chart")
    app.toggle(key="all_columns").set_value(True).run()
    pd.testing.assert_frame_equal(shown(fine(app)), catalogue)


def test_lines_are_moved_and_filters_narrow_the_catalogue_and_open_what_is_left(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    def lines(app: AppTest) -> list[float]:
        return sorted(shape["x0"] for shape in figure(app)["layout"]["shapes"])

    app = fine(predict(drop(open_screen("predict"), ("mine.csv", as_csv(table)))))
    everything = shown(app)
    start, before = float(app.text_input(key="lines_z").value), lines(app)
    assert start == pytest.approx(everything["z"][0], abs=1e-4)
    app.slider(key="lines_z_slider").set_value(0.2).run()
    assert fine(app).text_input(key="lines_z").value == "0.2"
    assert lines(app) != before
    app.text_input(key="lines_z").set_value("0.31").run()
    assert fine(app).slider(key="lines_z_slider").value == 0.31
    at_031 = lines(app)
    app.text_input(key="lines_z").set_value("0,4").run()
    assert "z: expected a number from 0 to 1.5; received '0,4'." in unmarked(texts(app, "markdown"))
    assert len(lines(app)) < len(at_031)  # at no redshift
    app.button(key="lines_at_predicted").click().run()
    assert fine(app).slider(key="lines_z_slider").value == start
    app.button(key="lines_at_input").click().run()
    assert float(app.text_input(key="lines_z").value) == pytest.approx(table["z"][0], abs=1e-4)

    wanted = everything.iloc[17]
    app.text_input(key="filter_source").set_value(wanted["source_id"][-4:]).run()
    assert list(fine(app).header[-1].value.split())[-1] in list(shown(app)["source_id"])
    assert wanted["source_id"] in list(shown(app)["source_id"])
    # Another source: its own redshift, not where the lines were left.
    open_z = shown(app)["z"].iloc[0]
    assert float(app.text_input(key="lines_z").value) == pytest.approx(open_z, abs=1e-4)

    app.text_input(key="filter_source").set_value("")
    middle = float(everything["z"].median())
    app.text_input(key="filter_low").set_value(f"{middle:.3f}").run()
    assert (fine(app), len(shown(app))) == (app, (everything["z"] >= round(middle, 3)).sum())

    assert app.get("download_button")
    app.text_input(key="filter_low").set_value("0,1").run()
    assert not app.exception
    assert "z from: expected a number from 0 to 1.5; received '0,1'." in unmarked(
        app.error[0].value
    )
    assert not app.get("plotly_chart")
    assert not app.get("download_button")
    app.text_input(key="filter_low").set_value("").run()
    assert len(shown(fine(app))) == len(everything)

    # Ends the wrong way round are no filter that nothing passes.
    app.text_input(key="filter_low").set_value("0.3")
    app.text_input(key="filter_high").set_value("0.2").run()
    said = "z to: expected at least z from (0.3); received 0.2."
    assert said in unmarked(app.error[0].value)
    app.text_input(key="filter_low").set_value("")
    app.text_input(key="filter_high").set_value("").run()
    assert len(shown(fine(app))) == len(everything)

    app.text_input(key="filter_source").set_value("no such id").run()
    assert "No source passes" in texts(fine(app), "info")
    assert not app.get("plotly_chart")


def test_the_filter_asks_for_g_where_the_files_tell_it(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    app = fine(predict(drop(open_screen("predict"), ("mine.csv", as_csv(table)))))
    assert "G from" not in [field.label for field in app.text_input]
    g_mag = np.linspace(18, 21, len(table))
    mine = ("bright.csv", as_csv(table.assign(phot_g_mean_mag=g_mag)))
    app = fine(predict(drop(open_screen("predict"), mine)))
    app.text_input(key="filter_g_high").set_value("19").run()
    assert len(shown(fine(app))) == (g_mag <= 19).sum()


@pytest.mark.parametrize("own", [{}, {"specobjid": 2**62 + np.arange(1, 31)}])
def test_no_id_loses_a_digit(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame, own: dict
) -> None:
    """Also where a row is nothing but numbers."""
    numbers = table[["source_id", *FLUX]].assign(**own)
    app = fine(predict(drop(open_screen("predict"), ("mine.csv", as_csv(numbers)))))
    assert app.header[-1].value == f"Source {table['source_id'][0]}"
    assert str(table["source_id"][0]) in app.get("plotly_chart")[0].proto.alt
    for name, ids in own.items():
        assert list(shown(app)[f"own.{name}"]) == list(map(str, ids))


def test_a_row_whose_id_is_missing_has_none_in_the_list(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    some = table[:4].astype({"source_id": "Int64"})
    some.loc[0, "source_id"] = pd.NA
    app = fine(predict(drop(open_screen("predict"), ("mine.csv", as_csv(some)))))
    assert list(shown(app)["source_id"]) == ["", *map(str, table["source_id"][1:4])]
    assert app.header[-1].value == "A source without an id"  # the first is open


def test_what_was_refused_for_want_of_room_is_read_when_there_is_room(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_file, "MAX_SPECTRA", 35)
    app = open_screen("predict")
    app = drop(app, ("first.csv", as_csv(table)), ("second.csv", as_csv(table[:6])))
    assert app.error
    # As if the first file were new: the second is known, and was refused.
    del app.session_state[state.PREDICT_KEY].files[0]
    monkeypatch.setattr(read_file, "MAX_SPECTRA", 36)
    assert fine(app.run()).button(key="predict_start").label == "Predict 36 redshifts"


def test_good_files_are_served_and_each_bad_one_gets_a_sentence(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    app = drop(
        open_screen("predict"),
        ("good.csv", as_csv(table[:10])),
        ("words.csv", b"hello\nworld\n"),
        ("empty.csv", b""),
        ("also-good.csv", as_csv(table[10:25])),
        ("torn.fits", b"SIMPLE  =" + bytes(100)),
    )
    assert not app.exception
    (refused,) = app.error
    assert "3 files refused" in refused.value
    for name in ("words", "empty", "torn"):
        assert refused.value.count(f"- {name}") == 1
    assert "Traceback" not in refused.value
    app = predict(app)
    # The list of files is folded now.
    assert app.expander[0].label.endswith("** · **3 files refused**")
    assert account_of(app)["files refused"] == "3"
    for name in ("words", "empty", "torn"):
        assert f"refused: {name}" in texts(app, "caption").replace("\\", "")
    catalogue = shown(app)
    assert list(catalogue["own.file"].value_counts(sort=False)) == [10, 15]
    assert list(catalogue["source_id"]) == [str(each) for each in table["source_id"][:25]]


def test_a_row_without_use_is_named_and_keeps_its_place(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    table["flux_7"] = table["flux_7"].astype(object)
    table.loc[3, "flux_7"] = "n/a?"
    table.loc[5, FLUX[:N_BP]] = np.nan
    app = drop(open_screen("predict"), ("mine.csv", as_csv(table)))
    (problems,) = [each.value for each in app.dataframe if "why" in each.value]
    assert list(problems["row"]) == [4, 6]
    assert problems["source_id"][0] == str(table["source_id"][3])
    assert "flux_7" in problems["why"][0]
    assert problems["why"][1] == "BP has no flux: all of its 80 samples are empty."
    assert list(read_files(app)["Unusable"]) == ["2"]
    assert "2 spectra cannot be used" in [each.label for each in app.expander]
    assert app.button(key="predict_start").label == "Predict 28 redshifts"

    catalogue = shown(predict(app))
    assert "**2** without a redshift" in texts(app, "markdown")
    assert len(catalogue) == 30
    assert list(np.flatnonzero(catalogue["z"].isna())) == [3, 5]
    assert "no redshift" in catalogue["flags"][3]
    assert "missing band" in catalogue["flags"][5]
    # Each in its own words, beside it.
    assert "flux_7" in catalogue["why_none"][3]
    assert catalogue["why_none"][5] == problems["why"][1]
    assert set(catalogue["why_none"].drop([3, 5])) == {""}


def test_what_a_spectrum_lacks_is_told_band_by_band(table: pd.DataFrame) -> None:
    flux = np.ones((1, 186)) * np.arange(186)
    flux[0, 100:103], flux[0, :N_BP] = np.nan, 2.0
    assert read_file.unusable(Spectra(flux, np.array([1]))) == {
        0: "BP has no flux: all of its 80 samples are 2. "
        "RP lacks 3 of 106 samples, the first of them flux_100."
    }


def test_no_redshift_is_promised_where_there_can_be_none(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    table.loc[:1, FLUX[:N_BP]] = np.nan
    app = drop(open_screen("predict"), ("mine.csv", as_csv(table[:2])))
    assert app.button(key="predict_start").label == "Show the spectra, without redshifts"


def test_the_sample_is_tried_with_one_click_and_called_simulated(
    open_screen: OpenScreen, calibrated: Run
) -> None:
    app = fine(open_screen("predict").button(key="sample").click().run())
    assert "**simulated** galaxies" in texts(app, "caption")
    app = fine(predict(app))
    assert len(shown(app)) == 66
    assert "star, black body of 6000 K" in set(shown(app)["own.what"])
    assert "own.z_spec" not in shown(app)  # stands beside z, under its own name
    # How good they are, with what chance allows, of those that have both redshifts.
    catalogue = shown(app)
    n = (catalogue["z"].notna() & catalogue["z_spec"].notna()).sum()
    said = unmarked(texts(app, "markdown"))
    assert re.search(rf"\*\*{n}\*\* with z_spec: MAE \*\*0.* \[0.*\]", said)
    assert re.search(r"\d %\*\* inside their 68 % interval, by chance [\d.]+ to [\d.]+ %", said)
    assert "z_spec" in facts(app)
    assert not app.warning


def test_a_galaxy_that_comes_in_several_files_counts_once_in_the_errors(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    numbers = r"MAE \*\*(0.*) inside"
    app = fine(predict(drop(open_screen("predict"), ("a.csv", as_csv(table)))))
    once = re.search(numbers, unmarked(texts(app, "markdown")))
    assert once is not None
    app = drop(open_screen("predict"), *((f"{name}.csv", as_csv(table)) for name in "abc"))
    said = unmarked(texts(fine(predict(app)), "markdown"))
    assert "**30 galaxies** with z_spec, in 90 rows: MAE" in said
    assert once[1] in said
    # Nobody knows whose rows without ids are.
    bare = as_csv(table.drop(columns="source_id"))
    app = drop(open_screen("predict"), ("a.csv", bare), ("b.csv", bare))
    assert "**60** with z_spec: MAE" in unmarked(texts(fine(predict(app)), "markdown"))


def test_redshifts_that_a_data_set_would_not_take_are_not_judged_by(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    flagged = table.assign(ZWARN=4 * (np.arange(len(table)) < 4))
    flagged.loc[:3, "z"] = 1.2
    flagged.loc[4:5, "z"] = 0.0
    flagged.loc[6, "z"] = -9999
    app = fine(predict(drop(open_screen("predict"), ("a.csv", as_csv(flagged)))))
    said = unmarked(texts(app, "markdown"))
    assert "**23** with z_spec: MAE" in said
    left_out = "rows with z_spec left out: 2 no redshift (exactly 0 in several rows), "
    assert f"6 more {left_out}4 warning flag (ZWARN)" in said
    app = drop(open_screen("predict"), ("a.csv", as_csv(flagged[:6])))
    said = unmarked(texts(fine(predict(app)), "markdown"))
    assert f"6 {left_out}4 warning flag (ZWARN)" in said
    assert "with z_spec: MAE" not in said


def test_z_spec_is_one_thing_on_the_screen_and_in_the_file(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    given = table.rename(columns={"z": "z_spec"}).assign(z=0.77)
    app = fine(predict(drop(open_screen("predict"), ("mine.csv", as_csv(given)))))
    app.toggle(key="all_columns").set_value(True).run()
    said = unmarked(texts(app, "markdown"))
    assert "**30** with z_spec: MAE" in said
    assert "0.77" not in said
    assert facts(app)["z_spec"] == f"{table['z'].iloc[0]:.4f}"
    catalogue = shown(app)
    np.testing.assert_allclose(catalogue["z_spec"], table["z"])
    assert set(catalogue["own.z_input"]) == {0.77}
    assert "own.z_spec" not in catalogue
    file = app.session_state[state.PREDICT_KEY].predicted.table
    np.testing.assert_allclose(file["z_spec"], table["z"])
    assert set(file["z_input"]) == {0.77}


def test_the_redshifts_of_all_files_have_one_name(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    other = table.rename(columns={"z": "zspec"}).assign(source_id=table["source_id"] + 1)
    app = drop(open_screen("predict"), ("a.csv", as_csv(other)), ("b.csv", as_csv(table)))
    app = fine(predict(app))
    assert "**60** with z_spec: MAE" in unmarked(texts(app, "markdown"))
    assert "z_spec" in facts(app)  # of the first source


def test_known_redshifts_of_the_tables_of_a_zip_are_those_of_the_command(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame, tmp_path: Path
) -> None:
    gaps = table.assign(z=table["z"].where(table.index != 1, -9999))
    other = table.rename(columns={"z": "zspec"}).assign(z=0.77)
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.writestr("a.csv", as_csv(gaps))
        archive.writestr("b.csv", as_csv(other))
    app = drop(open_screen("predict"), ("both.zip", (tmp_path / "both.zip").read_bytes()))
    app = fine(predict(app))
    file = app.session_state[state.PREDICT_KEY].predicted.table
    ours = predict_files(Estimator(calibrated), tmp_path / "both.zip").table
    assert set(file) == set(ours)
    pd.testing.assert_frame_equal(file[list(ours)], ours)
    np.testing.assert_allclose(file["z_spec"][30:], table["z"])
    assert file["z_input"].dropna().tolist() == [-9999] + [0.77] * 30


def test_an_address_asks_for_the_sample(open_screen: OpenScreen, finished: Run) -> None:
    app = open_screen("predict", **{TRY_KEY: A_SAMPLE})
    assert not app.exception
    assert "The sample" in texts(app, "caption")
    app.button(key="predict_clear").click().run()
    assert "The sample" not in texts(app, "caption")
    assert TRY_KEY not in app.query_params


def test_redshifts_of_the_sample_are_there_again_after_a_reload(
    open_screen: OpenScreen, finished: Run
) -> None:
    app = open_screen("predict")
    app.button(key="sample").click().run()
    assert kept.PREDICTED_KEY not in app.query_params
    before = shown(fine(predict(app)))
    address = {key: in_address(app, key) for key in (TRY_KEY, kept.PREDICTED_KEY)}
    pd.testing.assert_frame_equal(shown(fine(open_screen("predict", **address))), before)


def test_galaxies_that_the_run_has_seen_are_counted(
    open_screen: OpenScreen, finished: Run, dataset: Dataset, table: pd.DataFrame
) -> None:
    write_seen(finished, dataset.source_id, split_by_source(dataset.source_id, SplitConfig()))
    seen = int(np.isin(table["source_id"], read_seen(finished)).sum())
    assert 0 < seen < len(table)
    app = open_screen("predict")
    drop(app, ("mine.csv", as_csv(table)))
    said = unmarked(texts(app, "warning"))
    assert f"calibrated with {seen} of {len(table)} spectra here: such redshifts are better" in said
    # As `xpz predict` counts them.
    assert account_of(fine(predict(app)))[f"of these {SEEN}"] == str(seen)
    drop(app, ("mine.csv", as_csv(table.drop(columns="source_id"))))
    assert "calibrated with" not in texts(app, "warning")


def test_errors_that_are_none_are_told_by_row_and_column(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame
) -> None:
    table.loc[3, "flux_error_7"] = -1.0
    app = open_screen("predict")
    drop(app, ("mine.csv", as_csv(table)))
    said = unmarked(texts(app, "warning"))
    assert "1 of 30 spectra has errors that cannot be used" in said
    assert "row 4, column 'flux_error_7': expected a finite number of 0 or more" in said
    assert "swapped" not in said
    errors = [f"flux_error_{i}" for i in range(186)]
    table[errors] = -table[errors].abs()
    drop(app, ("mine.csv", as_csv(table)))
    assert "are flux and error swapped" in texts(app, "warning")
    assert "Flux errors of" not in texts(app, "info")
    drop(app, ("bare.csv", as_csv(table.drop(columns=errors))))
    assert (
        "Flux errors of bare.csv: none, as no column holds errors: the flux is used without errors."
    ) in unmarked(texts(app, "info"))


def test_a_simulated_network_on_spectra_of_ones_own_is_told(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    app = drop(open_screen("predict"), ("mine.csv", as_csv(table)))
    assert "trained on **simulated** spectra" in texts(app, "warning")


def test_without_a_calibration_it_says_how_to_get_intervals(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame
) -> None:
    app = fine(predict(drop(open_screen("predict"), ("mine.csv", as_csv(table)))))
    assert "is not calibrated" in unmarked(texts(app, "info"))
    assert "xpz calibrate" in texts(app, "code")
    assert shown(app)["z_lower"].isna().all()
    assert "interval" not in " ".join(facts(app))


def test_a_calibration_made_meanwhile_is_taken_up(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame, request: pytest.FixtureRequest
) -> None:
    app = fine(predict(drop(open_screen("predict"), ("mine.csv", as_csv(table)))))
    request.getfixturevalue("calibrated")
    assert "run has changed" in texts(app.run(), "caption")
    assert shown(fine(predict(app)))["z_lower"].notna().all()


def test_a_damaged_calibration_is_a_sentence(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    calibrated.calibration_path.write_bytes(b"no archive")
    app = drop(open_screen("predict"), ("mine.csv", as_csv(table)))
    assert not app.exception
    (error,) = app.error
    assert "xpz calibrate" in error.value


def test_a_spectrum_without_a_band_is_drawn_and_explained(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    table = table[:1].copy()
    table.loc[0, FLUX[N_BP:]] = np.nan
    app = fine(predict(drop(open_screen("predict"), ("mine.csv", as_csv(table)))))
    assert facts(app)["Predicted z"] == "none"
    assert SENTENCES[Flag.MISSING_BAND] in texts(app, "markdown")
    assert "occlusion" not in texts(app, "caption")
    assert {trace.get("name") for trace in figure(app)["data"]} >= {"Flux and its 1-sigma error"}
    # With no prediction to go by, lines stand at the input's own redshift.
    assert float(app.text_input(key="lines_z").value) == pytest.approx(table["z"][0], abs=1e-4)


def test_the_catalogue_waits_for_who_looks_at_another_screen(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def come_back(app: AppTest) -> AppTest:
        app.switch_page("views/home.py").run()
        return fine(app.switch_page("views/predict.py").run())

    app = predict(drop(open_screen("predict"), ("mine.csv", as_csv(table))))
    app = come_back(app)
    assert len(shown(app)) == 30
    assert "uploaded before" in texts(app, "caption")
    assert figure(app)

    # Many spectra do not wait, but their catalogue does.
    monkeypatch.setattr(holds, "MAX_KEPT", 20)
    app = come_back(app)
    assert app.session_state[state.PREDICT_KEY].files[0].spectra is None
    assert len(shown(app)) == 30
    assert facts(app)["Predicted z"]
    assert "released" in texts(app, "info")
    assert not app.get("plotly_chart")
    app.button(key="predict_clear").click().run()
    assert not fine(app).dataframe
    assert app.session_state[state.PREDICT_KEY] is None


def test_files_that_stay_are_not_read_again(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = drop(open_screen("predict"), ("mine.csv", as_csv(table)))
    monkeypatch.setattr(read_file, "open_spectra", lambda *_, **__: pytest.fail("read again"))
    fine(app.run())
    fine(predict(app))
    # Who looks at another place for spectra does not lose those at hand.
    app.segmented_control(key="spectra").set_value("Gaia Archive").run()
    assert len(shown(fine(app))) == 30
    app.segmented_control(key="spectra").set_value("Upload files").run()
    assert len(shown(fine(app))) == 30


def test_an_emptied_field_is_an_empty_screen(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame
) -> None:
    app = predict(drop(open_screen("predict"), ("mine.csv", as_csv(table[:3]))))
    assert [each for each in app.expander if "predicted by" in each.label]
    app.file_uploader[0].set_value(None).run()
    assert not fine(app).table
    assert not [each for each in app.expander if "predicted by" in each.label]
    assert app.session_state[state.PREDICT_KEY] is None


def test_another_run_predicts_anew(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame, folders: Path
) -> None:
    other = folders / "runs" / "other-run"
    shutil.copytree(calibrated.path, other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"run_id": "other-run"}))
    app = predict(drop(open_screen("predict", run="first-run"), ("mine.csv", as_csv(table))))
    assert len(shown(fine(app))) == 30
    calibrated.annotate(name="Deep field")
    app.selectbox(key="run").set_value("other-run").run()
    assert not [each for each in fine(app).dataframe if "z_lower" in each.value]
    assert app.button(key="predict_start")
    assert "or choose **Deep field** again" in unmarked(texts(app, "caption"))
    assert app.query_params["run"] == "other-run"
    app.selectbox(key="run").set_value("first-run").run()
    assert len(shown(fine(app))) == 30
    assert "Another run" not in texts(app, "caption")


def test_more_spectra_than_the_screen_holds_are_refused_and_the_rest_is_served(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_file, "MAX_SPECTRA", 35)
    app = open_screen("predict")
    app = drop(app, ("first.csv", as_csv(table)), ("second.csv", as_csv(table[:6])))
    (error,) = app.error
    assert "second" in error.value
    assert "xpz predict" in error.value.replace("\\", "")
    assert app.button(key="predict_start").label == "Predict 30 redshifts"


def test_names_of_files_cannot_format_the_page(open_screen: OpenScreen, finished: Run) -> None:
    app = drop(open_screen("predict"), ("![x](http://example.org/x.png).csv", b"a\n1\n"))
    (error,) = app.error
    assert "](" not in error.value


def test_a_table_in_a_zip_is_served(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", as_csv(table[:4]))
        archive.writestr("readme.pdf", b"%PDF-1.4")
    app = drop(open_screen("predict"), ("both.zip", packed.getvalue()))
    assert not app.error
    aside = texts(app, "caption").replace("\\", "")
    assert "both.zip > readme.pdf: left aside, it is a PDF document." in aside
    assert len(shown(predict(app))) == 4


def account_of(app: AppTest) -> dict[str, str]:
    (account,) = [each.value for each in app.table if "used" in each.value.index]
    return dict(zip(map(unmarked, account.index), account.iloc[:, 0], strict=True))


def test_the_account_is_that_of_the_prediction_once_there_is_one(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame
) -> None:
    odd = table[:6].copy()
    odd.loc[2, FLUX] = np.linspace(1, 100, 186)  # no galaxy: the answer is no redshift
    app = drop(open_screen("predict"), ("a.csv", as_csv(odd)))
    assert account_of(app)["used"] == "6"
    told = account_of(fine(predict(app)))
    assert (told["used"], told["without a redshift: the network's answer is no redshift"]) == (
        "5",
        "1",
    )


def test_the_account_adds_up_and_sources_that_come_twice_carry_a_sign(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    twice = table[8:14].copy()
    twice.loc[9, FLUX[:N_BP]] = np.nan
    app = drop(open_screen("predict"), ("a.csv", as_csv(table[:10])), ("b.csv", as_csv(twice)))
    assert account_of(app) == {
        "files read": "2",
        "tables read": "2",
        "spectra: rows read": "16",
        "rows with a source_id": "16",
        "different source_ids": "14",
        "rows whose source_id came before": "2",
        "without a redshift: a band is missing": "1",
        "used": "15",
    }
    assert "2 more rows are of a source that is there already" in app.info[0].value
    app = fine(predict(app))
    catalogue = shown(app)
    assert list(catalogue.index[catalogue["own.repeated"]]) == [8, 9, 10, 11]


def test_ids_are_counted_where_only_some_tables_have_them(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", as_csv(table[:4]))
        archive.writestr("b.csv", as_csv(table[4:6].drop(columns="source_id")))
    app = drop(open_screen("predict"), ("all.zip", packed.getvalue()))
    for told in (account_of(app), account_of(fine(predict(app)))):
        assert (told["spectra: rows read"], told["rows with a source_id"]) == ("6", "4")


def test_what_an_archive_of_several_kinds_holds_is_said(
    open_screen: OpenScreen,
    finished: Run,
    table: pd.DataFrame,
    archived_spectra: Any,
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", as_csv(table[:4]))
        archive.writestr("b.csv", as_csv(table[4:9]))
        archive.writestr("xp.csv", archived_spectra.to_bytes("csv"))
    app = fine(drop(open_screen("predict"), ("all.zip", packed.getvalue())))
    files = read_files(app)
    assert list(files["What it is"]) == [
        "2 × table of spectra (csv), 1 × XP continuous spectra (csv)"
    ]
    assert list(files["Spectra"]) == ["29"]


def test_all_refused_files_are_listed(open_screen: OpenScreen, finished: Run) -> None:
    names = [f"letter-{i}.csv" for i in range(23)]
    app = drop(open_screen("predict"), *((name, b"hello\nworld\n") for name in names))
    (error,) = app.error
    assert "23 files refused" in error.value
    listed = error.value.replace("\\", "")
    assert all(listed.count(f"- {name}") == 1 for name in names)


def test_commands_stand_in_the_font_of_code(open_screen: OpenScreen, finished: Run) -> None:
    flux = ",".join(["1.0"] * 343)
    sampled = f'source_id,flux\n1,"[{flux}]"\n'.encode()
    app = drop(open_screen("predict"), ("XP_SAMPLED.csv", sampled))
    assert "`xpz fetch`" in app.error[0].value


@pytest.mark.parametrize("header", ["source_id", "source_id,ra,dec", "ra,dec"])
def test_who_brings_no_spectra_is_led_to_where_they_are_fetched(
    open_screen: OpenScreen, finished: Run, header: str
) -> None:
    row = ",".join(["4111834567779557376", "187.7", "12.4"][-header.count(",") - 1 :])
    app = drop(open_screen("predict"), ("mine.csv", f"{header}\n{row}\n".encode()))
    (error,) = app.error
    assert f"`{where.ARCHIVE}` on the screens Predict and Data" in error.value
    assert "a file of them, a position or ADQL" in error.value.replace("\\", "")


def test_filters_wait_for_who_looks_at_another_screen(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    table.loc[5, FLUX[:N_BP]] = np.nan
    app = predict(drop(open_screen("predict"), ("mine.csv", as_csv(table))))
    app.multiselect(key="filter_flags").set_value([Flag.MISSING_BAND]).run()
    assert list(shown(fine(app))["source_id"]) == [str(table["source_id"][5])]
    app.switch_page("views/home.py").run()
    app.switch_page("views/predict.py").run()
    assert list(shown(fine(app))["source_id"]) == [str(table["source_id"][5])]
    # Other files may carry other flags; the field offers theirs alone.
    app.button(key="predict_clear").click().run()
    app.switch_page("views/home.py").run()
    app.switch_page("views/predict.py").run()
    app = predict(drop(app, ("whole.csv", as_csv(table[:5]))))
    assert len(shown(fine(app))) == 5


def catalogue(**columns: list) -> pd.DataFrame:
    return pd.DataFrame({"source_id": [111, 112, 213, 300]} | columns)


def test_filters() -> None:
    table = catalogue(z=[0.1, 0.2, np.nan, 0.3], flags=[0, 4, 129, 0])
    assert list(passing(table)) == [0, 1, 2, 3]
    assert list(passing(table, z=(0.15, None))) == [1, 3]
    assert list(passing(table, z=(None, 0.2))) == [0, 1]
    g_mag = np.array([19.0, np.nan, 20.0, 21.0])
    assert list(passing(table, g=(19.5, None), g_mag=g_mag)) == [2, 3]
    assert list(passing(table, g=(18.0, 20.0), g_mag=g_mag)) == [0, 2]
    assert list(passing(table, clean=True)) == [0, 3]
    assert list(passing(table, any_of=(Flag.LOW_SN, Flag.MISSING_BAND))) == [1, 2]
    assert list(passing(table, source="11")) == [0, 1]
    assert list(passing(table, source="1", clean=True)) == [0]
    assert list(passing(table, source="Gaia DR3 112")) == [1]
    assert list(passing(table, source="Gaia DR3 11")) == [0, 1]


def test_the_histogram_counts_clean_sources_in_the_bins_of_all() -> None:
    table = catalogue(z=[0.001, 0.012, 0.019, 0.04], flags=[0, 0, 8, 4])
    counts = histogram_table(table)
    np.testing.assert_allclose(counts["z_high"] - counts["z_low"], BIN_WIDTH)
    assert list(counts["all"]) == [1, 2, 0, 0, 1]
    assert list(counts["clean"]) == [1, 1, 0, 0, 0]


def test_redshifts_a_little_below_0_count_in_the_first_bin() -> None:
    counts = histogram_table(pd.DataFrame({"z": [-0.02, 0.005, 1.5], "flags": [8, 0, 0]}))
    assert counts["all"].iloc[0] == 2
    assert counts["clean"].iloc[0] == 1
    assert counts["all"].sum() == 3


def in_address(app: AppTest, key: str) -> str:
    value = app.query_params[key]
    return value if isinstance(value, str) else value[0]


def test_an_upload_is_found_again_by_its_address(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    mine = ("mine.csv", as_csv(with_two_ids(table, "source_id", "object")))
    app = drop(open_screen("predict"), mine)
    app = fine(predict(app.selectbox(key="predict-id-0").select("object").run()))
    name, column = in_address(app, "upload"), in_address(app, "ids")
    expected = shown(app)

    reloaded = fine(open_screen("predict", upload=name, ids=column))
    assert "uploaded before" in texts(reloaded, "caption")
    pd.testing.assert_frame_equal(shown(predict(reloaded)), expected)
    assert in_address(reloaded, kept.PREDICTED_KEY) == kept.YES
    at_once = open_screen("predict", upload=name, ids=column, predicted=kept.YES)
    pd.testing.assert_frame_equal(shown(fine(at_once)), expected)
    # Another column can be chosen, and the first one again.
    assert reloaded.selectbox(key="predict-id-1").value == "object"
    fine(reloaded.selectbox(key="predict-id-1").select(None).run())
    assert read_files(reloaded).iloc[0]["source_id"] == "source_id"
    assert "ids" not in reloaded.query_params
    fine(reloaded.selectbox(key="predict-id-1").select("object").run())
    assert in_address(reloaded, "ids") == "object"
    assert "uploaded before" in texts(reloaded, "caption")
    # From another screen the address has it again, and another upload takes its place.
    reloaded.switch_page("views/home.py").run()
    fine(reloaded.switch_page("views/predict.py").run())
    assert in_address(reloaded, "upload") == name
    drop(reloaded, ("few.csv", as_csv(table[:3])))
    assert in_address(fine(reloaded), "upload") != name
    assert "ids" not in reloaded.query_params
    assert read_files(reloaded).iloc[0]["Spectra"] == "3"
    # Back, which the browser does.
    reloaded.query_params["upload"] = name
    assert read_files(fine(reloaded.run())).iloc[0]["Spectra"] == "30"
    reloaded.button(key="sample").click().run()
    assert "upload" not in fine(reloaded).query_params
    assert read_files(reloaded).iloc[0]["File"] == "simulated-galaxies.csv"

    wrong = fine(open_screen("predict", upload=name, ids="No such"))
    assert "a column of ids that these files do not have" in texts(wrong, "warning")
    assert wrong.selectbox(key="predict-id-1").options == [
        "Told by the names",
        "source_id",
        "object",
    ]
    assert read_files(wrong).iloc[0]["source_id"] == "source_id"

    app.button(key="predict_forget").click().run()
    # Another visitor still has them on the screen, and no other column of them.
    wrong.selectbox(key="predict-id-1").select("object").run()
    assert "upload them again to choose another column" in texts(fine(wrong), "warning")
    assert not fine(app).table
    assert "upload" not in app.query_params
    gone = fine(open_screen("predict", upload=name))
    assert "no longer kept: upload the files again" in gone.warning[0].value
    assert "no longer kept" in texts(gone.run(), "warning")
    gone.switch_page("views/home.py").run()
    fine(gone.switch_page("views/predict.py").run())
    assert "no longer kept" not in texts(gone, "warning")
    drop(gone, mine)
    assert in_address(gone, "upload") == name


@pytest.mark.parametrize("name", ["../../etc", "0" * 32, ""])
def test_an_address_of_no_upload_is_a_sentence(
    open_screen: OpenScreen, finished: Run, name: str
) -> None:
    app = fine(open_screen("predict", upload=name))
    assert "no longer kept" in app.warning[0].value
    assert "Drop files above" in texts(app, "info")
    app.button(key="predict_gone_close").click().run()
    assert "no longer kept" not in texts(fine(app), "warning")


def test_an_upload_that_cannot_be_kept_is_used_all_the_same(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.data.uploads.MOST_BYTES", 10)
    app = fine(drop(open_screen("predict"), ("mine.csv", as_csv(table))))
    assert "until you close or reload this page" in texts(app, "caption")
    assert "upload" not in app.query_params


def with_two_ids(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Return the table with the same ids, and others that count from 2^40, under these names."""
    others = pd.DataFrame(
        dict(zip(names, (table["source_id"], 2**40 + np.arange(30)), strict=True))
    )
    return pd.concat([others, table.drop(columns="source_id")], axis=1)


def test_a_column_that_may_hold_the_ids_is_named_beside_the_field_that_takes_it(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame
) -> None:
    mine = table.drop(columns="source_id").assign(object=2**61 + np.arange(30))
    app = drop(open_screen("predict"), ("mine.csv", as_csv(mine)))
    said = unmarked(texts(app, "warning"))
    assert "no column of source ids was recognised" in said
    assert "stand in 'object'. If they are the ids, name the column with `Column of the" in said
    app.selectbox(key="predict-id-0").select("object").run()
    assert "no column of source ids" not in unmarked(texts(fine(app), "warning"))


def test_the_column_of_ids_is_chosen_as_with_the_command(
    open_screen: OpenScreen, calibrated: Run, table: pd.DataFrame, tmp_path: Path
) -> None:
    mine = with_two_ids(table, "source_id", "object")
    app = drop(open_screen("predict"), ("mine.csv", as_csv(mine)))
    box = app.selectbox(key="predict-id-0")
    assert box.options == ["Told by the names", "source_id", "object"]
    app = fine(predict(box.select("object").run()))
    assert "object (by hand" in read_files(app).iloc[0]["source_id"]
    catalogue = shown(app)
    (tmp_path / "mine.csv").write_bytes(as_csv(mine))
    words = ["predict", "--run", str(calibrated.path), "--in", str(tmp_path / "mine.csv")]
    words += ["--id", "object", "--out", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    by_command = pd.read_csv(tmp_path / "out.csv", dtype={"source_id": str})
    assert list(catalogue["source_id"]) == list(by_command["source_id"])
    assert by_command["source_id"][0] == str(2**40)
    # Back to what the names tell: nothing is predicted any more.
    app = fine(app.selectbox(key="predict-id-0").select(None).run())
    assert read_files(app).iloc[0]["source_id"].startswith("source_id")
    assert app.button(key="predict_start")
    # A column that was chosen for one file is not asked of another.
    app.selectbox(key="predict-id-0").select("object").run()
    app = fine(drop(app, ("other.csv", as_csv(table[:4]))))
    assert read_files(app).iloc[0]["Spectra"] == "4"


def test_where_names_do_not_decide_which_ids_are_meant_they_are_offered(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame
) -> None:
    mine = with_two_ids(table, "gaia_id", "sourceid")
    app = drop(open_screen("predict"), ("mine.csv", as_csv(mine)))
    assert "choose the column of ids here" in app.error[0].value
    box = app.selectbox(key="predict-id-0")
    assert box.options == ["Told by the names", "gaia_id", "sourceid"]
    assert read_files(fine(box.select("sourceid").run())).iloc[0]["Spectra"] == "30"


def test_a_column_that_cannot_be_another_one_is_not_asked_for(
    open_screen: OpenScreen, finished: Run, table: pd.DataFrame
) -> None:
    app = fine(drop(open_screen("predict"), ("mine.csv", as_csv(table))))
    assert not [box for box in app.selectbox if box.key == "predict-id-0"]
