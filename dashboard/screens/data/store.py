"""New data sets into the user's own folder: by upload, under a safe name, all or nothing."""

import dataclasses
import re
import threading
import unicodedata
from collections.abc import Callable

from core.data import Dataset, datasets_folder, save_dataset
from dashboard.shared import state

_saving = threading.Lock()


def safe_name(text: str) -> str:
    """Return a name for files: a-z, 0-9, '-' and '_', at most 48 letters; 'u' for 'ü'."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    slug = re.sub(r"[^a-z0-9_]+", "-", bare).strip("-_")[:48].strip("-_")
    return slug or "data"


def free_name(stem: str) -> str:
    """Return `stem`, with a number where a data set of that name is at hand."""
    taken, folder = state.datasets(), datasets_folder()
    free, number = stem, 2
    while free in taken or (folder / f"{free}.parquet").exists():
        free, number = f"{stem}-{number}", number + 1
    return free


def of_taken(name: str) -> str:
    """Return what follows from a name that another data set has; '' if none has it."""
    stem, name, entries = safe_name(name), as_kept(name), state.datasets()
    if (name or stem) not in {*entries, *(each.card.given_name for each in entries.values())}:
        return ""
    return (
        f"Another data set is called '{name or stem}' already. Both can be; this one is then shown "
        f"as '{name or stem} ({free_name(stem)})', with the name of its file."
    )


def as_kept(name: str) -> str:
    """Return a name without line ends and spaces at its ends."""
    return " ".join(name.split())


def save(dataset: Dataset, name: str, origin: str, named: Callable[[str], None]) -> str:
    """Save under a free name, which `named` is told before the file appears, whole or not."""
    stem = safe_name(name)
    card = dataclasses.replace(dataset.card, name=as_kept(name) or stem, origin=origin)
    with _saving:
        free = free_name(stem)
        named(free)
        path = datasets_folder() / f"{free}.parquet"
        save_dataset(dataclasses.replace(dataset, card=card), path)
    return free
