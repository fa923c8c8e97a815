"""What it takes to bring bulk files: how many, how large, how long, and what room on the disk."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.amounts import duration, n_of, size
from core.data.archive.bulk import Bulk, BulkFile
from core.data.archive.connections import Connections
from core.data.archive.patience import NoAnswerError, RefusedError, ask_patiently
from core.errors import DataError

ASKED_FOR_SIZES = 12
"""Files whose size is asked for where the list does not tell; the others are taken to be alike."""

BYTES_PER_S = (10e6, 100e6)
"""A usual line, and a fast one."""

BYTES_PER_KEPT = 14_000
"""Of coefficients, errors and correlations of a source in Parquet, of as many as DR3 has: 14,064
where all are noise, which does not compress."""


@dataclass(frozen=True)
class BulkPlan:
    """What is to be brought.

    Attributes
    ----------
    address : str
    n_files, n_before, n_all : int
        Files to bring, those that were read before, and all in the folder.
    n_ids : int or None
        Sources that are asked for; None: all.
    n_bytes, largest : int or None
        Of the files to bring together, and of the largest [bytes]; None if nothing tells.
    is_exact : bool
        Whether every size is known, and none rounded.
    workers : int
        Files that are on the disk at a time.
    kept : int
        About what stays on the disk [bytes].
    """

    address: str
    n_files: int
    n_before: int
    n_all: int
    n_ids: int | None
    n_bytes: int | None
    largest: int | None
    is_exact: bool
    workers: int
    kept: int = 0

    @property
    def room(self) -> int:
        """Room that is needed at a time, about [bytes]."""
        return self.workers * (self.largest or 0) + self.kept

    @property
    def of_one(self) -> int | None:
        """Size of a file on average [bytes]; None if nothing tells."""
        return None if self.n_bytes is None else self.n_bytes // max(self.n_files, 1)

    def to_json(self) -> dict[str, Any]:
        """Return its numbers, as JSON can hold them."""
        return {**asdict(self), "room": self.room}

    def lines(self) -> list[str]:
        """Return it for people."""
        n = self.n_files + self.n_before
        why = "" if self.n_ids is None else f" may hold one of {n_of(self.n_ids, 'id')}"
        told = [f"{self.address}: {n:,} of {n_of(self.n_all, 'file')}{why}."]
        if self.n_before:
            told.append(f"Read before: {self.n_before:,}.")
        if not self.n_files:
            return [*told, "Nothing is left to bring."]
        if self.n_bytes is None:
            return [*told, "The server does not tell how large they are."]
        about = "" if self.is_exact else "about "
        slow, fast = (duration(max(self.n_bytes / rate, 1)) for rate in BYTES_PER_S)
        slow_rate, fast_rate = (f"{rate / 1e6:.0f} MB/s" for rate in BYTES_PER_S)
        return [
            *told,
            f"To bring: {about}{size(self.n_bytes)}: {slow} at {slow_rate}, {fast} at {fast_rate}.",
            f"Disk: about {size(self.room)} at a time; each file is deleted when it is read.",
        ]

    def check_room(self, folder: Path) -> None:
        """Raise a `DataError` if the disk of a folder lacks the room."""
        there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
        free = shutil.disk_usage(there).free
        if free < self.room:
            raise DataError(
                f"{folder}: {size(free)} are free on this disk, expected about "
                f"{size(self.room)}: {n_of(self.workers, 'file')} at a time, and "
                "the rows that are kept. Free some space, choose another folder, or fewer "
                "--workers."
            )


def plan_bulk(
    bulk: Bulk,
    ids: np.ndarray | None,
    to_do: Sequence[BulkFile] | None = None,
    *,
    workers: int = 1,
    keeps_rows: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> BulkPlan:
    """Return what it takes to bring the files that may hold some sources (int64, rising).

    Those that are still `to_do`, by default all. Where the list tells no sizes, the server is asked
    for those of some files.
    """
    every = bulk.holding(ids)
    files = every if to_do is None else to_do
    sizes = {file.name: file.size for file in files if file.size is not None}
    unknown = [file for file in files if file.size is None]
    if unknown:
        picked = np.unique(np.linspace(0, len(unknown) - 1, ASKED_FOR_SIZES).astype(int))
        sizes |= _ask([unknown[i] for i in picked], bulk, say)
    is_exact = len(sizes) == len(files) and all(f.size is None or f.is_exact for f in files)
    known = list(sizes.values())
    n_bytes = round(sum(known) / len(known) * len(files)) if known else None if files else 0
    kept = 0
    if ids is not None and keeps_rows:
        kept = len(ids) * BYTES_PER_KEPT * len(files) // len(every)
    return BulkPlan(
        bulk.address,
        len(files),
        len(every) - len(files),
        len(bulk.files),
        None if ids is None else len(ids),
        n_bytes,
        max(known, default=None),
        is_exact,
        min(workers, len(files)),
        kept,
    )


def _ask(files: list[BulkFile], bulk: Bulk, say: Callable[[str], None]) -> dict[str, int]:
    """Return the sizes of files, by name, of those of which the server tells them."""
    found = {}
    with closing(Connections(bulk.config, bulk.config.service, has_answered=True)) as connections:
        for file in files:

            def ask(file: BulkFile = file) -> str:
                words = {"Accept-Encoding": "identity"}
                answer = connections.head(file.url, headers=words, allow_redirects=True)
                answer.raise_for_status()
                return answer.headers.get("Content-Length", "")

            try:
                length = ask_patiently(ask, connections, bulk.config, say)
            except RefusedError:  # which is told when it is brought
                continue
            except NoAnswerError:  # of one, and so of the others
                break
            if length.isdecimal():
                found[file.name] = int(length)
        connections.forget()
    return found
