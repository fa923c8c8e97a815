"""Places on the sky: positions as people write them, names by way of Sesame."""

import contextlib
import http.server
import socket
import threading
import time

import pytest
from astropy.coordinates import name_resolve

from core.data.archive import place
from core.data.archive.place import find_place, is_position, read_position
from core.errors import DataError

M_87 = (187.70417, 12.39111)


@pytest.mark.parametrize(
    "text",
    [
        "187.70417 12.39111",
        "187.70417, +12.39111",
        "12:30:49 +12:23:28",
        "12 30 49 +12 23 28",
        "12h30m49s +12d23m28s",
        "187.70417d 12.39111d",
    ],
)
def test_a_position_is_read_however_it_is_written(text):
    assert is_position(text)
    assert read_position(text) == pytest.approx(M_87, abs=1e-4)


@pytest.mark.parametrize("text", ["M 87", "3C 273", "NGC 4486", "47 Tuc", "HD 12"])
def test_a_name_is_no_position(text):
    assert not is_position(text)


@pytest.mark.parametrize(
    "text", ["187.7", "10 95", "12:99:00 5", "1 2 3 4", "400 12", "-5 12", "25:00:00 +12:00:00"]
)
def test_what_is_no_position_is_said(text):
    with pytest.raises(
        DataError, match="expected a right ascension from 0 to 360 degrees and a declination"
    ):
        read_position(text)


@pytest.fixture
def sesame():
    """A service of names on this machine; yields the names it was asked for."""
    asked = []

    class Sesame(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            asked.append(self.path)
            known = "M87" in self.path
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"%J 187.70416667 +12.39111 = here\n" if known else b"#! nothing\n")

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sesame)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with name_resolve.sesame_url.set([f"http://127.0.0.1:{server.server_port}/"]):
        yield asked
    server.shutdown()
    server.server_close()


def test_sesame_tells_where_a_name_is(sesame):
    assert find_place(" M87 ") == pytest.approx(M_87, abs=1e-4)
    assert len(sesame) == 1


def test_a_name_that_nobody_knows_is_said(sesame):
    with pytest.raises(DataError, match=r"'Nibiru': Sesame, .* knows no place of this name"):
        find_place("Nibiru")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "Connection refused"),
        (b"", "timed out|longer than the allowed"),
    ],
)
def test_a_service_that_gives_no_answer_is_said_with_the_reason(answer, reason, monkeypatch):
    monkeypatch.setattr(place, "SECONDS", 0.3)
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        if answer is None:
            listening.close()
            address = "127.0.0.1:9"
        else:
            address = f"127.0.0.1:{listening.getsockname()[1]}"
            threading.Thread(target=answer_once, args=(listening, answer), daemon=True).start()
        stack.enter_context(name_resolve.sesame_url.set([f"http://{address}/"]))
        with pytest.raises(DataError, match=rf"'M 87': Sesame, .*gave no answer: .*({reason})"):
            find_place("M 87")


def answer_once(listening, answer):
    connection, _ = listening.accept()
    with connection:
        connection.recv(4096)
        if answer:
            connection.sendall(answer)
        else:
            time.sleep(1)
