"""A small Gaia Archive on this machine: tables over TAP, spectra over DataLink.

It speaks as ESA's does to astroquery: queries are jobs that are polled, tables are
gzipped VOTables whose identifier is spelt SOURCE_ID, spectra come in a zip archive,
refusals as pages or VOTables with the reason inside.
"""

import gzip
import http.server
import io
import re
import threading
import zipfile
from email import message_from_bytes
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd

PAGE = (
    "<html><body><h1>Error {status}</h1><ul><li><b>Message: </b>{message}</li></ul></body></html>"
)
DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><VOTABLE version="1.4"><RESOURCE type="results">'
    '<INFO name="QUERY_STATUS" value="ERROR"><![CDATA[{message}]]></INFO></RESOURCE></VOTABLE>'
)
UNREADABLE = "Cannot parse query for job: Encountered '{}'. Was expecting: SELECT"
PASSWORD = "galaxies"


class ArchiveServer:
    """The archive's sources and spectra, and what is to go wrong.

    Attributes
    ----------
    sources : pd.DataFrame
        Columns of gaia_source and galaxy_candidates.
    spectra : XPSources
        Of `xp_archive_files`; ids that are not in it come back empty.
    trouble : list of str
        What becomes of the next requests for spectra or tables: 'busy' (HTTP 500),
        'cut' (half the answer), 'silent' (no answer for a while), 'gone' (the connection
        is closed), 'notice' (a page instead of an answer), 'ok'. Empty: all is well.
    max_ids : int
    asked : list of (path, parameters)
        Every request for a query or for spectra.
    cookies : list of str or None
        Of those requests.
    """

    def __init__(self, sources, spectra):
        self.sources = sources
        self.spectra = spectra
        self.trouble = []
        self.max_ids = 5000
        self.asked = []
        self.cookies = []
        self.jobs = {}
        self.polls = 0
        self.per_source = False
        self.awake = threading.Event()
        handler = type("Bound", (Handler,), {"archive": self})
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def close(self):
        self.awake.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def spectra_asked(self):
        """Return the ids of each request for spectra."""
        return [
            [int(source) for source in words["ID"].split(",")]
            for path, words in self.asked
            if path.startswith("/data-server")
        ]

    def queries(self):
        return [words["QUERY"] for path, words in self.asked if path.startswith("/tap-server")]

    def answer(self, adql, uploaded):
        """Return the table that a query finds, or the words of a refusal."""
        if not re.match(r"\s*SELECT\s", adql, re.IGNORECASE):
            return UNREADABLE.format(adql.split()[0])
        counted = re.fullmatch(r"SELECT COUNT\(\*\) AS (\w+) FROM \((.*)\) AS \w+", adql, re.DOTALL)
        if counted:
            return pd.DataFrame({counted[1]: [len(self.answer(counted[2], uploaded))]})
        found = self.sources
        if "tap_upload" in adql:
            found = found[found["source_id"].isin(uploaded)]
        if "has_xp_continuous = 'true'" in adql:
            found = found[found["has_xp_continuous"]]
        if "redshift_ugc IS NOT NULL" in adql:
            found = found[found["redshift_ugc"].notna()]
        circle = re.search(r"CIRCLE\(([^,]+), ([^,]+), ([^)]+)\)", adql)
        if circle:
            ra, dec, radius = map(float, circle.groups())
            found = found[separation_deg(found["ra"], found["dec"], ra, dec) <= radius]
        if "ORDER BY g.random_index" in adql:
            found = found.sort_values("random_index")
        top = re.search(r"TOP (\d+)", adql)
        if top:
            found = found.head(int(top[1]))
        selected = re.search(r"SELECT\s+(?:TOP \d+\s+)?(.*?)\s+FROM", adql, re.DOTALL)[1]
        columns = [column.split(".")[-1].strip() for column in selected.split(",")]
        return found[list(found.columns) if columns == ["*"] else columns]

    def zipped(self, ids, format):
        """Return the zip archive of spectra; sources without one are just missing in it."""
        known = self.spectra.source_id.tolist()
        rows = [known.index(source) for source in ids if source in known]
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
        words, uploaded = self.read_form(content)
        if self.path.endswith("/login"):
            return self.login(words)
        self.archive.asked.append((self.path, words))
        self.archive.cookies.append(self.headers.get("Cookie"))
        if self.path == "/data-server/data":
            return self.send_spectra(words)
        if self.path == "/tap-server/tap/async":
            return self.start_job(words, uploaded)
        return self.refuse(404, f"There is nothing at {self.path}")

    def do_GET(self):
        job, _, part = self.path.removeprefix("/tap-server/tap/async/").partition("/")
        result = self.archive.jobs.get(job)
        if result is None:
            return self.refuse(404, f"There is no job {job}")
        failed = isinstance(result, str)
        if part == "phase":
            if self.archive.polls:
                self.archive.polls -= 1
                return self.send(b"EXECUTING", "text/plain")
            return self.send(b"ERROR" if failed else b"COMPLETED", "text/plain")
        if part == "error":
            return self.send(DOCUMENT.format(message=result).encode(), "text/xml")
        if failed:
            return self.refuse(404, "The job has no result")
        return self.send_with_trouble(gzip.compress(votable(result)), "application/x-votable+xml")

    def read_form(self, content):
        kind = self.headers["Content-Type"]
        if not kind.startswith("multipart/"):
            return dict(parse_qsl(content.decode())), None
        message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
        parts = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in message.get_payload()
        }
        name = parts["UPLOAD"].decode().split(",")[0]
        from astropy.table import Table

        uploaded = Table.read(io.BytesIO(parts.pop(name)), format="votable")["source_id"]
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
        job = f"{len(self.archive.jobs) + 1}O"
        self.archive.jobs[job] = self.archive.answer(words["QUERY"], uploaded)
        self.send_response(303)
        self.send_header("Location", f"http://{self.headers['Host']}{self.path}/{job}")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def send_spectra(self, words):
        ids = [int(source) for source in words["ID"].split(",")]
        if len(ids) > self.archive.max_ids:
            limits = f"(max: {self.archive.max_ids}, found: {len(ids)})"
            return self.refuse(500, f"Maximum number of Source Ids reached {limits}")
        content = self.archive.zipped(ids, words["FORMAT"])
        return self.send_with_trouble(content, "application/zip")

    def send_with_trouble(self, content, kind):
        trouble = self.archive.trouble.pop(0) if self.archive.trouble else "ok"
        if trouble == "busy":
            return self.refuse(500, "Cannot process request, too many connections")
        if trouble == "notice":
            return self.send(b"<html>The archive is under maintenance</html>", "text/html")
        if trouble == "silent":
            self.archive.awake.wait(30)
        if trouble in ("silent", "gone"):
            self.close_connection = True
            return None
        return self.send(content, kind, half=trouble == "cut")

    def send(self, content, kind, half=False):
        self.send_response(200)
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


def votable(table):
    """Return a table as the archive writes it: binary, the identifier in capitals."""
    from astropy.table import MaskedColumn, Table

    columns = {}
    for name, values in table.items():
        values = values.to_numpy()
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)
        columns["SOURCE_ID" if name == "source_id" else name] = MaskedColumn(values, mask=missing)
    buffer = io.BytesIO()
    Table(columns).write(buffer, format="votable", tabledata_format="binary2")
    return buffer.getvalue()


def take(spectra, rows):
    """Return some of the sources, by their positions."""
    lists = ("bp", "rp", "bp_errors", "rp_errors", "bp_correlations", "rp_correlations")
    parts = {name: [getattr(spectra, name)[row] for row in rows] for name in lists}
    return type(spectra)(spectra.source_id[rows], **parts)


def separation_deg(ra, dec, ra_0, dec_0):
    ra, dec, ra_0, dec_0 = (np.radians(angle) for angle in (ra, dec, ra_0, dec_0))
    return np.degrees(
        np.arccos(
            np.clip(
                np.sin(dec) * np.sin(dec_0) + np.cos(dec) * np.cos(dec_0) * np.cos(ra - ra_0), -1, 1
            )
        )
    )


def make_catalogue(source_id, seed=0):
    """Return what the archive knows of some galaxies; every third has no redshift_ugc."""
    rng = np.random.default_rng(seed)
    n = len(source_id)
    z = np.where(np.arange(n) % 3 == 2, np.nan, rng.uniform(0.02, 0.5, n))
    return pd.DataFrame(
        {
            "source_id": source_id,
            "ra": rng.uniform(0, 360, n),
            "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, n))),
            "phot_g_mean_mag": rng.uniform(15, 19, n).astype(np.float32),
            "redshift_ugc": z,
            "redshift_ugc_lower": z - 0.01,
            "redshift_ugc_upper": z + 0.01,
            "random_index": rng.permutation(n),
            "has_xp_continuous": True,
        }
    )
