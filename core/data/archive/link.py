"""A link to one service: its names, its tables and its spectra, each where it has them."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.archive.adql import neighbours_query, spectra_query
from core.data.archive.answers import to_frame, write_arrays
from core.data.archive.config import ArchiveConfig
from core.data.archive.connections import Connections
from core.data.archive.datalink import DataLink
from core.data.archive.kept_names import KeptNames, forget, keep, keep_retrieval, recall
from core.data.archive.names import Names, find_names
from core.data.archive.patience import RefusedError, ask_patiently
from core.data.archive.question import Question
from core.data.archive.schema import (
    COLUMN_TABLES_AT_ONCE,
    TABLES,
    Table,
    columns_query,
    tables_of,
    with_columns,
)
from core.data.archive.sought import Sought
from core.data.archive.tap import MAX_ROWS, Tap
from core.errors import ConfigError, DataError
from core.meanings import agree, tell, told_of

T = TypeVar("T")

IDS_PER_UPLOAD = 50_000

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Link:
    """A link to a service: pyvo asks for tables, requests for DataLink's files.

    What it calls its tables and columns is asked of it once, and kept for some days. `say` takes a
    sentence for people, when something is tried again, or is not there. `has_answered`: as of
    `Connections`.
    """

    def __init__(
        self, config: ArchiveConfig, say: Callable[[str], None], *, has_answered: bool = False
    ) -> None:
        self._config = config
        self._say = say
        self._service = config.service
        self._connections = Connections(config, self._service, has_answered=has_answered)
        self._data = DataLink(config, self._connections, say)
        self._names: dict[str, KeptNames] = {}
        self._retrievals: dict[str, str] = {}
        self.sent = ""  # the latest query for sources, in the service's names

    @cached_property
    def _tap(self) -> Tap:
        return Tap(self._config, self._connections, self._say)

    def close(self) -> None:
        """Close the connections."""
        self._connections.forget()
        self._connections.close()

    def login(self, user: str, password: str) -> None:
        """Log in to both services of a server laid out as ESA's.

        Raises a `ConfigError` if the password would travel unencrypted, a `DataError` if the
        archive refuses it or cannot be reached.
        """
        parts = urlsplit(self._service.tap)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ConfigError(
                f"{self._config.server}: expected an address that starts with https:// to log in, "
                "since the password would travel unencrypted."
            )
        if not self._service.data:
            raise ConfigError(f"{self._config.server}: xpz can log in to ESA's archive alone.")
        words = {"username": user, "password": password}
        for place in (self._service.tap.removesuffix("/tap"), self._service.data):

            def ask(place: str = place) -> None:
                self._connections.post(f"{place}/login", data=words).raise_for_status()

            ask_patiently(ask, self._connections, self._config, self._say)

    def names(self, release: str) -> Names:
        """Return what the service calls the tables and columns of a release.

        They are kept from an earlier time if that is not long ago. Raises a `DataError` if the
        service has nothing of the release, or does not tell.
        """
        return self._kept(release).names

    def look(self, release: str) -> KeptNames:
        """Ask the service anew what it calls its tables and columns, and keep it."""
        rows = _rows(self._tap.run(TABLES))
        everything = tables_of(rows)
        tables = [table for table in everything if table.release == release]
        if not tables:
            there = sorted({table.release for table in everything if table.release})
            raise DataError(
                f"Release: expected one of {', '.join(there) or 'Gaia'}, which "
                f"{self._service.name} has, received '{release}'. Of its "
                f"{n_of(len(everything), 'table')} none is of it; found: "
                f"{', '.join(t.name for t in everything[:8])}."
            )
        names = find_names(release, self._with_columns(tables))
        self._names[release] = keep(self._service, names)
        return self._names[release]

    def tables_like(self, *sought: Sought) -> list[Table]:
        """Return the tables, of whatever schema, that are called or described as one is sought."""
        everything = tables_of(_rows(self._tap.run(TABLES)))
        fitting = (
            table
            for table in everything
            if any(each.rank(table.short, table.description) is not None for each in sought)
        )
        return self._with_columns(list(fitting))

    def _with_columns(self, tables: Sequence[Table]) -> list[Table]:
        """Return tables with their columns, which are asked for."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(tables), COLUMN_TABLES_AT_ONCE):
            part = tables[start : start + COLUMN_TABLES_AT_ONCE]
            found += _rows(self._tap.run(columns_query(part)))
        return with_columns(tables, found)

    def query(self, question: Question) -> pd.DataFrame:
        """Return the sources that a question finds: source_id (int64) and what else it selects.

        Raises a `DataError` if the archive refuses the query, with its own words, cannot be
        reached, or answers without the column source_id.
        """
        tables = [to_frame(table) for table in self._tables(question)]
        return tell(pd.concat(tables, ignore_index=True), agree(told_of(tables))[0])

    def neighbours(
        self, ids: np.ndarray, release: str, older: str, *, backwards: bool = False
    ) -> list[Any]:
        """Return the tables (astropy) of `neighbours_query` in the names of the newer `release`.

        `ids` are of the `older` one ('dr3'), or `backwards` of the newer. Raises a `DataError` as
        `query` does, and if the service has no table that leads from one to the other.
        """

        def ask(names: Names) -> list[Any]:
            self.sent = adql = neighbours_query(names, older, backwards=backwards)
            return [self._tap.run(adql, part) for part in _uploads(ids)]

        return self._in_names(release, ask)

    def query_with_spectra(self, question: Question) -> Any:
        """Return sources and their coefficients (astropy's table) by one query, or None.

        None where the service has no coefficients as array columns, or more sources than a chunk
        may be meant; `query` and `download` then bring them one after the other.
        """
        most = self._config.chunk
        counts = (len(question.ids) if question.ids is not None else 0, question.galaxies or 0)
        if question.kind == "adql" or max(counts) > most:
            return None
        if self.by_datalink or self.names(question.release).table("spectra") is None:
            return None
        top = most + 1 if question.kind == "cone" else None
        (table,) = self._tables(question, with_spectra=True, top=top)
        return table if len(table) <= most else None

    def require_spectra(self, release: str) -> None:
        """Raise a `DataError` unless the service can send XP spectra of a release."""
        if self.by_datalink:
            return
        names = self.names(release)
        if names.table("spectra") is None:
            raise DataError(
                f"{release}: {self._service.name} has no DataLink and no XP spectra as array "
                f"columns; found: {', '.join(names.present[:12])}. Fetch them by --ids from "
                "another --service, such as esa."
            )

    def download(self, ids: Sequence[int], release: str, folder: Path, stem: str) -> list[Path]:
        """Ask for the XP spectra of at most 5000 sources; keep the files as the archive made them.

        They go to folder/stem.ENDING, with the archive's own ending; there are none where no
        source has a spectrum. Of a service with array columns it is a Parquet file.
        """
        if self.by_datalink:
            retrieval = self._retrieval(ids, release)
            return self._data.download(ids, release, retrieval, folder, stem)
        adql = spectra_query(self.names(release))
        table = self._tap.run(adql, np.asarray(ids, np.int64), len(ids) + 1)
        return write_arrays(table, folder / f"{stem}.parquet")

    def retrieval_types(self, ids: Sequence[int], release: str) -> list[str]:
        """Return the types of data that DataLink tells for some sources; none where it has none."""
        return self._data.types(ids, release) if self.by_datalink else []

    @property
    def by_datalink(self) -> bool:
        """Whether spectra come by DataLink, else as array columns."""
        return bool(self._service.data)

    def _kept(self, release: str) -> KeptNames:
        if release not in self._names:
            kept = recall(self._service, release)
            self._names[release] = kept or self.look(release)
        return self._names[release]

    def _retrieval(self, ids: Sequence[int], release: str) -> str:
        kept = self._names.get(release) or recall(self._service, release)
        if kept is not None and kept.retrieval:
            return kept.retrieval
        if release not in self._retrievals:
            retrieval, told = self._data.retrieval(ids, release)
            self._retrievals[release] = retrieval
            if told and kept is not None:
                self._names[release] = keep_retrieval(self._service, kept, retrieval)
        return self._retrievals[release]

    def _tables(self, question: Question, **options: Any) -> list[Any]:
        """Return the tables of a question, one for each upload of ids."""
        if question.kind == "adql":
            self.sent = question.adql
            return [self._tap.run(question.adql)]
        return self._in_names(
            question.release, lambda names: self._ask_in(names, question, **options)
        )

    def _in_names(self, release: str, ask: Callable[[Names], T]) -> T:
        """Ask in the names of a release.

        Names that were kept may have changed since: where the archive refuses them, it is asked
        anew, once.
        """
        fresh = release not in self._names and recall(self._service, release) is None
        names = self.names(release)
        try:
            return ask(names)
        except RefusedError:
            if fresh:
                raise
            forget(self._service, release)
            anew = self.look(release).names
            if anew == names:
                raise
        return ask(anew)

    def _ask_in(self, names: Names, question: Question, **options: Any) -> list[Any]:
        for sentence in names.missing(question.kind):
            self._say(sentence)
        self.sent = adql = question.in_names(names, **options)
        if question.ids is None:
            return [self._tap.run(adql, most=question.galaxies or MAX_ROWS)]
        return [self._tap.run(adql, part, 2 * len(part)) for part in _uploads(question.ids)]


def _uploads(ids: np.ndarray) -> list[np.ndarray]:
    return [ids[start : start + IDS_PER_UPLOAD] for start in range(0, len(ids), IDS_PER_UPLOAD)]


def _rows(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a table of texts, by column names in lower case; None where masked."""
    columns = {name.lower(): table[name].tolist() for name in table.colnames}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
