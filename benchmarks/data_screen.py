"""The Data screen in Chromium on 5,000,000 galaxies: until each section is drawn, and memory.

`python -m benchmarks.data_screen 520393` takes another number. First with nothing known of the
data set, then with a fresh server that finds its statistics kept.
"""

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
from benchmarks.large_sets import SIZES, make
from benchmarks.measure import Row, report

SECTIONS = ("Redshifts", "Average spectra", "Single spectrum", "Split")
DRAWN = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def visit(page: Page, url: str) -> tuple[float, float]:
    """Return the seconds until the heading stands there, and until all is drawn."""
    start = time.perf_counter()
    page.goto(url)
    page.get_by_role("heading", name="Data", exact=True).wait_for()
    painted = time.perf_counter() - start
    page.wait_for_timeout(50)  # else the state before the visit may be seen
    page.wait_for_selector(DRAWN)
    return painted, time.perf_counter() - start


def one_server(folder: Path, chromium: str) -> tuple[str, float]:
    """Start a server, visit every section, and return their times in words and its memory [MB]."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    own = {
        "XPZ_RUNS_DIR": f"{folder}/runs",
        "XPZ_DATA_DIR": f"{folder}/data",
        "XPZ_CACHE_DIR": f"{folder}/cache",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(SERVER)]
    options = ["--server.port", str(port), "--server.headless", "true"]
    server = subprocess.Popen(command + options, env=os.environ | own, stdout=subprocess.DEVNULL)
    try:
        wait_until_up(url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(url)  # Home: whoever comes to the Data screen has had it
            page.get_by_role("heading").first.wait_for()
            times = {
                section: visit(page, f"{url}/data?data=many&section={section}")
                for section in SECTIONS
            }
            browser.close()
        memory_mb = psutil.Process(server.pid).memory_info().rss / 2**20
    finally:
        server.terminate()
        server.wait(timeout=20)
    words = (f"{name} {first:.2f} s / {last:.2f} s" for name, (first, last) in times.items())
    return ", ".join(words), memory_mb


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        report([Row("Data screen", "not measured", "no Chromium on the path")])
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "data").mkdir()
        make(n, Path(folder, "data", "many.parquet"), with_errors=False)
        time.sleep(3)  # of a file so young nothing is kept
        for turn in ("first visit", "after a restart"):
            times, memory_mb = one_server(Path(folder), chromium)
            how = f"page load to heading / to all drawn; server {memory_mb:,.0f} MB afterwards"
            rows.append(Row(f"Data screen, {n:,} galaxies, {turn}", times, how))
    report(rows)


if __name__ == "__main__":
    main()
