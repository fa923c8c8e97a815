"""How long an archive is asked that cannot be reached: hardly, until it has once answered."""

import socket
import time
from contextlib import closing

import pytest

from core.data.archive.config import ArchiveConfig
from core.data.archive.connections import CONNECT_S, Connections
from core.data.archive.download import fetch
from core.data.archive.patience import FIRST_CONTACT_S, UnreachableError, ask_patiently
from core.data.archive.state import STATE
from core.errors import DataError


@pytest.fixture
def waits(monkeypatch):
    """A clock that only waiting moves; what was waited for."""
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(waited))
    return waited


@pytest.fixture
def closed():
    """An address of this machine where nobody listens, held so that nobody else can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_an_archive_that_nobody_has_got_to_is_given_up_within_seconds(closed, waits, tmp_path):
    said = []
    with pytest.raises(DataError) as found:
        fetch(tmp_path / "new", ArchiveConfig(server=closed), galaxies=1, say=said.append)
    assert str(found.value) == (
        f"{closed} could not be reached in 2 tries; the last time: Connection refused. Check the "
        "network (a proxy or a firewall, too), the address, and whether the archive is up, then "
        "ask again."
    )
    assert said == ["Trying again in 2 s: Connection refused"]
    assert sum(waits) <= FIRST_CONTACT_S
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_not_resolved_is_such_an_archive(waits, monkeypatch, tmp_path):
    def resolve(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(DataError, match=r"reached in 2 tries.*Name or service not known\. Check"):
        fetch(tmp_path / "new", ArchiveConfig(server="https://gea.example"), galaxies=1)
    assert waits == [2]


def test_what_has_begun_stays_patient(closed, waits, archive, tmp_path):
    config = ArchiveConfig(server=archive.url, chunk=5, tries=2)
    archive.trouble = ["ok", "ok", *["busy"] * 2]
    with pytest.raises(DataError, match="Everything received so far is kept"):
        fetch(tmp_path, config, galaxies=9)
    assert (tmp_path / STATE).exists()
    waits.clear()
    archive.close()
    said = []
    with pytest.raises(DataError, match=r"reached in 6 tries.*anything received before is kept"):
        fetch(tmp_path, ArchiveConfig(server=archive.url, chunk=5), galaxies=9, say=said.append)
    assert (waits, len(said)) == ([2, 4, 8, 16, 32], 5)


def test_a_server_that_has_once_answered_is_waited_for_and_one_that_is_silent(closed, waits):
    config = ArchiveConfig(server=closed, tries=5)
    with closing(Connections(config, config.service)) as connections:

        def ask():
            return connections.get(f"{closed}/list")

        with pytest.raises(UnreachableError, match="in 2 tries"):
            ask_patiently(ask, connections, config, lambda _: None)
        connections.has_answered = True
        waits.clear()
        with pytest.raises(UnreachableError, match="in 5 tries"):
            ask_patiently(ask, connections, config, lambda _: None)
        assert waits == [2, 4, 8, 16]

        def ask_in_vain():  # connected, and no word
            raise TimeoutError("no answer in 600 s")

        connections.has_answered = False
        waits.clear()
        with pytest.raises(UnreachableError, match="in 5 tries"):
            ask_patiently(ask_in_vain, connections, config, lambda _: None)
        assert waits == [2, 4, 8, 16]


def test_a_connection_that_nobody_takes_is_not_waited_for_long(archive, monkeypatch):
    asked = []

    def send(self, request, **options):
        asked.append(options["timeout"])
        return sent(self, request, **options)

    sent = Connections.send
    monkeypatch.setattr(Connections, "send", send)
    config = ArchiveConfig(server=archive.url)
    with closing(Connections(config, config.service)) as connections:
        for _ in range(2):
            connections.request("GET", archive.url, page=True)
    assert asked == [(CONNECT_S, config.timeout_s), (config.timeout_s, config.timeout_s)]
