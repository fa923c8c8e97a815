"""A folder of bulk files on a web server of our own, which answers and fails as real ones do."""

import gzip
import hashlib
import http.server
import re
import time

import numpy as np

from core.data.archive.config import ArchiveConfig
from tests.support.archive_http import LocalServer
from tests.support.archive_messages import LOGIN_PAGE, PAGE
from tests.support.xp_archive_files import make_sources

RANGES = ((0, 3111), (3112, 5263), (5264, 400_000), (400_001, 786_431))
"""Pixels of level 8 of four files, the last of which ends where the sky does."""

NAMES = [f"XpContinuousMeanSpectrum_{first:06}-{last:06}.csv.gz" for first, last in RANGES]

CONFIG = ArchiveConfig(tries=2, first_wait_s=0, timeout_s=10)
"""How patiently tests ask for the files."""

FOLDER = "/Gaia/gdr3/Spectroscopy/xp_continuous_mean_spectrum/"
PIXEL = 2**43

NGINX = '<a href="{name}">{short}</a>{gap}10-Jun-2022 13:04  {size:>19}\n'
APACHE = (
    '<tr><td><a href="{name}">{short}</a></td><td align="right">2022-06-10 13:04  </td>'
    '<td align="right">{size}</td><td>&nbsp;</td></tr>\n'
)
INDEX = (
    "<html><head><title>Index of {folder}</title></head><body><h1>Index of {folder}</h1><hr>"
    '<a href="?C=N;O=D">Name</a> <a href="/">Home</a><pre><a href="../">../</a>\n{rows}</pre>'
    "</body></html>"
)
PIECES = 16
"""In which the content of a file is sent."""


def ids_of(number, n):
    """Return the ids of the sources of a file, spread over its pixels."""
    first, last = RANGES[number]
    pixels = np.linspace(first, last, n).astype(np.int64)
    return pixels * PIXEL + 1 + np.arange(n)


def make_bulk_files(n=6, sources=None):
    """Return the content of the four files by name, of `n` sources each, packed as DR3's are.

    `sources` makes them of a number of a file and of ids; made-up ones by default.
    """
    found = {}
    for number, name in enumerate(NAMES):
        made = make_sources(n, seed=number) if sources is None else sources(number)
        made.source_id = ids_of(number, n)
        found[name] = pack(made.to_bytes("ecsv"))
    return found


def pack(content):
    return gzip.compress(content, 6, mtime=0)


class BulkServer(LocalServer):
    """Serves `files`, content by name, in a folder; what it does wrong is set by attributes.

    Attributes
    ----------
    trouble : dict of str to list of str
        Of a file by its name: what goes wrong with the next requests, one after the other: 'busy'
        (500), 'final' (500 for good), 'forbidden', 'gone' (the connection is closed), 'cut' (after
        half of the bytes), 'empty', 'trickle', 'silent', 'login', 'notice' (pages), 'missing',
        'elsewhere' (another server), 'ok'.
    listing : str or None
        'nginx', 'apache', 'login', or None: the folder is not listed (403).
    checksums, ranges : bool
        Whether there is _MD5SUM.txt, and Range is obeyed.
    validators : tuple of str
        Which of ETag and Last-Modified are sent.
    wrong : set of str
        Files whose checksum in the list is wrong.
    asked : list of (str, str, str or None)
        Method, name and Range of each request for a file.
    witness : callable
        Called with the name before each of `PIECES` pieces of a file is sent.
    """

    def __init__(self, files, folder=FOLDER):
        self.files, self.folder = dict(files), folder
        self.trouble, self.listing, self.checksums, self.ranges = {}, "nginx", True, True
        self.validators, self.wrong, self.asked = ("ETag", "Last-Modified"), set(), []
        self.witness = lambda name: None
        super().__init__(Handler)
        self.url = self.root + folder

    def bytes_asked(self):
        """Return which files were asked for, with the Range of each request."""
        return [(name, asked) for method, name, asked in self.asked if method == "GET"]

    def index(self, path):
        """Return the page of a folder."""
        inside = {name for name in (self.folder + n for n in self.files) if name.startswith(path)}
        names = sorted({name[len(path) :].partition("/")[0] for name in inside})
        if path != self.folder:
            names = [f"{name}/" for name in names]
        rows = NGINX if self.listing == "nginx" else APACHE
        listed = [rows.format(name=name, short=name[:20], gap=" " * 8, size=self._size(name))
                  for name in names]  # fmt: skip
        if self.checksums and path == self.folder:
            listed.append(rows.format(name="_MD5SUM.txt", short="_MD5SUM.txt", gap=" ", size=320))
        return INDEX.format(folder=path, rows="".join(listed)).encode()

    def _size(self, name):
        if name not in self.files:
            return "-"
        size = len(self.files[name])
        return size if self.listing == "nginx" else f"{size / 1024:.1f}K"

    def md5sums(self):
        lines = []
        for name, content in sorted(self.files.items()):
            digest = hashlib.md5(content).hexdigest()
            lines.append(f"{digest[::-1] if name in self.wrong else digest}  {name}\n")
        return "".join(lines).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    archive = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        server = self.archive
        path, name = self.path, self.path.removeprefix(server.folder)
        if name in server.files:
            server.asked.append((self.command, name, self.headers.get("Range")))
            return self.send_file(name, server.files[name])
        if name == "_MD5SUM.txt" and server.checksums:
            return self.send(server.md5sums(), "text/plain")
        if path.endswith("/") and server.folder.startswith(path) and server.listing:
            if server.listing == "login":
                return self.send(LOGIN_PAGE, "text/html")
            return self.send(server.index(path), "text/html")
        status = 403 if path.endswith("/") and server.folder.startswith(path) else 404
        return self.refuse(status, "There is nothing to see here")

    def send_file(self, name, content):
        server = self.archive
        troubles = server.trouble.get(name, [])
        trouble = troubles.pop(0) if troubles and self.command == "GET" else "ok"
        refusals = {
            "busy": (500, "Internal Server Error"),
            "final": (500, "Unknown release: gdr3"),
            "forbidden": (403, "Forbidden"),
            "missing": (404, "Not Found"),
        }
        if trouble in refusals:
            return self.refuse(*refusals[trouble])
        if trouble == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/file")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if trouble in ("silent", "gone"):
            if trouble == "silent":
                server.awake.wait(30)
            self.close_connection = True
            return None
        if trouble in ("login", "notice"):
            pages = {"login": LOGIN_PAGE, "notice": b"<html>Down for maintenance</html>"}
            # As those do that put a page in the place of any file.
            return self.send(pages[trouble], "application/gzip")
        if trouble == "empty":
            return self.send(b"", "application/gzip")
        etag, modified = f'"{hashlib.md5(content).hexdigest()}"', "Fri, 10 Jun 2022 13:04:00 GMT"
        start = self.asked_start(len(content), (etag, modified))
        if start is not None and start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(200 if start is None else 206)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if "ETag" in server.validators:
            self.send_header("ETag", etag)
        if "Last-Modified" in server.validators:
            self.send_header("Last-Modified", modified)
        body = content[start or 0 :]
        self.send_header("Content-Type", "application/gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return None
        if trouble == "trickle":
            return self.trickle(body)
        if trouble == "cut":
            body, self.close_connection = body[: len(body) // 2], True
        step = max(1, -(-len(body) // PIECES))
        for place in range(0, len(body), step):
            server.witness(name)
            try:
                self.wfile.write(body[place : place + step])
            except OSError:  # the client was killed
                self.close_connection = True
                return None
        return None

    def asked_start(self, size, validators):
        """Return from which byte on the answer goes; None: the whole."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked is None or not self.archive.ranges:
            return None
        condition = self.headers.get("If-Range")
        return int(asked[1]) if condition in (None, *validators) else None

    def trickle(self, content):
        for byte in content[:200]:
            try:
                self.wfile.write(bytes([byte]))
            except OSError:  # the client has given up
                break
            time.sleep(0.05)
        self.close_connection = True

    def send(self, content, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def refuse(self, status, message):
        content = PAGE.format(status=status, message=message).encode()
        self.send_response(status, "Refused")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)
