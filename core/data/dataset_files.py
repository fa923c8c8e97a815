"""Data set files that stay on the disk: those in a folder, and what each says of its galaxies."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.card import DatasetCard
from core.data.layout import card_of, open_parquet, read_rows
from core.data.schema import SPECTRA
from core.errors import DamagedError, DataError
from core.versions import kept

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DatasetEntry:
    """A data set on disk that was not opened yet."""

    path: Path
    card: DatasetCard


def read_card(path: str | Path) -> DatasetCard:
    """Return the card of a data set file without reading its rows.

    A file without a card gives origin 'unknown' and an empty hash.

    Raises
    ------
    DataError
        If there is no such file or it is not a data set.
    """
    path = Path(path)
    return kept(path, lambda: _read_card(path), "card")


def _read_card(path: Path) -> DatasetCard:
    with open_parquet(path) as file:
        return card_of(file, path)


def list_datasets(*folders: str | Path) -> list[DatasetEntry]:
    """Return the data sets in the folders, by folder and name; other files are logged."""
    entries = []
    for folder in folders:
        for path in _files_in(folder):
            try:
                entries.append(DatasetEntry(path, read_card(path)))
            except DataError as error:
                logger.warning("not listed as a data set: %s", error)
    return entries


def damaged_datasets(*folders: str | Path) -> dict[Path, DamagedError]:
    """Return what is wrong with the files in the folders that cannot be read, by path."""
    found = {}
    for path in (path for folder in folders for path in _files_in(folder)):
        try:
            read_card(path)
        except DamagedError as error:
            found[path] = error
        except DataError:  # a table of another kind
            continue
    return found


def _files_in(folder: str | Path) -> list[Path]:
    try:
        return sorted(Path(folder).glob("*.parquet"))
    except (OSError, RuntimeError) as error:  # no permission, or a link to itself
        logger.warning("not listed: %s", error)
        return []


def read_without_spectra(path: str | Path) -> dict[str, np.ndarray]:
    """Return every column of a data set file but its spectra, or raise a `DataError`."""
    path = Path(path)
    with open_parquet(path) as file:
        return read_rows(file, path, without=SPECTRA)
