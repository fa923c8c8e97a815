"""Deleting data sets: they lie in `.trash` of their folder for a while, and come back from it."""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from core.file_errors import sentence_of
from core.trash import new_place, places, put_back, too_old


@dataclass(frozen=True)
class DeletedDataset:
    """A deleted data set: its file as it lies in the trash, and where it was."""

    path: Path
    was: Path


def delete_dataset(path: Path) -> DeletedDataset:
    """Move a data set file, with its card, into the trash of its folder.

    Raises a `DataError` if it is not there or must not be moved.
    """
    folder, now = new_place(path.parent)
    try:
        folder.mkdir(parents=True)
        moved = path.rename(folder / path.name)
    except FileNotFoundError as error:
        with suppress(OSError):
            folder.rmdir()
        raise DataError(f"{path.name} is not there any more; it was deleted elsewhere.") from error
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be moved to the trash: {sentence_of(error, folder)}"
        ) from error
    with suppress(OSError):  # the data set is in the trash, whatever comes of the rest
        _card_of(path).rename(_card_of(moved))
    with suppress(OSError):
        for place, moment in list(places(path.parent)):
            if moment < too_old(now):
                shutil.rmtree(place)
    return DeletedDataset(moved, path)


def undelete_dataset(deleted: DeletedDataset) -> Path:
    """Put a deleted data set back where it was and return its path.

    Raises a `DataError` if another one has its name by now, or the trash was emptied.
    """
    if deleted.was.exists():
        raise DataError(
            f"Another data set {deleted.was.name} exists now. Delete it first, then restore this "
            "one."
        )
    put_back(deleted.path, deleted.was, deleted.was.name, DataError)
    with suppress(OSError):
        _card_of(deleted.path).rename(_card_of(deleted.was))
    with suppress(OSError):
        deleted.path.parent.rmdir()
    return deleted.was


def _card_of(path: Path) -> Path:
    return path.with_suffix(".card.json")
