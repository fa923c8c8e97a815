"""One bulk file brought from its server, and checked when it is whole."""

import hashlib
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from core.data.archive.bulk import BulkFile
from core.data.archive.bulk_bytes import Getting, Told, read_begun
from core.data.archive.bulk_listing import ALGORITHMS
from core.data.archive.config import ArchiveConfig
from core.data.archive.connections import Connections
from core.errors import DataError
from core.file_errors import writing

CHECKED_TWICE = 2
"""How often a file is brought whose checksum is wrong: damage on the way is rare, and it is large
enough that a wrong list of checksums should not be paid for again and again."""


def bring(
    file: BulkFile,
    path: Path,
    config: ArchiveConfig,
    say: Callable[[str], None] = lambda _: None,
    told: Told = lambda done, total: None,
) -> None:
    """Bring a file to `path`, where it appears whole and checked; go on with what has come before.

    Nobody else may bring the same file there meanwhile. `told` may raise to call it off.

    Raises
    ------
    DataError
        If the server does not have it, gives no usable answer, or its checksum is wrong.
    ServerError
        If the server cannot be reached, or wants a login.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path):
        try:
            _bring(file, path, config, say, told)
        except DataError:  # the next start begins anew: what has come is not to fill the disk
            _discard(*_parts(path))
            raise


def _bring(
    file: BulkFile, path: Path, config: ArchiveConfig, say: Callable[[str], None], told: Told
) -> None:
    part, state = _parts(path)
    if read_begun(state, file) is None:
        _discard(path, part, state)
    elif path.exists():  # renamed after its check
        return
    # The list that names the file has come from there.
    with closing(Connections(config, config.service, has_answered=True)) as connections:
        getting = Getting(file, part, state, connections, config, say, told)
        for attempt in range(1, CHECKED_TWICE + 1):
            getting.go_on()
            came = _digest(part, file)
            if came == file.digest:
                break
            _discard(part, state)
            if attempt == CHECKED_TWICE:
                raise DataError(
                    f"{file.url}: its checksum is wrong: expected {file.digest}, as the server's "
                    f"list says, received {came}, {CHECKED_TWICE} times. The file or the list on "
                    "the server is damaged, or one is older than the other; try again later, or "
                    "another server."
                )
            say(f"{file.name}: its checksum is wrong, so it is brought once more.")
    part.rename(path)


def _parts(path: Path) -> tuple[Path, Path]:
    """Return where a file lies that has come in part, and what is known of it."""
    return _beside(path, ".part"), _beside(path, ".begun")


BESIDE = re.compile(r"^\.+(.*?)(\.(part|begun))?$")
"""Names of files beside one that is brought, also of those that a killed process left."""


def forget(path: Path) -> None:
    """Remove a file that was brought, and all that is known of it."""
    _discard(path, *_parts(path))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}{ending}")


def _discard(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _digest(path: Path, file: BulkFile) -> str:
    if not file.digest:
        return ""
    with path.open("rb") as content:
        return hashlib.file_digest(content, ALGORITHMS[len(file.digest)]).hexdigest()
