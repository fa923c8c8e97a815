"""The trash of a folder: what was deleted lies there for a while, and can be brought back."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import XpzError
from core.file_errors import sentence_of
from core.stored import is_there

TRASH = ".trash"
KEEP_DAYS = 30
"""Whatever has lain in the trash for longer goes when the next thing is deleted from its folder."""

_STAMP = "%Y%m%dT%H%M%S%fZ"


def new_place(root: Path) -> tuple[Path, datetime]:
    """Return a folder for what is deleted from `root` now, not made yet, and the time."""
    now = datetime.now(UTC)
    while is_there(place := root / TRASH / now.strftime(_STAMP)):  # the clock was set back
        now += timedelta(microseconds=1)
    return place, now


def places(root: Path) -> Iterator[tuple[Path, datetime]]:
    """Yield the folders in the trash of `root`, and when what lies in each was deleted.

    None where nobody may look: nothing can be brought back from there.
    """
    with suppress(OSError):
        for place in (root / TRASH).iterdir():
            with suppress(ValueError):  # not of ours
                yield place, datetime.strptime(place.name, _STAMP).replace(tzinfo=UTC)


def put_back(lying: Path, place: Path, called: str, error: type[XpzError]) -> None:
    """Move what lies in the trash to its place, which nothing has taken.

    Raises an `error` with a sentence on what is `called` so, if it must not be moved or the trash
    was emptied.
    """
    try:
        lying.rename(place)
    except FileNotFoundError as cause:
        raise error(f"{called} is not in the trash any more.") from cause
    except OSError as cause:
        raise error(f"{called} cannot be restored: {sentence_of(cause, place)}") from cause


def too_old(now: datetime) -> datetime:
    """Return the moment before which what was deleted is to go."""
    return now - timedelta(days=KEEP_DAYS)
