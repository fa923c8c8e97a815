"""A dashboard of our own and a browser that may talk to nothing else.

All tests share one server and one tab: a server's start costs seconds, and so does what a new tab
compiles. Each file's tests find the server's folders empty, each test finds the tab as new.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, WebSocket, expect, sync_playwright

from core.data.dataset import load_dataset
from tests.support.archive_server import ArchiveServer
from tests.support.archive_tables import make_catalogue
from tests.support.xp_archive_files import sources_of

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
PATIENCE_MS = 30_000
N_SOURCES = 90
FIRST_ID = 5_853_498_713_190_525_696
WINDOW = {"width": 1440, "height": 900}


@dataclass
class Server:
    """A running dashboard with folders of its own."""

    url: str
    process: subprocess.Popen
    data_dir: Path
    runs_dir: Path
    log: Path


@dataclass
class Watched:
    """What the pages of a test asked for and complained about."""

    requests: list[str] = field(default_factory=list)
    console_errors: list[str] = field(default_factory=list)


def chromium() -> str:
    """Return the path of Chromium; without one skip, but fail where CI is set."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).is_file():
        reason = f"No Chromium at {path}: set CHROMIUM to run the browser tests."
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def archive() -> Iterator[ArchiveServer]:
    """An archive on this machine of some simulated galaxies; every third lacks UGC's redshift."""
    flux = load_dataset(PROJECT / "data" / "simulated-20k.parquet").flux[:N_SOURCES]
    ids = list(range(FIRST_ID, FIRST_ID + N_SOURCES))
    server = ArchiveServer(make_catalogue(ids), sources_of(flux, ids))
    yield server
    server.close()


@pytest.fixture(scope="session")
def shared_server(
    archive: ArchiveServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A dashboard on a free port, which asks that archive and keeps its names in its own cache."""
    folder = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XPZ_ARCHIVE", archive.url)
        patch.setenv("XPZ_CACHE_DIR", str(folder / "cache"))
        with serve(folder) as running:
            yield running


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Iterator[Server]:
    """The dashboard with empty folders."""
    yield shared_server
    for folder in (shared_server.data_dir, shared_server.runs_dir):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def start_server() -> Callable[..., AbstractContextManager[Server]]:
    """Return a function that runs a dashboard on a folder as long as its context lasts."""
    return serve


@contextmanager
def serve(folder: Path, log_name: str = "server.log") -> Iterator[Server]:
    """Run the dashboard on a free port, with its data and runs in `folder`."""
    chromium()
    data_dir, runs_dir, log = folder / "data", folder / "runs", folder / log_name
    port = free_port()
    environment = os.environ | {"XPZ_DATA_DIR": str(data_dir), "XPZ_RUNS_DIR": str(runs_dir)}
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", str(PROJECT / "dashboard/server.py")),
                *("--server.port", str(port), "--server.headless", "true"),
            ],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_healthy(url, process, log)
            yield Server(url, process, data_dir, runs_dir, log)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_healthy(url: str, process: subprocess.Popen, log: Path) -> None:
    """Wait until this very process answers; another one on the port makes it exit."""
    for _ in range(START_SECONDS * 5):
        assert process.poll() is None, f"The server ended:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                assert answer.read() == b"ok"
            break
        except OSError:
            time.sleep(0.2)
    else:
        pytest.fail(f"No answer within {START_SECONDS} s:\n{log.read_text()}")
    assert process.poll() is None, f"Another server answers at {url}:\n{log.read_text()}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    path = chromium()
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path)
        try:
            yield running
        finally:
            running.close()


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Iterator[Page]:
    """The one tab, in which the dashboard's scripts are compiled once."""
    # Without motion Streamlit's signs of waiting are not drawn sixty times a second.
    context = browser.new_context(viewport=WINDOW, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def watched() -> Watched:
    """The record of the test's pages."""
    return Watched()


@pytest.fixture
def page(tab: Page, watched: Watched) -> Iterator[Page]:
    """A page at 1440x900 that remembers nothing of the tests before.

    The test fails if it or another tab of its context sends a request off this
    machine, or logs an error.
    """
    context = tab.context

    def note_console(message: ConsoleMessage) -> None:
        # Below a page's path Streamlit looks for itself twice before it asks at the root.
        probing = "/_stcore/" in message.location["url"] and "404" in message.text
        if message.type == "error" and not probing:
            watched.console_errors.append(f"{message.text} ({message.location['url']})")

    def note_socket(socket: WebSocket) -> None:
        watched.requests.append(socket.url)

    # A context reports no sockets, each of its pages does.
    noted = [
        (context, "request", lambda request: watched.requests.append(request.url)),
        (context, "console", note_console),
        (context, "weberror", lambda error: watched.console_errors.append(str(error.error))),
        (context, "page", lambda opened: opened.on("websocket", note_socket)),
        (tab, "websocket", note_socket),
    ]
    for source, event, note in noted:
        source.on(event, note)
    try:
        yield tab
    finally:
        leave(tab)
        for source, event, note in noted:
            source.remove_listener(event, note)
    outside = [url for url in watched.requests if not stays_here(url)]
    assert not outside, f"Requests left the machine: {outside}"
    assert not watched.console_errors, f"The browser reported: {watched.console_errors}"


def leave(tab: Page) -> None:
    """Close what a test opened, forget what its pages stored, and look as at the start."""
    for other in tab.context.pages:
        if other is not tab:
            other.close()
    if tab.url.startswith("http"):
        tab.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
    tab.goto("about:blank")
    tab.context.clear_cookies()
    tab.set_viewport_size(WINDOW)
    tab.emulate_media(color_scheme="light", reduced_motion="reduce")


def stays_here(url: str) -> bool:
    """Whether a request goes to this machine or nowhere at all."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname == "127.0.0.1"
