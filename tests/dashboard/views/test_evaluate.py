"""The Evaluate screen: its numbers are those of the predictions, whichever are judged."""

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from core.atomic import write_json
from core.config import to_dict
from core.data.dataset import save_dataset
from core.data.instrument import Instrument
from core.data.split import SplitConfig, split_by_source
from core.evaluation import HEADLINE, bins, metrics
from core.evaluation.bins import binned_errors, mean_absolute_bin_error
from core.prediction.calibration.recalibration import recalibrate
from core.prediction.flags import Flag
from core.prediction.predictor import Predictor
from core.runs import Start
from dashboard.screens.evaluate.errors_by_redshift import with_published, words
from tests.support.apps import texts
from tests.support.estimates import headline
from tests.support.new_metric import NAME, new_metric  # noqa: F401 - a fixture

DATASET = "Data set in use"
SECTIONS = (
    "Errors by redshift",
    "Predicted and true",
    "Residuals",
    "Intervals",
    "p(z)",
    "High redshift",
    "Training",
    "Settings",
)


def metric(app, label):
    (found,) = [each for each in app.metric if each.label == label]
    return found


def number(value):
    return f"{value:.4f}".replace("-", "−")


def test_headline_numbers_are_those_of_the_predictions(open_screen, finished):
    app = open_screen("evaluate", run=finished.run_id)
    assert not app.exception
    assert not app.error
    table = finished.predictions()
    pair = table["z_spec"], table["z_pred"]
    assert metric(app, "MAE").value == number(metrics.mae(*pair))
    assert metric(app, "Bias").value == number(headline(*pair)["bias"])
    assert metric(app, "σ NMAD").value == number(headline(*pair)["sigma_nmad"])
    assert metric(app, "RMS").value == number(headline(*pair)["rms"])
    low, high = finished.summary()["evaluation"]["intervals"]["mae"]
    assert metric(app, "MAE").delta == f"{low:.4f} to {high:.4f}"
    assert f"{len(table):,} galaxies**" in texts(app.markdown)
    said = "95 % intervals from 100 resamples; of shares beyond a fixed limit or inside an interval"
    assert f"{said}, Wilson's." in texts(app.caption)
    # One strip: of the metrics that differ in a limit, the one that is chosen.
    assert len(app.metric) == len([each for each in HEADLINE.values() if not each.criterion]) + 1
    assert [each.value for each in app.title] == ["Evaluate"]


def test_the_outlier_criterion_is_a_switch(open_screen, finished):
    table = finished.predictions()
    for label, criterion, title in (
        ("0.15", "eazy", "Outliers, |e| > 0.15"),
        ("0.05", "strict", "Outliers, |e| > 0.05"),
        ("RAIL", "rail", "Outliers, RAIL"),
    ):
        app = open_screen("evaluate", run=finished.run_id)
        app.segmented_control(key="outliers").set_value(label).run()
        name = f"outlier_fraction_{criterion}"
        share = headline(table["z_spec"], table["z_pred"])[name]
        assert metric(app, title).value == f"{100 * share:.2f} %"


def test_a_new_metric_is_shown_though_the_run_is_older(open_screen, finished, new_metric):  # noqa: F811
    st.cache_data.clear()
    app = open_screen("evaluate", run=finished.run_id)
    assert not app.exception
    table = finished.predictions()
    shown = metric(app, new_metric.title)
    value = headline(table["z_spec"], table["z_pred"])[NAME]
    assert shown.value == f"{value:.4f}"
    assert " to " in shown.delta
    assert any(new_metric.formula in each.value for each in app.markdown)


def test_every_metric_has_its_definition(open_screen, finished):
    app = open_screen("evaluate", run=finished.run_id)
    for definition in (*metrics.HEADLINE.values(), *bins.DEFINITIONS.values()):
        assert definition.formula in " ".join(each.value for each in app.markdown)
    for each in app.metric:
        assert "$" in each.help


def test_table_3_stands_beside_ours(open_screen, finished):
    app = open_screen("evaluate", run=finished.run_id, show="Errors by redshift")
    (table,) = [each.value for each in app.dataframe if "mean_error" in each.value]
    ours = finished.predictions()
    bins = binned_errors(ours["z_spec"], ours["z_pred"])
    np.testing.assert_allclose(table["mean_error"], bins["mean_error"])
    assert table["mean_error_published"].iloc[0] == 0.0216
    assert table["std_published"].iloc[2] == 0.0243
    assert table["percent_published"].iloc[1] == 27.77
    alone = bins["n"].to_numpy() < 2
    assert table["std"].isna().tolist() == alone.tolist()
    expected = mean_absolute_bin_error(bins, 0.35)
    assert f"**{expected:.4f}** here, 0.013 published" in texts(app.caption)


@pytest.mark.parametrize(
    ("section", "file", "columns"),
    [
        ("Errors by redshift", "bins", {"mean_error_standard_error", "mae_standard_error"}),
        ("High redshift", "bias-by-z-spec", {"mean_error_standard_error"}),
        ("High redshift", "bias-by-z-pred", {"mean_error_standard_error"}),
    ],
)
def test_files_have_the_standard_errors_that_are_drawn(
    open_screen, finished, files, section, file, columns
):
    assert not open_screen("evaluate", run=finished.run_id, show=section).exception
    table = pd.read_csv(io.StringIO(files(f"{finished.run_id}-test-{file}.csv")))
    assert columns <= set(table)
    assert table[list(columns)].gt(0).any().all()


def test_without_near_galaxies_their_mean_is_left_out():
    z = np.array([0.42, 0.62, 0.98])
    assert words(binned_errors(z, z)) == ""


def test_what_is_published_is_of_the_same_bins():
    every = np.linspace(0.01, 0.34, 60)
    assert "the bins below z_spec = 0.35: **0.0200** here, 0.013 published (there called MAE)" in (
        words(binned_errors(every, every + 0.02))
    )
    z = np.array([0.27, 0.32, 0.42])
    assert (
        "over the 2 of 7 bins below z_spec = 0.35 that hold galaxies: **0.0100** here, 0.0185 "
        "published of the same bins (0.013 of all 7, there called MAE)"
    ) in words(binned_errors(z, z + 0.01))


def test_the_report_is_a_page_of_the_run_with_its_pictures(open_screen, finished, downloads):
    open_screen("evaluate", run=finished.run_id)
    page = downloads[f"{finished.run_id}-report.html"]().decode()
    assert f"<h1>Report of {finished.run_id}</h1>" in page
    assert page.count("<svg") > 3


@pytest.mark.parametrize(
    ("section", "address", "stem"),
    [
        *((section, {}, "first-run-test") for section in SECTIONS[:3]),
        (SECTIONS[0], {"data": "other", "on": DATASET}, "first-run-other-all"),
        (SECTIONS[0], {"data": "small", "on": DATASET}, "first-run-small-unseen"),
    ],
)
def test_names_of_downloads_tell_run_and_galaxies(
    open_screen, finished, other_dataset, downloads, address, stem, section
):
    assert other_dataset
    open_screen("evaluate", run=finished.run_id, show=section, **address)
    assert len(downloads) > 3
    # The report is of the run itself, whatever it is judged on.
    others = [name for name in downloads if not name.startswith(f"{stem}-")]
    assert others == ["first-run-report.html"]
    report = json.loads(downloads[f"{stem}-evaluation.json"]())
    assert report["run"] == finished.run_id
    assert report["galaxies"].endswith(address.get("data", "the test part of small"))
    assert report["mae"] > 0


@pytest.fixture
def downloads(monkeypatch):
    """The offered downloads: what makes each file's content, by the file's name."""
    offered = {}
    draw = st.download_button

    def recorded(*args, **options):
        offered[options["file_name"]] = options["data"]
        return draw(*args, **options)

    monkeypatch.setattr(st, "download_button", recorded)
    return offered


def test_bins_beyond_the_published_ones_stay_empty():
    z = np.array([0.02, 0.62, 0.98])
    table = with_published(binned_errors(z, z))
    assert len(table) == 20
    assert table["mean_error_published"].notna().sum() == 12
    assert table["mean_error_published"].iloc[12:].isna().all()


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_drawn(open_screen, finished, section):
    app = open_screen("evaluate", run=finished.run_id, show=section)
    assert not app.exception
    assert not app.error
    charts = len(app.get("vega_lite_chart")) + len(app.get("plotly_chart"))
    assert charts == {"Settings": 0, "Intervals": 0, "p(z)": 0, "Errors by redshift": 1}.get(
        section, 2
    )


def test_a_section_is_computed_once_it_is_opened(open_screen, finished, monkeypatch):
    from dashboard.screens.evaluate import page

    drawn = []
    for module in (page.predicted_and_true, page.residuals, page.high_redshift, page.shift):
        monkeypatch.setattr(module, "show", lambda *_, of=module: drawn.append(of))
    app = open_screen("evaluate", run=finished.run_id)
    assert not app.exception
    assert drawn == [page.predicted_and_true]
    app.query_params["show"] = "Residuals"
    app.run()
    assert drawn == [page.predicted_and_true, page.residuals]


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (None, "random weights"),
        (Start("older", "../older", "ab" * 32), "older, network abababababab"),
    ],
)
def test_the_settings_say_what_the_training_began_with(open_screen, finished, start, words):
    config = to_dict(replace(finished.config, start=start))
    write_json(finished.path / "config.json", config)
    app = open_screen("evaluate", run=finished.run_id, show="Settings")
    assert not app.exception
    shown = " ".join(table.value.to_string() for table in app.table)
    assert words in shown.replace("\\", "")


def test_a_run_without_a_calibration_is_told_how_to_get_one(
    open_screen, finished, folders, monkeypatch
):
    # The command can be pasted as it is, whatever the folder is called.
    apart = (folders / "runs").rename(folders / "my runs")
    monkeypatch.setenv("XPZ_RUNS_DIR", str(apart))
    app = open_screen("evaluate", run=finished.run_id, show="Intervals")
    assert "no intervals and no flags" in texts(app.info)
    command = f"xpz calibrate --run '{apart / finished.run_id}'"
    assert [code.value for code in app.code] == [command]


def test_coverage_and_flags_are_those_of_the_predictions(open_screen, finished, dataset):
    calibration, predictions = recalibrate(finished)
    test_flux = dataset.take(split_by_source(dataset.source_id, SplitConfig()).test).flux
    app = open_screen("evaluate", run=finished.run_id, show="Intervals")
    assert not app.exception
    assert not app.error
    assert len(app.get("vega_lite_chart")) == 2
    (levels,), (flags,) = ([each.value for each in kind] for kind in (app.dataframe, app.table))
    inside = (predictions["z_spec"] >= predictions["z_lower"]) & (
        predictions["z_spec"] <= predictions["z_upper"]
    )
    # In per cent; the download has shares.
    assert levels.set_index("level")["coverage"][68] == pytest.approx(100 * inside.mean())
    found = dict(zip(flags["Bit"].astype(int), flags["%"], strict=True))
    assert list(found) == [flag.value for flag in Flag]
    outside = calibration.domain.distance(test_flux) > calibration.domain.threshold
    assert found[Flag.OUTSIDE_DOMAIN] == f"{100 * outside.mean():.2f}"
    flagged = 100 * (predictions["flags"] != 0).mean()
    assert f"{flagged:.1f} % of these galaxies" in texts(app.markdown)


def test_another_data_set_gets_intervals_and_flags_too(open_screen, finished, other_dataset):
    recalibrate(finished)
    address = {"run": finished.run_id, "data": "other", "on": DATASET, "show": "Intervals"}
    app = open_screen("evaluate", **address)
    assert not app.exception
    (levels,), (flags,) = ([each.value for each in kind] for kind in (app.dataframe, app.table))
    assert set(levels["n"]) == {len(other_dataset)}
    assert flags["%"].astype(float).max() > 0


def test_the_residuals_are_explained(open_screen, finished):
    app = open_screen("evaluate", run=finished.run_id, show="Residuals")
    assert "regression to the mean" in texts(app.markdown)


def test_residuals_that_cannot_be_drawn_are_told(open_screen, finished, other_dataset, folders):
    address = {"run": finished.run_id, "on": "Data set in use", "show": "Residuals"}
    app = open_screen("evaluate", data="other", **address)
    assert len(app.get("plotly_chart")) == 2
    assert "No G magnitude of these galaxies is known" in texts(app.caption)
    assert "No running percentiles" not in texts(app.caption)
    save_dataset(other_dataset.take(np.arange(5)), folders / "data" / "few.parquet")
    app = open_screen("evaluate", data="few", **address)
    assert not app.exception
    assert "No running percentiles: no bin holds 10 galaxies." in texts(app.caption)


def test_simulated_spectra_are_called_so(open_screen, finished, other_dataset):
    app = open_screen("evaluate", run=finished.run_id)
    assert "**simulated**" in texts(app.caption)
    assert "trained on] :orange-badge[simulated]" in texts(app.markdown)
    app = open_screen("evaluate", run=finished.run_id, data="other", on=DATASET)
    assert not app.exception
    assert not app.error
    assert "**simulated**" not in texts(app.caption)
    assert "galaxies** of other :green-badge[observed]" in texts(app.markdown)
    assert "trained on] :orange-badge[simulated]" in texts(app.markdown)
    z_pred = Predictor(finished.path).predict(other_dataset.flux)
    assert metric(app, "MAE").value == number(metrics.mae(other_dataset.z, z_pred))


def test_another_data_set_is_predicted_and_judged(open_screen, finished, other_dataset):
    app = open_screen("evaluate", run=finished.run_id, data="other")
    app.segmented_control(key="on").set_value(DATASET).run()
    assert not app.exception
    assert "trained on **simulated** spectra" in texts(app.warning)
    assert "used to train" not in texts(app.warning)
    z_pred = Predictor(finished.path).predict(other_dataset.flux)
    assert metric(app, "MAE").value == number(metrics.mae(other_dataset.z, z_pred))
    assert "300 galaxies**" in texts(app.markdown)


def test_galaxies_of_the_training_are_counted_and_left_out(open_screen, finished, dataset):
    app = open_screen("evaluate", run=finished.run_id, data="small", on=DATASET)
    split = split_by_source(dataset.source_id, SplitConfig())
    n_used = len(split.train) + len(split.validation)
    assert f"Left out: {n_used:,} of {len(dataset):,} galaxies" in texts(app.warning)
    # What is left is the test part: the same predictions.
    table = finished.predictions()
    expected = metrics.mae(table["z_spec"], table["z_pred"])
    assert metric(app, "MAE").value == number(expected)
    app.toggle(key="leave_out").set_value(False).run()
    assert f"{len(dataset):,} galaxies**" in texts(app.markdown)
    z_pred = Predictor(finished.path).predict(dataset.flux)
    assert metric(app, "MAE").value == number(metrics.mae(dataset.z, z_pred))


def test_leave_them_out_stands_beside_its_own_sentence(open_screen, finished, dataset, folders):
    card = replace(dataset.card, name="silent", instrument=Instrument())
    save_dataset(replace(dataset, card=card), folders / "data" / "silent.parquet")
    app = open_screen("evaluate", run=finished.run_id, data="silent", on=DATASET)
    assert "of which release of Gaia" in texts(app.warning)
    (beside,) = [each for each in app.columns if "Left out:" in texts(each.warning)]
    assert len(beside.warning) == 1


def test_where_the_training_data_are_gone_it_says_so(open_screen, finished, other_dataset, folders):
    # Spectra observed are in no simulated set, wherever that is.
    simulated = replace(other_dataset, card=replace(other_dataset.card, origin="simulated"))
    save_dataset(simulated, folders / "data" / "other.parquet")
    (folders / "data" / "small.parquet").unlink()
    app = open_screen("evaluate", run=finished.run_id, data="other", on=DATASET)
    assert "cannot check what" in texts(app.warning)
    assert metric(app, "MAE").value


def test_a_damaged_network_is_one_sentence(open_screen, finished, other_dataset):
    finished.onnx_path.write_bytes(b"not a network")
    app = open_screen("evaluate", run=finished.run_id, data="other", on=DATASET)
    assert not app.exception
    assert "damaged or different file" in texts(app.error)


def test_a_run_at_work_is_sent_to_its_progress(open_screen, waiting):
    app = open_screen("evaluate", run=waiting.run_id)
    assert not app.exception
    assert "not complete" in texts(app.info)
    assert [link.value for link in app.page_link] == ["See its progress"]


@pytest.mark.parametrize("run_id", ["../../etc/passwd", "no-such-run", "<b>x</b>", ""])
def test_an_address_with_a_foreign_run_falls_back_with_a_notice(open_screen, finished, run_id):
    app = open_screen("evaluate", run=run_id)
    assert not app.exception
    assert "another one is shown" in texts(app.warning)
    assert app.selectbox(key="run").value == finished.run_id


@pytest.mark.usefixtures("dataset")
def test_without_runs_the_screen_says_what_to_do(open_screen):
    app = open_screen("evaluate")
    assert not app.exception
    assert "Train a network first" in texts(app.info)
