"""Names that an archive told, kept in the cache folder for some days."""

import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.atomic import write_json
from core.clock import utc_now
from core.data.archive.names import Names
from core.data.archive.question import Question
from core.data.archive.service import Service
from core.data.cache import cache_folder
from core.errors import DataError, XpzError
from core.stored import read_as

MAX_AGE = timedelta(days=3)
"""After which an archive is asked again; in the first days of a release its tables may change."""


@dataclass(frozen=True)
class KeptNames:
    """What one service said of one release, and when (`asked`, ISO 8601 in UTC).

    `retrieval` is DataLink's type of XP spectra, once it was needed.
    """

    server: str
    asked: str
    names: Names
    retrieval: str | None = None

    @property
    def age(self) -> timedelta:
        """How long ago the archive was asked."""
        return datetime.now(UTC) - datetime.fromisoformat(self.asked)


def keep(service: Service, names: Names, retrieval: str | None = None) -> KeptNames:
    """Keep names that were told now; a cache that cannot be written stops nothing."""
    kept = KeptNames(service.tap, utc_now(), names, retrieval)
    _write(_path(service, names.release), kept)
    return kept


def keep_retrieval(service: Service, kept: KeptNames, retrieval: str) -> KeptNames:
    """Keep a retrieval type beside names, whose age stays."""
    told = KeptNames(kept.server, kept.asked, kept.names, retrieval)
    _write(_path(service, kept.names.release), told)
    return told


def recall(service: Service, release: str) -> KeptNames | None:
    """Return what is kept, unless there is nothing, or it is too old or damaged."""
    with suppress(XpzError, OSError, ValueError):
        kept = read_as(KeptNames, _path(service, release))
        if kept.server == service.tap and timedelta(0) <= kept.age <= MAX_AGE:
            return kept
    return None


def in_kept_names(question: Question, service: Service) -> str | None:
    """Return a question as it will be sent, as far as is known without asking; else None."""
    if question.kind == "adql":
        return question.adql
    kept = recall(service, question.release)
    with suppress(DataError):  # it lacks a table: whoever asks is told
        return None if kept is None else question.in_names(kept.names)
    return None


def forget(service: Service, release: str) -> None:
    """Forget what is kept."""
    with suppress(OSError):
        _path(service, release).unlink()


def _write(path: Path, kept: KeptNames) -> None:
    with suppress(XpzError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, asdict(kept))


def _path(service: Service, release: str) -> Path:
    name = re.sub(r"\W+", "-", f"{service.tap} {release}".lower()).strip("-")
    return cache_folder() / "archive" / f"{name}.json"
