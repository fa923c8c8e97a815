"""Places on the sky: positions as people write them, names by way of Sesame."""

import http.server
import threading

import pytest
from astropy.coordinates import name_resolve

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


@pytest.mark.parametrize("text", ["187.7", "10 95", "12:99:00 5", "1 2 3 4"])
def test_what_is_no_position_is_said(text):
    with pytest.raises(DataError, match="expected a right ascension and a declination"):
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
    with pytest.raises(DataError, match="'Nibiru': no position came from Sesame"):
        find_place("Nibiru")
