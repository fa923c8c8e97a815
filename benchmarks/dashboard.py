"""First paint of every screen in Chromium, and the server's memory after visiting all."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from benchmarks.measure import Row, report

SERVER = Path(__file__).parents[1] / "dashboard" / "server.py"
SCREENS = {
    "Home": "", "Data": "data", "Train": "train", "Evaluate": "evaluate", "Predict": "predict",
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the dashboard's server did not start")


def visit(page, url: str) -> float:
    start = time.perf_counter()
    page.goto(url)
    page.get_by_role("heading").first.wait_for()
    painted = time.perf_counter() - start
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    return painted


def main() -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        report([Row("First paint", "not measured", "no Chromium on the path")])
        return
    url = f"http://127.0.0.1:{free_port()}"
    port = url.rsplit(":", 1)[1]
    with tempfile.TemporaryDirectory() as folder:
        own = {"XPZ_RUNS_DIR": f"{folder}/runs", "XPZ_DATA_DIR": f"{folder}/data"}
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", str(SERVER)),
                *("--server.port", port, "--server.headless", "true"),
            ],
            env=os.environ | own,
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_until_up(url)
            rows = []
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium)
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                for turn in ("first visit", "second visit"):
                    painted = {name: visit(page, f"{url}/{path}") for name, path in SCREENS.items()}
                    times = ", ".join(f"{name} {took:.2f} s" for name, took in painted.items())
                    rows.append(Row(f"First paint, {turn}", times, "page load to its heading"))
                browser.close()
            memory_mb = psutil.Process(server.pid).memory_info().rss / 2**20
            rows.append(
                Row("Server memory", f"{memory_mb:,.0f} MB", "after visiting every page twice")
            )
            report(rows)
        finally:
            server.terminate()
            server.wait(timeout=20)


if __name__ == "__main__":
    main()
