"""Deleting searches: they lie in `.trash` of their folder, and come back, until it is emptied.

Runs that their trials were promoted to are runs of their own, and stay.
"""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import RunError
from core.jobs.roots import JOB_ID
from core.jobs.to_trash import put_back, to_trash
from core.stored import is_there
from core.trash import places, too_old
from core.tuning.search import Search


@dataclass(frozen=True)
class DeletedSearch:
    """A deleted search: its folder, as it lies in the trash, and when it was deleted, UTC."""

    search: Search
    deleted: datetime

    @property
    def was(self) -> Path:
        """The folder that it had."""
        return self.search.path.parents[2] / self.search.search_id


def delete_search(search: Search) -> DeletedSearch:
    """Move a search into the trash of its folder; empty that of what is older than `KEEP_DAYS`.

    Raises a `RunError` as `core.jobs.to_trash` does.
    """
    path, now = to_trash(search)
    with suppress(OSError):  # it is in the trash, whatever comes of older ones
        empty_search_trash(search.root, too_old(now))
    return DeletedSearch(Search(path), now)


def undelete_search(deleted: DeletedSearch) -> Search:
    """Put a deleted search back where it was.

    Raises a `RunError` if a search has its id by now, or the trash was emptied.
    """
    if is_there(deleted.was):
        raise RunError(
            f"Another search '{deleted.search.search_id}' exists now. Delete it first, then "
            "restore this one."
        )
    put_back(deleted.search, deleted.was)
    return Search(deleted.was)


def list_deleted_searches(root: Path) -> list[DeletedSearch]:
    """Return the deleted searches of a root of runs, the last one first."""
    found = []
    for folder, moment in places(Path(root).resolve() / Search.place):
        with suppress(OSError):
            found += [
                DeletedSearch(Search(path), moment)
                for path in folder.iterdir()
                if JOB_ID.fullmatch(path.name) and is_there(path / "config.json")
            ]
    return sorted(found, key=lambda each: each.deleted, reverse=True)


def empty_search_trash(root: Path, before: datetime | None = None) -> int:
    """Remove for good what was deleted before a moment, by default everything; return how many."""
    found = list_deleted_searches(root)
    gone = [each for each in found if before is None or each.deleted < before]
    for each in gone:
        shutil.rmtree(each.search.path.parent)
    return len(gone)
