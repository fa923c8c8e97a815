"""How a worker puts its files down: whole or not at all, also where a task runs twice at a time."""

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.config import to_dict
from core.errors import DataError
from core.scale.folder import CatalogueFolder, discard
from core.scale.record import Outcome


@contextmanager
def attempt(catalogue: CatalogueFolder, piece: str) -> Iterator[tuple[Path, Path | None]]:
    """Yield folders for the parts of a piece, and for those of p(z), of this attempt alone."""
    name = f".{piece}-{secrets.token_hex(4)}"
    folders = [catalogue.staged(root) / name for root in catalogue.roots]
    try:
        for folder in folders:
            folder.mkdir()
        yield folders[0], folders[1] if len(folders) > 1 else None
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def put_down(
    catalogue: CatalogueFolder,
    piece: str,
    of: Mapping[str, Any],
    folder: Path,
    of_densities: Path | None,
    outcome: Outcome,
) -> None:
    """Let the parts of an attempt appear at once: p(z) first, then those that say what is known.

    `of` is the input that they are made from.
    """
    if of_densities is not None and catalogue.densities is not None:
        _rename(of_densities, catalogue.staged(catalogue.densities) / piece)
    path = folder / "outcome.json"
    path.write_text(json.dumps({"of": of, "outcome": to_dict(outcome)}), encoding="utf-8")
    sync(path)
    _rename(folder, catalogue.staged_piece(piece))


def _rename(folder: Path, place: Path) -> None:
    """Move a folder to its place; what another attempt, or an earlier input, left there goes."""
    for _ in range(5):
        discard(place)
        try:
            os.rename(folder, place)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
    raise DataError(f"{place}: several workers write this piece at once. Start again.")


def sync(path: Path) -> None:
    """Make sure that a file is on the disk before something says that it is whole."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def replacing_alone(path: Path) -> Iterator[Path]:
    """Yield a path beside `path`, of this attempt alone, which takes its name at the end.

    Unlike `core.atomic.replacing`: a task may run twice at a time, on two machines.
    """
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
