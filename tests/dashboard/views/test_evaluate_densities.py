"""The tabs "p(z)" and "High redshift" of the Evaluate screen, and "Intervals" of a p(z) run."""

import io

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import save_dataset
from core.data.published import published
from core.evaluation.bins import binned_errors, in_same_bins, mean_absolute_bin_error
from core.evaluation.calibration import pit_ks
from core.evaluation.examples import CHOICES
from core.evaluation.high_redshift import HIGH_Z, RedshiftBias
from core.prediction.calibration.densities_file import read_densities
from core.prediction.estimator import Estimator
from core.prediction.prior import Prior
from core.spectra import Spectra
from dashboard.screens.evaluate.high_redshift import DEFAULT, _of_what, _said
from tests.support.apps import texts

DATASET = "Data set in use"


def metrics(app):
    return {each.label: each.value.replace("−", "-") for each in app.metric}


def charts(app):
    return len(app.get("vega_lite_chart")), len(app.get("plotly_chart"))


def test_scores_of_p_z_are_those_of_the_predictions(open_screen, mixture_run):
    app = open_screen("evaluate", run=mixture_run.run_id, show="p(z)")
    assert not app.exception
    assert not app.error
    table, shown = mixture_run.predictions(), metrics(app)
    assert shown["CRPS"] == f"{table['crps'].mean():.4f}"
    assert shown["CDE loss"] == f"{table['cde_loss'].mean():.4f}"
    assert shown["Sharpness"] == f"{table['sigma_z'].mean():.4f}"
    assert shown["PIT, KS distance"] == f"{pit_ks(table['pit']):.4f}"
    assert all("$" in each.help for each in app.metric)
    assert charts(app) == (3, 1)
    for which in list(CHOICES)[1:]:
        app.segmented_control(key="examples").set_value(which).run()
        assert not app.exception
        assert charts(app) == (3, 1)


def test_where_densities_are_lost_it_says_how_to_get_them_back(open_screen, mixture_run):
    mixture_run.densities_path.unlink()
    app = open_screen("evaluate", run=mixture_run.run_id, show="p(z)")
    assert not app.exception
    assert charts(app) == (3, 0)
    assert [code.value for code in app.code] == [f"xpz calibrate --run {mixture_run.path}"]
    app = open_screen("evaluate", run=mixture_run.run_id, show="High redshift")
    assert not app.exception
    assert charts(app) == (2, 0)
    assert [code.value for code in app.code] == [f"xpz calibrate --run {mixture_run.path}"]


def test_densities_of_other_galaxies_are_not_shown(open_screen, mixture_run):
    stored = read_densities(mixture_run)
    other = mixture_run.predictions().assign(source_id=stored.source_id[::-1])
    other.to_parquet(mixture_run.predictions_path)
    app = open_screen("evaluate", run=mixture_run.run_id, show="p(z)")
    assert not app.exception
    assert charts(app) == (3, 0)


def test_another_data_set_has_its_densities_judged(open_screen, mixture_run, other_dataset):
    address = {"run": mixture_run.run_id, "data": "other", "on": DATASET}
    app = open_screen("evaluate", show="p(z)", **address)
    assert not app.exception
    assert not app.error
    assert charts(app) == (3, 1)
    assert f"{len(other_dataset)} galaxies**" in texts(app.markdown)
    app = open_screen("evaluate", show="High redshift", **address)
    assert not app.exception
    assert charts(app) == (3, 0)


def test_the_cap_of_the_flat_prior_changes_its_answer_alone(open_screen, mixture_run, dataset):
    app = open_screen("evaluate", run=mixture_run.run_id, show="High redshift")
    assert not app.exception
    assert charts(app) == (3, 0)
    predictions = mixture_run.predictions()
    test = dataset.take(np.isin(dataset.source_id, predictions["source_id"]))
    spectra = Spectra(test.flux, test.source_id, flux_error=test.flux_error)
    for cap in (10.0, 3.0):
        app.select_slider(key="cap").set_value(cap).run()
        assert not app.exception
        (table,) = [each.value for each in app.dataframe]
        assert table["answer"].tolist() == [
            "Default answer",
            f"Flat prior, cap {cap:g}",
            "Published",
        ]
        default = np.abs(predictions["z_pred"] - predictions["z_spec"]).mean()
        assert table["mae"][0] == f"{default:.4f}"
        assert table["cost"][0] == 0
        # What the same prior gives in a catalogue
        asked = Estimator(mixture_run, prior=Prior.flat(cap)).predict(spectra)["z"]
        assert table["mae"][1] == f"{np.abs(asked - test.z).mean():.4f}"
    bias = RedshiftBias.of(predictions["z_spec"], predictions["z_pred"])
    theirs = mean_absolute_bin_error(in_same_bins(published().table3, bias.high_z_bins))
    assert table["high_z_error"][2] == pytest.approx(theirs)
    assert "regression to the mean" in texts(app.markdown)
    assert "What a flat prior does" in texts(app.markdown)


def test_numbers_of_a_few_galaxies_say_of_which_bins_they_are(
    open_screen, mixture_run, other_dataset, files
):
    app = open_screen(
        "evaluate", run=mixture_run.run_id, data="other", on=DATASET, show="High redshift"
    )
    far = other_dataset.z[other_dataset.z >= HIGH_Z[0]]
    assert far.max() < 0.5  # the last two of five bins are empty
    n = f"{len(far)} galaxies"
    told = f"{n} at z_spec 0.35–0.60, in 3 of 5 bins; Published: over the same"
    assert told in texts(app.caption)
    assert "of the bins with 200 galaxies or more, of which there is none" in texts(app.caption)
    assert f"the mean |bin error| of {n} at high redshift" in texts(app.markdown)
    assert "largest bias by z_pred" not in texts(app.markdown)
    shown = pd.read_csv(io.StringIO(files(f"{mixture_run.run_id}-other-all-high-redshift.csv")))
    assert shown["high_z_error"].iloc[2] == pytest.approx((0.0458 + 0.0793 + 0.1327) / 3)
    assert shown["high_z_n"].tolist()[:2] == [len(far)] * 2


def test_bins_of_z_pred_are_named_where_answers_differ_in_them():
    z = np.repeat([0.12, 0.17, 0.32], 200)
    same = {DEFAULT: RedshiftBias.of(z, z), "Flat prior": RedshiftBias.of(z, z)}
    assert _of_what(same) == (
        "High-z error: no galaxy at z_spec 0.35–0.60. Bias by z_pred: of the bins with 200 "
        "galaxies or more, z_pred 0.10–0.20, 0.30–0.35; no others."
    )
    other = same | {"Flat prior": RedshiftBias.of(z, z + np.repeat([0, 0.05, 0], 200))}
    assert "the largest bias by z_pred (of the bins with 200 galaxies or more, z_pred 0.10" in (
        _said(same)
    )
    assert "z_pred 0.10–0.20, 0.30–0.35 (Default answer); 0.10–0.15, 0.20–0.25, 0.30–0.35 (" in (
        _of_what(other)
    )


def test_the_trade_of_caps_is_not_drawn_of_nothing(
    open_screen, mixture_run, other_dataset, folders
):
    near = other_dataset.take(other_dataset.z < HIGH_Z[0])
    save_dataset(near, folders / "data" / "near.parquet")
    app = open_screen(
        "evaluate", run=mixture_run.run_id, data="near", on=DATASET, show="High redshift"
    )
    assert not app.exception
    assert charts(app) == (2, 0)
    assert "The trade between the caps is not drawn: no galaxy lies at z_spec 0.35–0.60" in (
        texts(app.caption)
    )


def test_an_address_with_a_cap_is_answered(open_screen, mixture_run):
    app = open_screen("evaluate", run=mixture_run.run_id, show="High redshift", cap="50")
    assert not app.exception
    assert "Flat prior, cap 50" in app.dataframe[0].value["answer"].tolist()
    assert not app.warning
    app = open_screen("evaluate", run=mixture_run.run_id, show="High redshift", cap="7")
    assert "The address names a cap that does not exist" in app.warning[0].value


def test_a_run_of_points_says_what_it_cannot_do_and_shows_its_bins(open_screen, finished):
    app = open_screen("evaluate", run=finished.run_id, show="High redshift")
    assert not app.exception
    assert charts(app) == (2, 0)
    assert "not p(z)" in texts(app.info)
    assert "**Rare redshifts** gives rare ones a larger weight" in texts(app.info)
    (table,) = [each.value for each in app.dataframe]
    assert table["answer"].tolist() == ["Default answer", "Published"]
    ours = finished.predictions()
    bins = binned_errors(ours["z_spec"], ours["z_pred"])
    expected = mean_absolute_bin_error(bins, z_min=HIGH_Z[0], z_max=HIGH_Z[1])
    assert table["high_z_error"][0] == pytest.approx(expected)
    app = open_screen("evaluate", run=finished.run_id, show="p(z)")
    assert not app.exception
    assert "train a network whose head is **p(z), a mixture**" in texts(app.info)


def test_intervals_of_a_p_z_run_are_judged_by_its_pit(open_screen, mixture_run):
    app = open_screen("evaluate", run=mixture_run.run_id, show="Intervals")
    assert not app.exception
    assert charts(app) == (2, 0)
    levels = app.dataframe[0].value.set_index("level")
    inside = np.abs(2 * mixture_run.predictions()["pit"] - 1) <= 0.9
    assert levels["coverage"][90] == pytest.approx(100 * inside.mean())
    assert "central intervals of p(z)" in texts(app.caption)
    app.segmented_control(key="coverage_level").set_value(0.9).run()
    assert not app.exception
