"""One source id to its redshift, spectrum and p(z) in Chromium, beyond the archive's own answer.

The archive is one on this machine that answers at once: all that is measured is ours.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.dashboard import SERVER, free_port, wait_until_up
from benchmarks.measure import Row, report
from core.data import load_dataset
from dashboard.screens.archive.form import BUTTON, size
from tests.support.archive_server import ArchiveServer
from tests.support.archive_tables import make_catalogue
from tests.support.xp_archive_files import sources_of

ROOT = Path(__file__).parents[1]
FIRST_ID = 5_853_498_713_190_525_696
TURNS = 4
QUIET_S = 0.7


def fetch(page: Page, url: str, source_id: int, server: psutil.Process) -> tuple[float, float]:
    """Return the seconds from the click that starts the fetch to the last part of the page.

    Those of the clock, and those of the CPU that server and fetch used for it.
    """
    page.goto(f"{url}/predict?run=compact-20k")
    page.get_by_role("radio", name="Gaia Archive").click()
    field = page.get_by_label("Source ids").and_(page.locator("textarea"))
    field.fill(str(source_id))
    field.press("Control+Enter")
    page.get_by_text(size(1)).wait_for()
    before = settled(server)
    start = time.perf_counter()
    page.get_by_role("button", name=BUTTON.label).click()
    page.get_by_text(f"Source {source_id}", exact=True).wait_for()
    page.get_by_text("Nearest training galaxies").wait_for()
    return time.perf_counter() - start, cpu(server) - before


def settled(server: psutil.Process) -> float:
    """Wait until what is prepared while people read is ready; return the CPU used until then."""
    used = cpu(server)
    while True:
        time.sleep(QUIET_S)
        before, used = used, cpu(server)
        if used - before < 0.02:
            return used


def cpu(server: psutil.Process) -> float:
    """Return the seconds of CPU that the server and the processes it started have used."""
    seconds = sum(server.cpu_times()[:4])
    for child in server.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # counted with the server once it is gone
            seconds += sum(child.cpu_times()[:2])
    return seconds


def main() -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        report([Row("One id to its redshift", "not measured", "no Chromium on the path")])
        return
    flux = load_dataset(ROOT / "data" / "simulated-20k.parquet").flux[:TURNS]
    ids = list(range(FIRST_ID, FIRST_ID + TURNS))
    archive = ArchiveServer(make_catalogue(ids), sources_of(flux, ids))
    url = f"http://127.0.0.1:{free_port()}"
    took, used = [], []
    with tempfile.TemporaryDirectory() as folder:
        places = {"XPZ_RUNS_DIR": "runs", "XPZ_DATA_DIR": "data", "XPZ_CACHE_DIR": "cache"}
        own = {name: f"{folder}/{place}" for name, place in places.items()}
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", str(SERVER)),
                *("--server.port", url.rsplit(":", 1)[1], "--server.headless", "true"),
            ],
            env=os.environ | own | {"XPZ_ARCHIVE": archive.url},
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_until_up(url)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium)
                process = psutil.Process(server.pid)
                for source_id in ids:
                    page = browser.new_page(viewport={"width": 1280, "height": 900})
                    seconds = fetch(page, url, source_id, process)
                    took.append(seconds[0])
                    used.append(seconds[1])
                    page.close()
                browser.close()
        finally:
            server.terminate()
            server.wait()
            archive.close()
    first, *others = took
    how = (
        "from the click, a second or two after the id was given, to the last part of the page; "
        "bar: 3 s beyond the archive's own answer"
    )
    report(
        [
            Row("One id to its redshift, first of the server", f"{first:.2f} s", how),
            Row("One id to its redshift, later", f"{min(others):.2f} s", f"best of {len(others)}"),
            Row(
                "CPU of server and fetch for it",
                f"{used[0]:.2f} s, later {min(used[1:]):.2f} s",
                f"from that click on; load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores",
            ),
        ]
    )


if __name__ == "__main__":
    main()
