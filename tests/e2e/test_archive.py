"""From the Gaia Archive in a real browser: a source id becomes a redshift and its p(z)."""

from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from core.data.dataset import load_dataset
from tests.e2e.conftest import FIRST_ID, N_SOURCES, PROJECT
from tests.support.archive_server import ArchiveServer
from tests.support.browser import settle

pytestmark = pytest.mark.e2e

N = 60


@pytest.fixture
def redshifts(archive: ArchiveServer) -> pd.DataFrame:
    """A survey's table of their redshifts."""
    z = load_dataset(PROJECT / "data" / "simulated-20k.parquet").z[:N_SOURCES]
    return archive.sources[["ra", "dec"]].assign(z=z)


def test_one_id_becomes_a_redshift(page: Page, archive: ArchiveServer, server) -> None:
    page.goto(f"{server.url}/predict?run=compact-20k")
    settle(page)
    page.get_by_role("radio", name="Gaia Archive").click()
    field = page.get_by_label("Source ids").and_(page.locator("textarea"))
    field.fill(str(FIRST_ID))
    field.press("Control+Enter")
    expect(page.get_by_text("1 source, about 13 kB")).to_be_visible()
    assert not archive.asked
    page.get_by_role("button", name="Start fetch").click()
    expect(page.get_by_text("1 of 1 spectrum")).to_be_visible()
    expect(page.get_by_text("Nearest training galaxies")).to_be_visible()
    settle(page)
    assert archive.spectra_asked() == [[FIRST_ID]]
    page.reload()  # the address names the fetch
    page.get_by_role("button", name="Open in Predict").click()
    expect(page.get_by_text("1 of 1 spectrum")).to_be_visible()
    assert archive.spectra_asked() == [[FIRST_ID]]


def test_galaxies_become_a_calibrated_run_beside_ugc(
    page: Page, archive: ArchiveServer, server, redshifts: pd.DataFrame
) -> None:
    page.goto(f"{server.url}/data?section=Add+data")
    settle(page)
    page.get_by_role("radio", name="Galaxies").click()
    field = page.locator(".st-key-archive_galaxies input")
    field.fill(str(N))
    field.press("Enter")
    expect(page.get_by_text(f"{N} galaxies at most")).to_be_visible()
    page.get_by_role("button", name="Start fetch").click()
    expect(page.get_by_text(f"{N} spectra of {N} sources")).to_be_visible()
    content = redshifts.to_csv(index=False).encode()
    given = {"name": "sdss.csv", "mimeType": "text/csv", "buffer": content}
    page.locator(".st-key-archive_redshifts input[type=file]").set_input_files(given)
    page.get_by_role("button", name="Match", exact=True).click()
    expect(page.get_by_text(f"Matched: {N} galaxies")).to_be_visible()
    page.get_by_role("button", name="Build the data set").click()
    expect(page.get_by_role("button", name="Build the data set")).to_be_disabled()
    page.reload()  # what was asked for is in the address, not in the session
    expect(page.get_by_role("link", name="Train with it")).to_be_visible()
    settle(page)
    built = parse_qs(urlsplit(page.url).query)["data"]
    assert (server.data_dir / f"{built[-1]}.parquet").is_file()
    page.reload()
    expect(page.get_by_role("link", name="Train with it")).to_be_visible()
    settle(page)
    page.get_by_role("link", name="Judge a run on it").click()
    page.get_by_text("Calibrate this run with these galaxies").click()
    page.get_by_role("button", name="Calibrate", exact=True).click()
    onward = page.get_by_role("link", name="Compare with Gaia UGC")
    expect(onward).to_be_visible(timeout=90_000)  # six calibrations, on a busy machine
    onward.click()
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    expect(page.get_by_text(f"{N} galaxies", exact=True).last).to_be_visible()
    expect(page.get_by_text("No common galaxies")).to_have_count(0)
