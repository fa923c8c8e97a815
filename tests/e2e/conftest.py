"""A dashboard of our own and a browser that may talk to nothing else."""

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

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
PATIENCE_MS = 30_000


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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start the dashboard on a free port with empty folders; stop it in the end."""
    with serve(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def start_server() -> Callable[[Path], AbstractContextManager[Server]]:
    """Return a function that runs a dashboard on a folder as long as its context lasts."""
    return serve


@contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """Run the dashboard on a free port, with its data and runs in `folder`."""
    chromium()
    data_dir, runs_dir, log = folder / "data", folder / "runs", folder / "server.log"
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


@pytest.fixture
def watched() -> Watched:
    """The record of the test's pages."""
    return Watched()


@pytest.fixture
def page(browser: Browser, watched: Watched) -> Iterator[Page]:
    """A page at 1440x900.

    The test fails if it or another tab of its context sends a request off this
    machine, or logs an error.
    """
    # Without motion Streamlit's signs of waiting are not drawn sixty times a second.
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)

    def note_console(message: ConsoleMessage) -> None:
        # Below a page's path Streamlit looks for itself twice before it asks at the root.
        probing = "/_stcore/" in message.location["url"] and "404" in message.text
        if message.type == "error" and not probing:
            watched.console_errors.append(f"{message.text} ({message.location['url']})")

    def note_socket(socket: WebSocket) -> None:
        watched.requests.append(socket.url)

    context.on("request", lambda request: watched.requests.append(request.url))
    context.on("console", note_console)
    context.on("weberror", lambda error: watched.console_errors.append(str(error.error)))
    # A context reports no sockets, each of its pages does.
    context.on("page", lambda opened: opened.on("websocket", note_socket))
    try:
        yield context.new_page()
    finally:
        context.close()
    outside = [url for url in watched.requests if not stays_here(url)]
    assert not outside, f"Requests left the machine: {outside}"
    assert not watched.console_errors, f"The browser reported: {watched.console_errors}"


def stays_here(url: str) -> bool:
    """Whether a request goes to this machine or nowhere at all."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname == "127.0.0.1"
