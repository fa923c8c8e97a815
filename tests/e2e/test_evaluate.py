"""Evaluate in a real browser: qualities given by keys, galaxies selected with the mouse."""

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from core.amounts import n_of
from core.data.dataset import save_dataset
from core.evaluation.histograms import histogram2d
from core.inspection.inspections import InspectionFile
from core.inspection.queues import LARGEST_ERRORS, queue
from core.prediction.calibration.recalibration import recalibrate
from core.runs import Run
from tests.support.browser import settle
from tests.support.galaxies import make_falling

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def run(server, save_mixture_run) -> Run:
    """A run with p(z) on 600 galaxies, its data set at hand."""
    made = make_falling(600, name="Six hundred")
    path = server.data_dir / "six-hundred.parquet"
    save_dataset(made, path)
    saved = save_mixture_run(server.runs_dir, made, path)
    recalibrate(saved)
    return saved


def open_tab(page: Page, server, run: Run, tab: str) -> None:
    page.goto(f"{server.url}/evaluate?data=six-hundred&run={run.run_id}&show={tab}")
    expect(page.get_by_test_id("stPlotlyChart").first.locator("svg").first).to_be_visible()
    settle(page)


def test_keys_give_qualities_that_survive_a_reload(page: Page, server, run: Run) -> None:
    order = queue(run.predictions(), LARGEST_ERRORS)["source_id"].tolist()
    open_tab(page, server, run, "Inspect")
    field = page.get_by_label("source_id")
    expect(field).to_have_value(str(order[0]))
    # The tab, clicked last, does not keep the arrow keys.
    page.get_by_role("tab", name="Inspect").click()
    page.keyboard.press("ArrowRight")
    expect(field).to_have_value(str(order[1]))
    settle(page)
    page.keyboard.press("ArrowLeft")
    expect(field).to_have_value(str(order[0]))
    settle(page)
    page.keyboard.press("?")
    expect(page.get_by_text("gives the keys back")).to_be_visible()
    page.keyboard.press("3")
    expect(field).to_have_value(str(order[1]))
    settle(page)
    page.keyboard.press("1")
    expect(field).to_have_value(str(order[2]))
    settle(page)
    page.keyboard.press("ArrowLeft")
    expect(field).to_have_value(str(order[1]))
    expect(page).to_have_url(re.compile(f"galaxy={order[1]}"))
    settle(page)

    # Digits of a comment are no qualities.
    comment = page.get_by_label("Comment")
    page.keyboard.press("c")
    expect(comment).to_be_focused()
    expect(comment).to_have_value("")
    comment.press_sequentially("04 comes and breaks")
    comment.press("Enter")
    file = InspectionFile(server.runs_dir / "inspections" / f"{run.run_id}.jsonl")
    for _ in range(100):
        if file.read()["comment"].any():
            break
        page.wait_for_timeout(100)
    assert file.read()["comment"].tolist() == ["", "04 comes and breaks"]
    assert file.read()["quality"].tolist() == [3, 1]
    settle(page)
    page.keyboard.press("ArrowRight")  # the comment has given the keys back
    expect(field).to_have_value(str(order[2]))
    settle(page)
    page.keyboard.press("ArrowLeft")
    expect(field).to_have_value(str(order[1]))
    settle(page)

    page.reload()
    expect(field).to_have_value(str(order[1]))
    expect(comment).to_have_value("04 comes and breaks")
    given = page.get_by_test_id("stBaseButton-primary")
    expect(given.first).to_contain_text("Unlikely")
    expect(given.filter(has_not_text="Unlikely")).to_have_count(0)
    expect(page.get_by_text("2 of these inspected")).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(2)


def test_a_box_around_cells_selects_their_galaxies(page: Page, server, run: Run) -> None:
    open_tab(page, server, run, "Predicted+and+true")
    plot = page.locator(".js-plotly-plot").first
    plot.scroll_into_view_if_needed()
    place = """(plot, z) => {
        const {xaxis, yaxis} = plot._fullLayout, at = plot.getBoundingClientRect();
        return [at.x + xaxis._offset + xaxis.d2p(z[0]), at.y + yaxis._offset + yaxis.d2p(z[1])];
    }"""
    plot.hover()
    plot.locator(".modebar-btn[data-val=select]").click()
    page.mouse.move(*plot.evaluate(place, [0.102, 0.102]))
    page.mouse.down()
    page.mouse.move(*plot.evaluate(place, [0.398, 0.398]), steps=4)
    page.mouse.up()
    expect(page.get_by_role("heading", name="Selected galaxies")).to_be_visible()
    settle(page)

    table = run.predictions()
    plane = histogram2d(table["z_spec"], table["z_pred"])
    centres = (plane.edges_x[:-1] + plane.edges_x[1:]) / 2
    inside = np.flatnonzero((centres > 0.1) & (centres < 0.4))
    cells = np.stack(np.meshgrid(inside, inside), axis=-1).reshape(-1, 2)
    expected = table["source_id"][plane.in_cells(table["z_spec"], table["z_pred"], cells)]
    assert 5 < len(expected) < len(table)
    expect(page.get_by_text(f"{len(expected)} galaxies", exact=True).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Galaxies (CSV)").click()
    assert set(pd.read_csv(download.value.path())["source_id"]) == set(expected)

    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("heading", name="Selected galaxies")).to_have_count(0)
    settle(page)
    # A click takes one cell of the new chart, on which a drag does not select yet.
    i, j = plane.occupied[len(plane.occupied) // 2]
    page.mouse.click(*plot.evaluate(place, [centres[i], centres[j]]))
    expect(page.get_by_role("heading", name="Selected galaxies")).to_be_visible()
    settle(page)
    # The label at the pointer says how many galaxies the cell has, too.
    selected = page.get_by_test_id("stMetric").filter(has_text="Selected")
    count = n_of(int(plane.counts[i, j]), "galaxy")
    expect(selected.get_by_text(count, exact=True)).to_be_visible()


def test_the_address_names_the_data_set_once_after_links(page: Page, server, run: Run) -> None:
    page.goto(f"{server.url}/?data=six-hundred")
    settle(page)
    for _ in range(2):
        page.get_by_test_id("stPageLink").get_by_text("Evaluate").first.click()
        page.wait_for_url(re.compile("/evaluate"))
        settle(page)
        assert page.url.count("data=") == 1
        page.get_by_test_id("stSidebarNav").get_by_role("link", name="Home").click()
        page.wait_for_url(re.compile(r"/\?"))
        settle(page)
        assert page.url.count("data=") == 1
