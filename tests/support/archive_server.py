"""A small Gaia Archive on this machine: tables over TAP, spectra over DataLink.

It speaks as ESA's does: queries are jobs that are polled, tables are VOTables whose identifier is
spelt SOURCE_ID, spectra come in a zip archive, refusals as pages or VOTables with the reason
inside. Below /tap it speaks TAP alone, as mirrors do.
"""

import http.server
import io
import re
import time
import zipfile
from email import message_from_bytes
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import numpy as np
import pandas as pd

from tests.support import archive_tables
from tests.support.archive_http import LocalServer
from tests.support.archive_messages import (
    DOCUMENT,
    FAILED,
    JOB,
    LINK,
    LINKS,
    LOGIN_PAGE,
    PAGE,
    RESULT,
    UNREADABLE,
    votable,
)

PASSWORD = "galaxies"
TAP = ("/tap-server/tap", "/tap")


class ArchiveServer(LocalServer):
    """The archive's sources and spectra, and what is to go wrong.

    Attributes
    ----------
    sources : pd.DataFrame
        Columns of `archive_tables.make_catalogue`.
    layout : Layout
        What the archive calls its tables and columns.
    spectra : XPSources
        Of `xp_archive_files`; ids that are not in it come back empty.
    trouble : list of str
        What becomes of the next requests for spectra or tables: 'busy' (HTTP 500),
        'cut' (half the answer), 'silent' (no answer for a while), 'gone' (the connection
        is closed), 'notice' (a page instead of an answer), 'login' (a page to log in), 'empty' (no
        byte), 'damaged' (a wrong checksum), 'trickle' (a byte now and then), 'elsewhere' (sent on
        to another server), 'ok'. Empty: all is well.
    schema_trouble : list of str
        The same for questions to TAP_SCHEMA.
    job_trouble : list of str
        The same for requests to start a job, of whatever query.
    types : dict of str to list of str
        DataLink's retrieval types by release; none are told by its links where `tells_types` is
        not set.
    max_ids, max_rows : int
    witness : callable
        Called with the path of each request, before it is answered.
    repeats, forgets : bool
        Whether rows come twice; whether half of the spectra are left out.
    asked : list of (path, parameters)
        Every request for a query or for spectra.
    cookies : list of str or None
        Of those requests.
    """

    def __init__(self, sources, spectra, layout=archive_tables.DR3):
        self.sources = sources
        self.layout = layout
        self.schema_trouble = []
        self.job_trouble = []
        self.schema_asked = []
        self.links_asked = []
        self.types = {"Gaia DR3": ["XP_CONTINUOUS", "XP_SAMPLED"]}
        self.tells_types = True
        self.max_rows = None
        self.witness = lambda path: None
        self.repeats = self.forgets = False
        self.spectra = spectra
        self.trouble = []
        self.max_ids = 5000
        self.asked = []
        self.cookies = []
        self.jobs = {}
        self.uploads = {}
        self.polls = 0
        self.per_source = False
        super().__init__(Handler)
        self.url = self.root

    def spectra_asked(self):
        """Return the ids of each request for spectra."""
        return [
            [int(source) for source in words["ID"].split(",")]
            for path, words in self.asked
            if path.startswith("/data-server")
        ]

    def queries(self):
        return [words["QUERY"] for path, words in self.asked if "QUERY" in words]

    def answer(self, adql, uploaded):
        """Return the table that a query finds, or the words of a refusal."""
        if not re.match(r"\s*SELECT\s", adql, re.IGNORECASE):
            return UNREADABLE.format(adql.split()[0])
        counted = re.fullmatch(r"SELECT COUNT\(\*\) AS (\w+) FROM \((.*)\) AS \w+", adql, re.DOTALL)
        if counted:
            return pd.DataFrame({counted[1]: [len(self.answer(counted[2], uploaded))]})
        found = archive_tables.query(self.layout, self.sources, self.spectra, adql, uploaded)
        if self.repeats and not isinstance(found, str):
            found = found.loc[np.repeat(found.index, 2)].reset_index(drop=True)
        return found

    def zipped(self, ids, format):
        """Return the zip archive of spectra; sources without one are just missing in it."""
        known = self.spectra.source_id.tolist()
        rows = [known.index(source) for source in ids if source in known]
        rows = rows[::2] if self.forgets else rows
        rows = [row for row in rows for _ in range(1 + self.repeats)]
        groups = [[row] for row in rows] if self.per_source else [rows] * bool(rows)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, group in enumerate(groups):
                ending = "xml" if format == "votable" else format
                name = f"XP_CONTINUOUS_RAW{number or ''}.{ending}"
                archive.writestr(name, take(self.spectra, group).to_bytes(format))
        return buffer.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    archive = None

    def log_message(self, *_):
        pass

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.archive.witness(self.path)
        words, uploaded = self.read_form(content)
        if self.path.endswith("/login"):
            return self.login(words)
        if self.path.endswith("/phase"):
            return self.answer_redirect(self.path.removesuffix("/phase"))
        about_itself = "tap_schema." in words.get("QUERY", "").lower()
        if about_itself:
            self.archive.schema_asked.append(words["QUERY"])
        else:
            self.archive.asked.append((self.path, words))
            self.archive.cookies.append(self.headers.get("Cookie"))
        if self.path == "/data-server/data":
            return self.send_spectra(words)
        if self.path in [f"{tap}/async" for tap in TAP]:
            return self.start_job(words, uploaded)
        if self.path in [f"{tap}/sync" for tap in TAP]:
            found = self.archive.answer(words["QUERY"], uploaded)
            if isinstance(found, str):
                return self.send(DOCUMENT.format(message=found).encode(), "text/xml", status=400)
            return self.send(votable(found), "application/x-votable+xml")
        return self.refuse(404, f"There is nothing at {self.path}")

    def do_GET(self):
        self.archive.witness(self.path)
        parts = urlsplit(self.path)
        if parts.path == "/data-server/datalink/links":
            return self.send_links(parse_qs(parts.query)["ID"][0].split(","))
        address, _, rest = parts.path.partition("/async/")
        job, _, part = rest.partition("/")
        result = self.archive.jobs.get(job)
        if result is None or address not in TAP:
            return self.refuse(404, f"There is nothing at {self.path}")
        query, result = result
        if not part:
            return self.send_job(job, result, f"http://{self.headers['Host']}{parts.path}")
        if part == "error":
            return self.send(DOCUMENT.format(message=result).encode(), "text/xml")
        if isinstance(result, str):
            return self.refuse(404, "The job has no result")
        troubles = self.archive.trouble
        if "tap_schema." in query.lower():
            troubles = self.archive.schema_trouble
        content = votable(result, self.archive.max_rows)
        return self.send_with_trouble(content, "application/x-votable+xml", troubles)

    def send_job(self, job, result, url):
        phase, rest = "COMPLETED", RESULT.format(url=url)
        if self.archive.polls:
            self.archive.polls -= 1
            phase, rest = "EXECUTING", ""
        elif isinstance(result, str):
            phase, rest = "ERROR", FAILED.format(message=result)
        return self.send(JOB.format(job=job, phase=phase, rest=rest).encode(), "text/xml")

    def send_links(self, ids):
        self.archive.links_asked.append(ids)
        if not self.archive.tells_types:
            return self.refuse(404, "There are no links")
        rows = []
        for name in ids:
            release, _, source = name.strip().rpartition(" ")
            if int(source) in self.archive.spectra.source_id.tolist():
                for kind in self.archive.types.get(release, ()):
                    words = urlencode({"ID": name, "RETRIEVAL_TYPE": kind})
                    url = f"http://{self.headers['Host']}/data-server/data?{words}"
                    rows.append(LINK.format(id=name, url=url.replace("&", "&amp;")))
        return self.send(LINKS.format(rows="".join(rows)).encode(), "application/x-votable+xml")

    def answer_redirect(self, path):
        self.send_response(303)
        self.send_header("Location", f"http://{self.headers['Host']}{path}")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def read_form(self, content):
        kind = self.headers["Content-Type"]
        if not (kind or "").startswith("multipart/"):
            return dict(parse_qsl(content.decode())), None
        message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
        parts = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in message.get_payload()
        }
        where = parts["UPLOAD"].decode().split(",")[1].strip().removeprefix("param:")
        from astropy.table import Table

        uploaded = Table.read(io.BytesIO(parts.pop(where)), format="votable")["source_id"]
        return {key: value.decode().strip() for key, value in parts.items()}, uploaded.tolist()

    def login(self, words):
        if words.get("password") != PASSWORD:
            return self.refuse(401, "Invalid credentials")
        self.send_response(200)
        self.send_header("Set-Cookie", f"JSESSIONID={words['username']}; Path=/; HttpOnly")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def start_job(self, words, uploaded):
        if "nosuchtable" in words["QUERY"]:  # told at once, before there is a job
            return self.refuse(400, "Cannot parse query: 1 unresolved identifiers: nosuchtable")
        if self.archive.job_trouble:
            return self.send_with_trouble(b"", "text/xml", self.archive.job_trouble)
        job = f"{len(self.archive.jobs) + 1}O"
        query = words["QUERY"]
        self.archive.jobs[job] = query, self.archive.answer(query, uploaded)
        return self.answer_redirect(f"{self.path}/{job}")

    def send_spectra(self, words):
        ids = [int(source) for source in words["ID"].split(",")]
        if len(ids) > self.archive.max_ids:
            limits = f"(max: {self.archive.max_ids}, found: {len(ids)})"
            return self.refuse(500, f"Maximum number of Source Ids reached {limits}")
        types = self.archive.types.get(words["RELEASE"])
        if types is None:
            return self.refuse(500, f"Unknown release: {words['RELEASE']}")
        if words["RETRIEVAL_TYPE"] not in types:
            return self.refuse(500, f"Unknown retrieval type: {words['RETRIEVAL_TYPE']}")
        content = self.archive.zipped(ids, words["FORMAT"])
        return self.send_with_trouble(content, "application/zip", self.archive.trouble)

    def send_with_trouble(self, content, kind, troubles):
        trouble = troubles.pop(0) if troubles else "ok"
        if trouble == "busy":
            return self.refuse(500, "Cannot process request, too many connections")
        if trouble == "notice":
            return self.send(b"<html>The archive is under maintenance</html>", "text/html")
        if trouble == "login":
            return self.send(LOGIN_PAGE, "text/html")
        if trouble == "empty":
            return self.send(b"", kind)
        if trouble == "damaged":
            middle = len(content) // 2
            content = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
        if trouble == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/data")
            return self.end_headers()
        if trouble == "trickle":
            return self.trickle(content, kind)
        if trouble == "silent":
            self.archive.awake.wait(30)
        if trouble in ("silent", "gone"):
            self.close_connection = True
            return None
        return self.send(content, kind, half=trouble == "cut")

    def trickle(self, content, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for byte in content[:200]:
            try:
                self.wfile.write(bytes([byte]))
            except OSError:  # the client has given up
                break
            time.sleep(0.05)
        self.close_connection = True

    def send(self, content, kind, half=False, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if half else content)

    def refuse(self, status, message):
        content = PAGE.format(status=status, message=message).encode()
        self.send_response(status, "Refused")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def take(spectra, rows):
    """Return some of the sources, by their positions."""
    lists = ("bp", "rp", "bp_errors", "rp_errors", "bp_correlations", "rp_correlations")
    parts = {name: [getattr(spectra, name)[row] for row in rows] for name in lists}
    bases = {name: getattr(spectra, name) for name in ("bp_basis_id", "rp_basis_id")}
    return type(spectra)(spectra.source_id[rows], **parts, **bases)
