"""Who may speak with the dashboard's server: pages of its own address, asked with real requests."""

import importlib.util
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from starlette.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dashboard.server import FIRST_PAGE, is_own
from tests.support.apps import ROOT


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of a dashboard without data."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "server.py")]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--server.port", str(port), "--server.headless", "true"],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_up(port, process)
            yield port
        finally:
            process.kill()
            process.wait()
    assert "Traceback" not in (folder / "log").read_text()


def wait_until_up(port, process):
    for _ in range(600):
        assert process.poll() is None
        try:
            assert get(port) == 200
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("The server did not start.")


def test_the_first_page_is_found_by_its_name_too(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/home?data=small", timeout=10) as answer:
        assert answer.url == f"http://127.0.0.1:{port}/?data=small"
        assert answer.status == 200


def get(port, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/_stcore/health", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@contextmanager
def knocked(port, origin=None, host="127.0.0.1"):
    address = f"ws://{host}:{port}/_stcore/stream"
    with connect(address, origin=origin, subprotocols=["streamlit"], open_timeout=30) as visit:
        yield visit


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_of_its_own_is_let_in(port, host):
    with knocked(port, f"http://{host}:{port}", host) as visit:
        assert visit.subprotocol == "streamlit"
    assert get(port, Origin=f"http://127.0.0.1:{port}") == 200


def test_a_program_that_is_no_browser_is_let_in(port):
    with knocked(port) as visit:
        assert visit.subprotocol == "streamlit"


ELSEWHERE = (
    *("http://127.0.0.1:8888", "http://localhost:3000", "http://127.0.0.1", "http://0.0.0.0:8501"),
    *("https://example.org", "null", "file://", "", "http://[", "http://127.0.0.1:1@localhost"),
)


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_a_page_from_elsewhere_is_refused(port, origin):
    """Other ports of this machine are other pages: notebooks, somebody else's server."""
    with pytest.raises(InvalidStatus, match="403"), knocked(port, origin):
        pytest.fail("It was let in.")
    assert get(port, Origin=origin) == 403


def test_the_other_name_of_this_machine_is_another_address(port):
    with pytest.raises(InvalidStatus, match="403"), knocked(port, f"http://localhost:{port}"):
        pytest.fail("It was let in.")


def headers(**values):
    return Headers(raw=[(k.encode(), v.encode()) for k, v in values.items()])


def test_behind_a_proxy_the_address_that_people_see_counts():
    assert is_own(headers(host="xpz.example.org", origin="https://xpz.example.org"))
    assert is_own(headers(host="XPZ.example.org", origin="https://xpz.example.org"))
    assert not is_own(headers(host="127.0.0.1:8501", origin="https://xpz.example.org"))
    assert not is_own(headers(host="xpz.example.org", origin="https://xpz.example.org:444"))
    assert not is_own(headers(host="xpz.example.org", origin="ftp://xpz.example.org"))


def test_addresses_that_were_named_are_let_in(monkeypatch):
    named = {"server.corsAllowedOrigins": ["https://portal.example.org"]}
    monkeypatch.setattr("dashboard.server.st.get_option", named.__getitem__)
    assert is_own(headers(host="127.0.0.1:8501", origin="https://portal.example.org"))
    assert not is_own(headers(host="127.0.0.1:8501", origin="https://other.example.org"))


def test_two_origins_are_none():
    two = [(b"host", b"a"), (b"origin", b"http://a"), (b"origin", b"http://b")]
    assert not is_own(Headers(raw=two))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_a_name_that_is_not_allowed_is_no_address_of_the_dashboard(port, host):
    assert get(port, Host=host) == 400
    assert get(port, Host=f"localhost:{port}") == 200


def test_what_is_imported_ahead_is_there():
    assert [name for name in FIRST_PAGE if importlib.util.find_spec(name) is None] == []
