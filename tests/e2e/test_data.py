"""Home and Data in a real browser: what is seen, what is asked for, what is kept."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.data.dataset import Dataset, load_dataset, make_dataset, save_dataset
from core.data.split import SplitConfig
from core.model.presets import get_preset
from core.runs import DataReference, RunConfig, Status, create_run
from tests.support.browser import settle

pytestmark = pytest.mark.e2e

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def dataset(server) -> Dataset:
    """2,000 simulated galaxies that the server finds in its data folder."""
    random = np.random.default_rng(0)
    z = random.gamma(3, 0.05, 2000).clip(0.001, 0.6)
    shape = 2 + np.sin(np.linspace(0, 3, 186))
    flux = shape / (1 + 3 * z[:, None]) + random.normal(0, 0.1, (2000, 186))
    made = make_dataset(
        flux,
        z,
        2**62 + 1 + np.arange(2000),
        flux_error=np.full(flux.shape, 0.1),
        name="Two thousand",
        origin="simulated",
        config_hash="0123456789abcdef",
    )
    save_dataset(made, server.data_dir / "two-thousand.parquet")
    return made


@pytest.fixture
def table(dataset: Dataset) -> pd.DataFrame:
    columns = [f"flux_{i}" for i in range(186)]
    table = pd.DataFrame(dataset.flux[:30].astype(float), columns=columns)
    return table.assign(source_id=dataset.source_id[:30], z=dataset.z[:30])


def visit(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("h1")).to_be_visible()
    settle(page)


def test_home_and_every_section_of_data(page: Page, server, dataset: Dataset) -> None:
    visit(page, f"{server.url}/?data=two-thousand")
    expect(page.get_by_text(re.compile(r"2,000 galaxies")).first).to_be_visible()
    expect(page.get_by_text("simulated", exact=True).first).to_be_visible()

    page.get_by_role("link", name="Data", exact=True).first.click()
    expect(page).to_have_url(re.compile("/data"))
    settle(page)
    for section in ("Redshifts", "Average spectra", "Single spectrum", "Split"):
        page.get_by_role("radio", name=section).click()
        kind = "stPlotlyChart" if "spectr" in section else "stVegaLiteChart"
        expect(page.get_by_test_id(kind).locator("svg, canvas").first).to_be_visible()
        settle(page)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_home_leads_to_the_evaluation_of_a_run(page: Page, server, dataset: Dataset) -> None:
    data = DataReference("../../data/two-thousand.parquet", "two", "00", 2000, "simulated")
    config = RunConfig("first", "first", "compact", get_preset("compact"), data, SplitConfig())
    run = create_run(server.runs_dir, config)
    run.write_status(Status("done", 20, 20, seconds=60.0))
    run.write_summary({"parameters": 318_913, "evaluation": {"mae": 0.02, "sigma_nmad": 0.02}})
    try:
        visit(page, server.url)
        table = page.get_by_test_id("stDataFrame").bounding_box()
        assert table is not None
        link = page.get_by_test_id("stMain").get_by_role("link", name="Evaluate").last
        best = re.compile(r"run=compact-520k")
        expect(link).to_have_attribute("href", best)
        # The table is a canvas: a click anywhere on a row chooses it, here the second, then the
        # best run's.
        middle, first = table["x"] + table["width"] / 2, table["y"] + 35 + 17
        page.mouse.click(middle, first + 35)
        expect(link).not_to_have_attribute("href", best)
        settle(page)
        page.mouse.click(middle, first)
        expect(link).to_have_attribute("href", best)
        settle(page)
        link.click()
        expect(page).to_have_url(re.compile(r"/evaluate\?.*run=compact-520k"))
    finally:
        shutil.rmtree(run.path)


def test_bin_width_is_kept_in_the_address(page: Page, server, dataset: Dataset) -> None:
    visit(page, f"{server.url}/data?data=two-thousand")
    width = page.get_by_label("Bin width")
    width.fill("0.05")
    width.press("Enter")
    expect(page).to_have_url(re.compile("bin=0.05"))
    expect(page.get_by_text("Galaxies per bin of 0.05")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Bin width")).to_have_value("0.05")


def test_a_good_upload_is_used_and_a_bad_one_explained(
    page: Page, server, table: pd.DataFrame, tmp_path: Path
) -> None:
    visit(page, f"{server.url}/data?data=two-thousand&section=Add+data")
    before = set(server.data_dir.iterdir())
    bad = tmp_path / "bad.csv"
    table.drop(columns="flux_7").to_csv(bad, index=False)
    page.locator("input[type=file]").set_input_files(bad)
    expect(page.get_by_test_id("stAlert")).to_contain_text("186")
    assert set(server.data_dir.iterdir()) == before

    good = tmp_path / "Good Galaxies.csv"
    table.to_csv(good, index=False)
    visit(page, f"{server.url}/data?data=two-thousand&section=Add+data")
    page.locator("input[type=file]").set_input_files(good)
    page.get_by_role("button", name="Save and use").click()
    expect(page).to_have_url(re.compile("data=good-galaxies"))
    expect(page.get_by_text("30 galaxies").first).to_be_visible()
    settle(page)
    saved = load_dataset(server.data_dir / "good-galaxies.parquet")
    np.testing.assert_array_equal(saved.source_id, table["source_id"])
    assert not list(server.data_dir.glob(".*"))


def test_hostile_address_is_answered_with_a_notice(page: Page, server, dataset: Dataset) -> None:
    visit(page, f"{server.url}/data?data=..%2F..%2Fetc%2Fpasswd&bin=%3Cscript%3E&section=x")
    # Of the data set and the section, for which others are shown; a number is refused at its field.
    expect(page.get_by_test_id("stAlert")).to_have_count(2)
    width = page.get_by_label("Bin width")
    expect(width).to_have_value("<script>")
    refused = page.get_by_text("expected a number from 0.001 to 0.1; received '<script>'")
    expect(refused).to_be_visible()
    width.fill("0.02")
    width.press("Enter")
    expect(refused).to_be_hidden()
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg, canvas")).to_be_visible()


def test_dark_stays_where_one_reloads_and_at_other_addresses(page: Page, server) -> None:
    visit(page, server.url)
    page.get_by_role("button", name="Main menu").click()
    page.get_by_text("dark_mode").click()
    page.keyboard.press("Escape")
    app, dark = page.get_by_test_id("stApp"), "rgb(18, 23, 30)"
    expect(app).to_have_css("background-color", dark)
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    page.reload()
    expect(app).to_have_css("background-color", dark)
    visit(page, f"{server.url}/data?section=Split")
    expect(app).to_have_css("background-color", dark)


def test_dark_theme(page: Page, server, dataset: Dataset) -> None:
    page.emulate_media(color_scheme="dark")
    visit(page, f"{server.url}/data?data=two-thousand")
    background = page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    assert background == "rgb(18, 23, 30)"


def test_a_saved_picture_has_the_page_and_the_ink_that_is_seen(
    page: Page, server, dataset: Dataset, tmp_path: Path
) -> None:
    visit(page, f"{server.url}/data?data=two-thousand&section=Average+spectra")
    figure = page.get_by_test_id("stPlotlyChart")
    tick = figure.locator(".xtick text").first
    for scheme, ink, paper in (
        ("light", "rgb(79, 90, 102)", (255, 255, 255, 255)),
        ("dark", "rgb(201, 209, 218)", (18, 23, 30, 255)),
    ):
        page.emulate_media(color_scheme=scheme)
        # The page is not loaded anew: its script runs as it turns dark.
        expect(tick).to_have_css("fill", ink)
        settle(page)
        figure.hover()
        with page.expect_download() as saved:
            figure.locator(".modebar-btn[data-title^='Download plot']").click()
        assert saved.value.suggested_filename == "two-thousand-average-spectra.png"
        saved.value.save_as(tmp_path / f"{scheme}.png")
        with Image.open(tmp_path / f"{scheme}.png") as picture:
            seen = figure.locator(".main-svg").first.bounding_box()
            assert picture.width >= 2 * seen["width"]
            colors = {color for _, color in picture.getcolors(2**24)}
        assert {color[3] for color in colors} == {255}
        assert {paper, (*map(int, re.findall(r"\d+", ink)), 255)} <= colors


def test_the_server_stays_small(page: Page, server, dataset: Dataset) -> None:
    for screen in ("", "data", "train", "evaluate"):
        visit(page, f"{server.url}/{screen}?data=two-thousand")
    memory = psutil.Process(server.process.pid).memory_info().rss
    assert memory < 500 * MEGABYTE
