"""Galaxies selected in the plane of redshifts: which they are, and what is shown of them."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from core.data.dataset import save_dataset
from core.evaluation import metrics
from core.evaluation.histograms import histogram2d
from core.evaluation.resampling import intervals
from dashboard.figures.density import CELLS, predicted_vs_true
from tests.support.apps import texts

ADDRESS = {"show": "Predicted and true"}


@pytest.fixture
def select(monkeypatch):
    """Return a function that selects cells of the plane from then on, as the browser would."""
    points = []
    draw = st.plotly_chart

    def drawn(figure, **options):
        state = draw(figure, **options)
        return {"selection": {"points": points}} if "on_select" in options else state

    monkeypatch.setattr(st, "plotly_chart", drawn)

    def choose(*places, curve=CELLS):
        points[:] = [{"curve_number": curve, "point_index": place} for place in places]

    return choose


@pytest.fixture
def downloads(monkeypatch):
    offered = {}
    draw = st.download_button

    def recorded(*args, **options):
        offered[options["file_name"]] = options["data"]
        return draw(*args, **options)

    monkeypatch.setattr(st, "download_button", recorded)
    return offered


def inside(table, plane, places):
    """The galaxies whose redshifts lie within the drawn cells."""
    marks = predicted_vs_true(plane).data[CELLS]
    half = (plane.edges_x[1] - plane.edges_x[0]) / 2
    near = [
        (np.abs(table["z_spec"] - marks.x[i]) < half)
        & (np.abs(table["z_pred"] - marks.y[i]) < half)
        for i in places
    ]
    return table[np.any(near, axis=0)]


def test_the_galaxies_of_the_cells_are_shown(open_screen, mixture_run, select, downloads):
    table = mixture_run.predictions()
    plane = histogram2d(table["z_spec"], table["z_pred"])
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    assert "Click a cell of the plane" in texts(app.caption)
    assert not app.metric[-1].label.startswith("Selected")

    select(3, 4, 20)
    app.run()
    assert not app.exception
    assert not app.error
    expected = inside(table, plane, [3, 4, 20])
    assert len(expected) >= 3
    (count,) = [each for each in app.metric if each.label == "Selected"]
    assert count.value == f"{len(expected)} galaxies"
    pair = expected["z_spec"], expected["z_pred"]
    mae = [each for each in app.metric if each.label == "MAE"][-1]
    assert mae.value == f"{metrics.mae(*pair):.4f}"
    low, high = intervals(metrics.HEADLINE, metrics.errors(*pair))["mae"]
    assert mae.delta == f"{low:.4f} to {high:.4f}"
    (shown,) = [each.value for each in app.dataframe]
    assert set(shown["source_id"].astype("int64")) == set(expected["source_id"])
    assert shown["e"].abs().is_monotonic_decreasing
    assert len(app.get("plotly_chart")) == 2
    assert len(app.get("vega_lite_chart")) == 2
    saved = downloads["mixture-run-test-selected-galaxies.csv"]()
    assert set(pd.read_csv(io.BytesIO(saved))["source_id"]) == set(expected["source_id"])


def test_the_average_is_that_of_the_selected_spectra(
    open_screen, mixture_run, dataset, select, downloads
):
    table = mixture_run.predictions()
    plane = histogram2d(table["z_spec"], table["z_pred"])
    select(*range(10))
    open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    chosen = np.isin(dataset.source_id, inside(table, plane, range(10))["source_id"])
    curves = pd.read_csv(
        io.BytesIO(downloads["mixture-run-test-selected-spectra.csv"]()), dtype=float
    )
    np.testing.assert_allclose(curves["mean"], dataset.flux[chosen].mean(axis=0), rtol=1e-5)
    magnitudes = pd.read_csv(io.BytesIO(downloads["mixture-run-test-selected-magnitudes.csv"]()))
    assert magnitudes["n_selected"].sum() == chosen.sum()
    assert magnitudes["n_all"].sum() == len(table)


def test_a_selection_is_cleared_by_another_chart(open_screen, mixture_run, select):
    select(3)
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    before = app.get("plotly_chart")[0].proto.id
    select()
    app.button(key="clear_selection").click().run()
    assert app.get("plotly_chart")[0].proto.id != before
    assert not [each for each in app.metric if each.label == "Selected"]


def test_other_curves_and_cells_that_are_gone_select_nothing(open_screen, mixture_run, select):
    select(0, curve=1)
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    select(99_999)
    app.run()
    assert not app.exception
    assert not [each for each in app.metric if each.label == "Selected"]


def test_what_is_not_there_is_said(open_screen, mixture_run, dataset, folders, select):
    (folders / "data" / "small.parquet").unlink()
    select(3)
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    assert "The spectra of these galaxies are not available" in texts(app.info)
    without = replace(dataset, g_mag=None)
    save_dataset(without, folders / "data" / "plain.parquet")
    app = open_screen(
        "evaluate",
        run=mixture_run.run_id,
        data="plain",
        on="Data set in use",
        leave_out="false",
        **ADDRESS,
    )
    assert not app.exception
    assert "no G magnitudes" in texts(app.info)
