"""New data sets into the user's own folder: by upload, under a safe name, all or nothing."""

import dataclasses
import re
import threading
from collections.abc import Callable

from core.data import Dataset, datasets_folder, save_dataset
from dashboard.shared import state

_saving = threading.Lock()


def safe_name(text: str) -> str:
    """Return a name for files and addresses: a-z, 0-9, '-' and '_', at most 48 letters."""
    slug = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-_")[:48].strip("-_")
    return slug or "data"


def free_name(stem: str) -> str:
    """Return `stem`, with a number where a data set of that name is at hand."""
    taken, folder = state.datasets(), datasets_folder()
    free, number = stem, 2
    while free in taken or (folder / f"{free}.parquet").exists():
        free, number = f"{stem}-{number}", number + 1
    return free


def save(dataset: Dataset, name: str, origin: str, named: Callable[[str], None]) -> str:
    """Save under a free name, which `named` is told before the file appears, whole or not."""
    stem = safe_name(name)
    card = dataclasses.replace(dataset.card, name=name.strip() or stem, origin=origin)
    with _saving:
        free = free_name(stem)
        named(free)
        path = datasets_folder() / f"{free}.parquet"
        save_dataset(dataclasses.replace(dataset, card=card), path)
    return free
