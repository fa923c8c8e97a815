"""Queries as jobs of a TAP service, through pyvo."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyvo
from pyvo.dal.exceptions import DALQueryError

from core.amounts import n_of
from core.data.archive.adql import UPLOADED
from core.data.archive.config import ArchiveConfig
from core.data.archive.connections import Connections
from core.data.archive.patience import ask_patiently
from core.errors import DataError

MAX_ROWS = 3_000_000
"""ESA's limit of rows for those who are not logged in."""

FIRST_POLL_S, LONGEST_POLL_S = 0.1, 5.0


class Tap:
    """The tables of one service; `say` takes a sentence when something is tried again."""

    def __init__(
        self, config: ArchiveConfig, connections: Connections, say: Callable[[str], None]
    ) -> None:
        self._service = pyvo.dal.TAPService(config.service.tap, session=connections)
        self._config, self._connections, self._say = config, connections, say

    def run(self, adql: str, ids: np.ndarray | None = None, most: int = MAX_ROWS) -> Any:
        """Return the table (astropy) that a query finds, with `ids` as tap_upload.asked.

        `most` is the number of rows that may come; a service's own limit may be less than that, and
        its limit for those who name none is often far less.
        Raises a `DataError` if the service refuses the query, with its own words, cannot be
        reached, or cuts the result.
        """
        job = self._ask(lambda: self._start(adql, ids, most))
        return self._ask(lambda: self._result(job))

    def _ask(self, ask: Callable[[], Any]) -> Any:
        return ask_patiently(ask, self._connections, self._config, self._say)

    def _start(self, adql: str, ids: np.ndarray | None, most: int) -> Any:
        uploads = None
        if ids is not None:
            from astropy.table import Table

            uploads = {UPLOADED: Table({"source_id": ids})}
        return self._service.submit_job(adql, maxrec=most, uploads=uploads).run()

    def _result(self, job: Any) -> Any:
        wait_s = FIRST_POLL_S
        while (phase := job.phase) in ("PENDING", "QUEUED", "EXECUTING", "RUN", "UNKNOWN", "HELD"):
            time.sleep(wait_s)
            wait_s = min(1.5 * wait_s, LONGEST_POLL_S)
        if phase == "ERROR":
            job.raise_if_error()
        if phase not in ("COMPLETED", "ARCHIVED") or job.result_uri is None:
            raise DataError(
                f"The archive stopped the query before it was complete ({phase.lower()}). Ask for "
                "less, or log in: registered users have more time."
            )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "answer"
            self._connections.save(self._connections.get(job.result_uri, stream=True), path)
            return _read(path)


def _read(path: Path) -> Any:
    """Return the table of a VOTable, also a packed one; refuse what is cut or an error."""
    from astropy.io import votable

    document = votable.parse(path, verify="ignore")
    told = {
        info.value.upper(): info.content or ""
        for resource in document.resources
        for info in resource.infos
        if info.name == "QUERY_STATUS"
    }
    if "ERROR" in told:
        raise DALQueryError(told["ERROR"])
    table = document.get_first_table()
    if "OVERFLOW" in told:
        raise DataError(
            f"The archive cut the result at {n_of(len(table.array), 'row')}, its limit. Ask for "
            "less, for example for a smaller cone, or log in: registered users may ask for "
            "more."
        )
    return table.to_table(use_names_over_ids=True)
