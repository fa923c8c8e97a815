"""Figures as SVG: what stands in them, the same each time, and nothing from elsewhere."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from core.report.document import (
    Document,
    Figure,
    Section,
    Table,
    Text,
    to_html,
    to_markdown,
)
from core.report.figures import COLOURS, Panel, Series, cells, curves, intervals

X = np.array([0.1, 0.2, 0.3])


def draw_curves():
    low, high = X - 0.02, X + 0.02
    edges = np.array([0.0, 0.1, 0.2])
    return curves(
        [Series("run <a> & $b$", X, X, low, high), Series("n(z)", edges, X[:2], stepped=True)],
        "True redshift",
        "Error",
        level=0.0,
        diagonal=(0.0, 0.5),
    )


def draw_cells():
    edges = np.linspace(0, 0.6, 5)
    counts = np.arange(16.0).reshape(4, 4)
    return cells([Panel(f"run {i}", counts, edges, edges) for i in range(4)], "z", "z_pred")


def draw_intervals():
    return intervals(["one", "two"], [(0.02, 0.01, 0.03), (None, None, None)], "MAE")


DRAWN = {"curves": draw_curves, "cells": draw_cells, "intervals": draw_intervals}


@pytest.fixture(scope="module")
def drawn():
    """The figures, each drawn once: it takes a second."""
    return {name: draw() for name, draw in DRAWN.items()}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_whole_and_asks_nothing_of_elsewhere(drawn, name):
    svg = drawn[name]
    ElementTree.fromstring(svg)
    assert "currentColor" in svg
    assert "#010203" not in svg
    asked = re.findall(r'(?:href|src)="([^"]*)"', svg) + re.findall(r"url\(([^)]*)\)", svg)
    assert all(address.startswith(("#", "data:image/png")) for address in asked)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert {address[1:] for address in asked if address.startswith("#")} <= set(ids)


def words_in(svg):
    texts = [each.text for each in ElementTree.fromstring(svg).iter() if each.text]
    return {text.strip() for text in texts}


def test_the_same_figure_is_the_same_text(drawn):
    assert draw_intervals() == drawn["intervals"]


def test_texts_stay_text_and_names_are_no_formulas(drawn):
    assert {"True redshift", "Error", "run <a> & $b$", "n(z)"} <= words_in(drawn["curves"])


def test_figures_on_one_page_share_no_ids(drawn):
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in drawn.values()]
    assert all(ids)
    assert not ids[0] & ids[1]
    assert not ids[1] & ids[2]


def test_a_page_says_in_words_what_a_figure_shows(drawn):
    figure = Figure(drawn["intervals"], 'MAE of "two" runs, <real> spectra')
    page = Document("Report", (Text("Words"),), (Section("One", (figure,)),))
    html = to_html(page)
    assert html.count("<svg") == 1
    assert 'aria-label="MAE of &quot;two&quot; runs, &lt;real&gt; spectra"' in html
    assert "&lt;real&gt; spectra</figcaption>" in html
    assert "<svg" not in to_markdown(page)
    assert "MAE of" in to_markdown(page)


def test_a_mark_says_what_it_marks_and_epochs_are_whole():
    epochs = np.arange(1.0, 4)
    told = words_in(curves([Series("loss", epochs, X)], "Epoch", "Loss", mark=(2.0, "kept")))
    assert "kept" in told
    assert {"1", "2", "3"} <= told
    assert not {"1.5", "2.5"} & told


def test_points_above_the_axis_stand_at_its_end_below_one_another():
    high = [Series(name, X, np.array([9.0, 2.0, 1.0])) for name in ("a", "b")]
    svg = curves(high, "x", "y", top=2.5)
    drawn = words_in(svg)
    assert not {"4", "6", "8"} & drawn
    # Of all marks only triangles have corners.
    places = [float(y) for y in re.findall(r'<use [^>]*y="([\d.]+)"[^>]*miter', svg)]
    assert len(places) == 2
    assert places[0] < places[1]


def test_what_is_beside_another_is_dashed_in_its_colour():
    pair = [Series("ours", X, X), Series("published", X, X + 0.1, beside=True)]
    strokes = re.findall(r"stroke-dasharray: [^;]+;[^\"]*stroke: (#\w+)", curves(pair, "x", "y"))
    assert COLOURS[0].lower() in strokes
    assert COLOURS[1].lower() not in curves(pair, "x", "y")


def test_a_title_stands_before_its_words():
    page = Document("Page", (Text("It is <wide>.", title="What p(z) is"),), ())
    assert "<strong>What p(z) is.</strong> It is &lt;wide&gt;." in to_html(page)
    assert "**What p(z) is.** It is" in to_markdown(page)


def test_a_number_is_not_broken_at_the_end_of_a_line():
    page = to_html(Document("Page", (Table(("a", "b"), (("0.0208", "a long sentence"),)),), ()))
    assert '<td class="short">0.0208</td><td>a long sentence</td>' in page
