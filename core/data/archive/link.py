"""A link to the archive's services of tables and of spectra, through astroquery."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from core.data.archive.answers import to_frame, unpack
from core.data.archive.config import MAX_BYTES_PER_SOURCE, XP_CONTINUOUS, ArchiveConfig
from core.data.archive.connections import Connections
from core.data.archive.patience import ask_patiently, plain_words
from core.data.archive.question import UPLOADED, Question
from core.errors import ConfigError, DataError

T = TypeVar("T")

IDS_PER_UPLOAD = 50_000

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Link:
    """A link to the archive's two services: tables (TAP) and spectra (DataLink).

    astroquery's `TapPlus` does the talking. Its subclass `GaiaClass` is not used:
    importing it asks ESA's archive for messages at once, whatever server is
    meant, and its `load_data` parses every file instead of keeping it as it came.
    `say` takes a sentence for people, when something is tried again.
    """

    def __init__(self, config: ArchiveConfig, say: Callable[[str], None]) -> None:
        self._config = config
        self._say = say
        self._tap, self._tap_connections = _service(config, "tap-server")
        self._data, self._data_connections = _service(config, "data-server")

    def close(self) -> None:
        """Close the connections."""
        self._tap_connections.close()
        self._data_connections.close()

    def login(self, user: str, password: str) -> None:
        """Log in to both services, by astroquery's own login.

        Raises a `ConfigError` if the password would travel unencrypted, a `DataError` if the
        archive refuses it or cannot be reached.
        """
        parts = urlsplit(self._config.server)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ConfigError(
                f"{self._config.server}: expected an address that starts with https:// to log in, "
                "since the password would travel unencrypted."
            )
        services = ((self._tap, self._tap_connections), (self._data, self._data_connections))
        for service, connections in services:
            self._ask(partial(service.login, user=user, password=password), connections)

    def query(self, question: Question) -> pd.DataFrame:
        """Return the sources that a question finds: source_id (int64) and what else it selects.

        Raises a `DataError` if the archive refuses the query, with its own words, cannot be
        reached, or answers without the column source_id.
        """
        if question.ids is None:
            return self._query(question.adql)
        starts = range(0, len(question.ids), IDS_PER_UPLOAD)
        parts = [
            self._query(question.adql, question.ids[start : start + IDS_PER_UPLOAD])
            for start in starts
        ]
        return pd.concat(parts, ignore_index=True)

    def download(self, ids: Sequence[int], release: str, folder: Path, stem: str) -> list[Path]:
        """Ask for the XP spectra of at most 5000 sources; keep the files as the archive made them.

        They go to folder/stem.ENDING, with the archive's own ending; there are none where no
        source has a spectrum.
        """
        answer = folder / f".{stem}.zip"
        words = {
            "ID": ",".join(str(int(source)) for source in ids),
            "RELEASE": release,
            "DATA_STRUCTURE": "RAW",
            "FORMAT": self._config.format,
            "RETRIEVAL_TYPE": XP_CONTINUOUS[release],
            "VALID_DATA": "false",
            "USE_ZIP_ALWAYS": "true",
        }

        def ask() -> list[Path]:
            self._data.load_data(params_dict=words, output_file=str(answer))
            return unpack(answer, folder, stem, MAX_BYTES_PER_SOURCE * len(ids))

        try:
            return self._ask(ask, self._data_connections)
        finally:
            answer.unlink(missing_ok=True)

    def _query(self, adql: str, ids: np.ndarray | None = None) -> pd.DataFrame:
        uploads: dict[str, Any] = {}
        if ids is not None:
            from astropy.table import Table

            uploads = {"upload_resource": Table({"source_id": ids}), "upload_table_name": UPLOADED}
        connections = self._tap_connections
        job = self._ask(
            lambda: self._tap.launch_job_async(
                adql, output_format="votable_gzip", background=True, **uploads
            ),
            connections,
        )
        return to_frame(self._ask(partial(_results, job), connections))

    def _ask(self, ask: Callable[[], T], connections: Connections) -> T:
        return ask_patiently(ask, connections, self._config, self._say)


def _service(config: ArchiveConfig, context: str) -> tuple[Any, Connections]:
    from astroquery.utils.tap import TapPlus
    from astroquery.utils.tap.conn.tapconn import TapConn

    parts = urlsplit(config.server)
    connections = Connections(config)
    route = TapConn(
        parts.scheme == "https",
        parts.hostname,
        server_context=f"{parts.path.rstrip('/')}/{context}",
        tap_context="tap",
        data_context="data",
        connhandler=connections,
    )
    return TapPlus(connhandler=route, use_names_over_ids=True), connections


def _results(job: Any) -> Any:
    """Wait for a query to end and return its table (astropy)."""
    _, phase = job.wait_for_job_end()
    if phase == "COMPLETED":
        return job.get_results()
    if phase == "ERROR":
        raise DataError(f"The archive refused the query: {plain_words(job.get_error())}")
    raise DataError(
        f"The archive stopped the query before it was complete ({phase.lower()}). Ask for less, or "
        "log in: registered users have more time."
    )
