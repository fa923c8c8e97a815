"""Predict in a real browser: files in, redshifts out, one spectrum, downloads read back."""

import re
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from astropy.table import Table
from playwright.sync_api import Download, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from core.data.dataset import load_dataset
from core.prediction.estimator import Estimator
from core.runs import open_run
from tests.support.browser import settle
from tests.support.spectra_files import read_spectra

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).resolve().parents[2]
RUN = PROJECT / "assets" / "runs" / "compact-20k"
SAMPLE = PROJECT / "data" / "samples" / "simulated-galaxies.csv"
MEGABYTE = 2**20
HEADER, ROW = 35, 35  # heights in a table, which is a canvas [pixels]


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


def visit(page: Page, server, address: str = "?run=compact-20k") -> None:
    page.goto(f"{server.url}/predict{address}")
    expect(page.get_by_role("heading", name="Predict")).to_be_visible()
    settle(page)


def predict(page: Page, n: int) -> None:
    """Predict the sample, in which two galaxies lack a band."""
    page.get_by_role("button", name=f"Predict {n - 2} redshifts").click()
    expect(page.get_by_text(f"{n} of {n} spectra")).to_be_visible()
    settle(page)


def catalogue_table(page: Page):
    """The table of the catalogue, below those of the files and of what cannot be used."""
    return page.locator("[class*=st-key-catalogue-]").get_by_test_id("stDataFrame")


def download(page: Page, format: str) -> Path:
    """Take the catalogue along; the file has its proper name."""
    page.get_by_role("button", name="Download catalogue").click()
    with page.expect_download() as promise:
        page.get_by_role("button", name=format, exact=True).click()
    found: Download = promise.value
    page.keyboard.press("Escape")
    assert found.suggested_filename.startswith("compact-20k-redshifts.")
    return found.path()


def test_upload_predict_filter_open_download(
    page: Page, server, sample: pd.DataFrame, tmp_path: Path
) -> None:
    good, also, bad = (tmp_path / name for name in ("galaxies.csv", "odd.csv.gz", "letter.csv"))
    sample[:60].to_csv(good, index=False)
    sample[60:].to_csv(also, index=False)
    bad.write_text("Dear colleague,\nplease find enclosed nothing\n")
    # Tall enough for all of it: a screenshot ends where the window does.
    page.set_viewport_size({"width": 1440, "height": 2200})
    visit(page, server)
    expect(page.get_by_text("XP_CONTINUOUS")).to_be_visible()

    page.locator("input[type=file]").set_input_files([good, bad, also])
    refused = page.get_by_test_id("stAlert").filter(has_text="refused")
    expect(refused).to_contain_text("1 file refused; the others can be used")
    expect(refused).to_contain_text("letter.csv")
    expect(page.get_by_role("button", name="Predict 64 redshifts")).to_be_visible()
    predict(page, 66)
    # The first source is open.
    expect(page.get_by_text(f"Source {sample['source_id'][0]}")).to_be_visible()
    settle(page)

    # Click the fourth row, wherever; the arrow keys go on from there.
    box = catalogue_table(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + HEADER + 3.5 * ROW)
    expect(page.get_by_text(f"Source {sample['source_id'][3]}")).to_be_visible()
    settle(page)
    page.keyboard.press("ArrowUp")
    expect(page.get_by_text(f"Source {sample['source_id'][2]}")).to_be_visible()
    settle(page)
    # So they do from the circle before a row.
    page.mouse.click(box["x"] + 16, box["y"] + HEADER + 1.5 * ROW)
    expect(page.get_by_text(f"Source {sample['source_id'][1]}")).to_be_visible()
    settle(page)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text(f"Source {sample['source_id'][2]}")).to_be_visible()
    settle(page)
    z_pred = Estimator(open_run(RUN.parent, RUN.name)).predict(read_spectra(SAMPLE))["z"][:60]
    field = page.get_by_role("textbox", name="z", exact=True)
    expect(field).to_have_value(f"{round(float(z_pred[2]), 4):g}")
    chart = page.get_by_test_id("stPlotlyChart")
    expect(chart.get_by_text("4000 Å break").first).to_be_visible()
    expect(chart.get_by_text("Hα, [N II]")).to_be_visible()
    page.get_by_text("How to read the figures").click()
    expect(page.get_by_text("narrow lines are not resolved")).to_be_visible()
    # At z = 0.6 H-alpha has left the spectrum.
    field.fill("0.6")
    field.press("Enter")
    expect(chart.get_by_text("Hα, [N II]")).to_have_count(0)
    page.get_by_role("button", name="Predicted z").click()
    expect(chart.get_by_text("Hα, [N II]")).to_be_visible()

    # Filter, and take along what passes.
    page.get_by_text("Only without flags").click()
    expect(page.get_by_text(re.compile(r"^\d+ of 66 spectra"))).not_to_contain_text("66 of 66")
    settle(page)
    fits = Table.read(download(page, "FITS"), format="fits")
    assert 0 < len(fits) < 66
    assert (fits["flags"] == 0).all()
    clean = np.isin(sample["source_id"][:60], np.asarray(fits["source_id"]))
    np.testing.assert_allclose(fits["z"], z_pred[clean], atol=1e-6)
    assert set(np.asarray(fits["source_id"])) <= set(sample["source_id"])

    # Everything, in a format of text.
    page.get_by_text("Only without flags").click()
    expect(page.get_by_text("66 of 66 spectra")).to_be_visible()
    settle(page)
    table = pd.read_csv(download(page, "CSV"))
    assert list(table["source_id"]) == list(sample["source_id"])
    assert list(table["what"]) == list(sample["what"])
    np.testing.assert_allclose(table["z"][:60], z_pred, atol=1e-6)
    assert table["z"][60:62].isna().all()
    page.get_by_label("source_id").first.fill(str(sample["source_id"][63]))
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 66 spectra")).to_be_visible()
    expect(page.get_by_text("outside domain").filter(visible=True).first).to_be_visible()


def test_the_arrow_keys_go_on_in_the_order_of_a_sort(
    page: Page, server, sample: pd.DataFrame
) -> None:
    # Tall enough for the list; and few rows: all of them in view, however they are sorted.
    page.set_viewport_size({"width": 1440, "height": 2200})
    visit(page, server)
    page.locator("input[type=file]").set_input_files(SAMPLE)
    predict(page, 66)
    ids = list(sample["source_id"][:10])
    page.get_by_label("source_id").first.fill(str(ids[0])[:-1])
    page.keyboard.press("Enter")
    expect(page.get_by_text("10 of 66 spectra")).to_be_visible()
    settle(page)
    box = catalogue_table(page).bounding_box()
    assert box is not None
    x, chosen = box["x"] + box["width"] / 4, ids[3]
    page.mouse.click(x, box["y"] + HEADER + 3.5 * ROW)
    expect(page.get_by_text(f"Source {chosen}")).to_be_visible()
    settle(page)
    # The browser sorts, upwards and downwards, by a click on the name of a column.
    for order in (ids, ids[::-1]):
        page.mouse.click(x, box["y"] + HEADER / 2)
        page.wait_for_timeout(1000)  # the grid says a moment later what it marks
        settle(page)
        for _ in range(2):
            page.keyboard.press("ArrowDown")
            chosen = order[order.index(chosen) + 1]
            expect(page.get_by_text(f"Source {chosen}")).to_be_visible()
            settle(page)


def test_every_format_is_read_back_on_a_dark_page_and_the_server_stays_small(
    page: Page, server, sample: pd.DataFrame
) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1440, "height": 2200})
    visit(page, server)
    page.get_by_role("button", name="Try a sample").click()
    expect(page.get_by_text("black bodies for stars")).to_be_visible()
    predict(page, 66)
    expect(page.get_by_test_id("stPlotlyChart").get_by_text("4000 Å break").first).to_be_visible()
    for name, read in (
        ("Parquet", pd.read_parquet),
        ("ECSV", lambda path: Table.read(path, format="ascii.ecsv")),
        ("VOTable", lambda path: Table.read(path, format="votable")),
    ):
        table = read(download(page, name))
        np.testing.assert_array_equal(np.asarray(table["source_id"]), sample["source_id"])
        assert table["source_id"].dtype == np.int64
    assert psutil.Process(server.process.pid).memory_info().rss < 500 * MEGABYTE


@pytest.fixture
def mixture_run(server, save_mixture_run):
    """A run with p(z) in the server's folder, only as long as it is looked at."""
    data = PROJECT / "data" / "simulated-20k.parquet"
    run = save_mixture_run(server.runs_dir, load_dataset(data).take(np.arange(1000)), data)
    yield run
    shutil.rmtree(run.path)


def test_p_of_z_is_asked_for_drawn_and_taken_along(
    page: Page, server, sample: pd.DataFrame, mixture_run
) -> None:
    page.set_viewport_size({"width": 1440, "height": 2200})
    visit(page, server, "?run=mixture-run&prior=flat&prior_cap=20")
    page.get_by_role("button", name="Try a sample").click()
    predict(page, 66)
    chart = page.get_by_test_id("stPlotlyChart").nth(1)
    expect(chart.get_by_text("68 % interval")).to_be_visible()
    expect(chart.get_by_text("As calibrated")).to_be_visible()
    expect(page.get_by_text("Prior: flat, cap 20")).to_be_visible()

    # The row that was chosen stays when another question is asked.
    box = catalogue_table(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + HEADER + 2.5 * ROW)
    expect(page.get_by_text(f"Source {sample['source_id'][2]}")).to_be_visible()
    settle(page)
    page.get_by_text("predicted by").click()
    page.get_by_role("radio", name="mode").click()
    expect(page).to_have_url(re.compile("answer=mode"))
    expect(page).to_have_url(re.compile("prior=flat"))
    settle(page)
    expect(page.get_by_text(f"Source {sample['source_id'][2]}")).to_be_visible()

    file = page.get_by_role("button", name="NumPy (.npz)")
    download = page.get_by_role("button", name="Download p(z)")
    for _ in range(4):
        download.click()
        with suppress(PlaywrightTimeout):
            file.wait_for(timeout=5000)
            break  # else the click closed the box that was open, and no more
    with page.expect_download() as promise:
        file.click()
    assert promise.value.suggested_filename == "mixture-run-pz.npz"
    with np.load(promise.value.path()) as stored:
        assert set(stored["source_id"]) <= set(sample["source_id"])
        assert 60 < len(stored["pdf"]) < 65
        np.testing.assert_allclose(np.trapezoid(stored["pdf"], stored["z"]), 1, atol=1e-4)


def test_the_catalogue_is_there_after_a_look_at_another_screen(page: Page, server) -> None:
    visit(page, server)
    page.get_by_role("button", name="Try a sample").click()
    predict(page, 66)
    page.get_by_role("link", name="Evaluate", exact=True).first.click()
    expect(page.get_by_role("heading", name="Evaluate")).to_be_visible()
    settle(page)
    # Neither the run nor the catalogue is lost on the way, though another run is newer.
    expect(page).to_have_url(re.compile("/evaluate.run=compact-20k"))
    page.get_by_role("link", name="Predict", exact=True).first.click()
    expect(page.get_by_text("66 of 66 spectra")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/predict\?.*run=compact-20k"))
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Drop files above")).to_be_visible()
