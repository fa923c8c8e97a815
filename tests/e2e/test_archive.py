"""From the Gaia Archive in a real browser: a source id becomes a redshift and its p(z)."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.data.dataset import load_dataset
from tests.support.archive_server import ArchiveServer, make_catalogue
from tests.support.xp_archive_files import sources_of

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).resolve().parents[2]
FIRST_ID = 5_853_498_713_190_525_696


@pytest.fixture(scope="module")
def archive() -> Iterator[ArchiveServer]:
    """An archive on this machine of twenty simulated galaxies."""
    flux = load_dataset(PROJECT / "data" / "simulated-20k.parquet").flux[:20]
    ids = range(FIRST_ID, FIRST_ID + 20)
    catalogue = make_catalogue(list(ids))
    server = ArchiveServer(catalogue, sources_of(flux, list(ids)))
    yield server
    server.close()


def settle(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def test_one_id_becomes_a_redshift(
    page: Page,
    archive: ArchiveServer,
    start_server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XPZ_ARCHIVE", archive.url)
    with start_server(tmp_path) as server:
        page.goto(f"{server.url}/predict?run=compact-20k")
        settle(page)
        page.get_by_text("From the Gaia Archive").first.click()
        field = page.get_by_label("Source ids").and_(page.locator("textarea"))
        field.fill(str(FIRST_ID))
        field.press("Control+Enter")
        expect(page.get_by_text("1 source, about 13 kB")).to_be_visible()
        assert not archive.asked
        began = time.monotonic()
        page.get_by_role("button", name="Start fetch").click()
        expect(page.get_by_text("1 of 1 sources")).to_be_visible()
        expect(page.get_by_text("Nearest training galaxies")).to_be_visible()
        took = time.monotonic() - began
        settle(page)
        assert archive.spectra_asked() == [[FIRST_ID]]
        if shots := os.environ.get("XPZ_SHOTS"):
            print(f"id to redshift: {took:.2f} s")
            page.set_viewport_size({"width": 1280, "height": 1800})
            page.wait_for_timeout(1500)
            page.screenshot(path=f"{shots}/archive-predict.png", full_page=True)
        page.goto(f"{server.url}/data?section=Add+data")
        settle(page)
        expect(page.get_by_text("Make a training set", exact=True)).to_be_visible()
        if shots:
            page.wait_for_timeout(1000)
            page.screenshot(path=f"{shots}/archive-data.png", full_page=True)
