"""A data set: spectra with their redshifts, and its Parquet file."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.data.card import ContentHash, DatasetCard
from core.data.layout import OPTIONAL, SPECTRA, card_of, open_parquet, read_rows
from core.data.validation import validate
from core.data.writer import DatasetWriter
from core.errors import DamagedError, DataError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Spectra of N galaxies with their redshifts.

    Attributes
    ----------
    flux : np.ndarray of float32, shape (N, 186)
        80 BP, then 106 RP samples [e-/s per sample].
    z : np.ndarray of float64, shape (N,)
        Spectroscopic redshifts.
    source_id : np.ndarray of int64, shape (N,)
    card : DatasetCard
    flux_error : np.ndarray of float32, shape (N, 186), or None
        [e-/s per sample]
    g_mag, redshift_ugc, redshift_ugc_lower, redshift_ugc_upper : np.ndarray of float32 or None
        Gaia G [mag], the redshift of Gaia's UGC and the ends of its interval, each of
        shape (N,); NaN where unknown.
    """

    flux: np.ndarray
    z: np.ndarray
    source_id: np.ndarray
    card: DatasetCard
    flux_error: np.ndarray | None = None
    g_mag: np.ndarray | None = None
    redshift_ugc: np.ndarray | None = None
    redshift_ugc_lower: np.ndarray | None = None
    redshift_ugc_upper: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.z)

    def take(self, indices: np.ndarray) -> "Dataset":
        """Return the given rows (indices or a boolean mask) with a card of their own hash."""
        rows = {
            column: values[indices]
            for column, values in vars(self).items()
            if isinstance(values, np.ndarray)
        }
        content = _content_hash(rows["source_id"], rows["z"], rows["flux"])
        card = replace(self.card, n_galaxies=len(rows["z"]), hash=content)
        return Dataset(card=card, **rows)


@dataclass(frozen=True)
class DatasetEntry:
    """A data set on disk that was not opened yet."""

    path: Path
    card: DatasetCard


def make_dataset(
    flux: np.ndarray,
    z: np.ndarray,
    source_id: np.ndarray | None = None,
    *,
    name: str,
    flux_error: np.ndarray | None = None,
    g_mag: np.ndarray | None = None,
    redshift_ugc: np.ndarray | None = None,
    redshift_ugc_lower: np.ndarray | None = None,
    redshift_ugc_upper: np.ndarray | None = None,
    **about: Any,
) -> Dataset:
    """Build a data set from arrays: check them, cast them, hash them.

    Parameters
    ----------
    flux, z, source_id, flux_error, g_mag : np.ndarray
    redshift_ugc, redshift_ugc_lower, redshift_ugc_upper : np.ndarray
        As in `Dataset`; without `source_id` the rows are numbered from 0.
    name : str
        What people call the data set.
    **about
        Further fields of `DatasetCard`: origin, description, licence, grid, ...

    Raises
    ------
    DataError
        If the arrays do not fit together or hold unusable values (see `validate`).
    """
    flux, z = np.asarray(flux), np.asarray(z)
    ids = np.arange(len(flux)) if source_id is None else np.asarray(source_id)
    optional = {
        "flux_error": flux_error,
        "g_mag": g_mag,
        "redshift_ugc": redshift_ugc,
        "redshift_ugc_lower": redshift_ugc_lower,
        "redshift_ugc_upper": redshift_ugc_upper,
    }
    given = {key: np.asarray(values) for key, values in optional.items() if values is not None}
    validate(flux, z, ids, given, name=name)
    flux = np.ascontiguousarray(flux, np.float32)
    z, ids = z.astype(np.float64), ids.astype(np.int64)
    card = DatasetCard(name, n_galaxies=len(z), hash=_content_hash(ids, z, flux), **about)
    columns = {key: np.ascontiguousarray(values, np.float32) for key, values in given.items()}
    return Dataset(flux, z, ids, card, **columns)


def save_dataset(dataset: Dataset, path: str | Path) -> None:
    """Write the data set to `path` (.parquet; see `DatasetWriter` for the layout).

    Raises
    ------
    DataError
        If the arrays are not valid or the name does not end in .parquet.
    """
    with DatasetWriter(path, **vars(dataset.card)) as writer:
        optional = {column: getattr(dataset, column) for column in OPTIONAL}
        writer.write(dataset.source_id, dataset.z, dataset.flux, **optional)


def load_dataset(path: str | Path, *, with_errors: bool = True) -> Dataset:
    """Open a data set file, row group by row group into arrays of their final size.

    A file without a card is given one of origin 'unknown'. Without its flux
    errors, a data set takes half the memory.

    Raises
    ------
    DataError
        If there is no such file, it is not Parquet of our layout (import other
        tables with `core.data.imported_dataset.read_table`), or its values are not valid.
    """
    path = Path(path)
    with open_parquet(path) as file:
        card = card_of(file, path)
        arrays = read_rows(file, path, without=() if with_errors else ("flux_error",))
    optional = {column: arrays.get(column) for column in OPTIONAL}
    validate(arrays["flux"], arrays["z"], arrays["source_id"], optional, name=str(path))
    if card.n_galaxies != len(arrays["z"]):
        raise DataError(
            f"{path}: the card says {card.n_galaxies} galaxies, the file holds {len(arrays['z'])}."
        )
    if not card.hash:
        content = _content_hash(arrays["source_id"], arrays["z"], arrays["flux"])
        card = replace(card, hash=content)
    return Dataset(card=card, **arrays)


def read_card(path: str | Path) -> DatasetCard:
    """Return the card of a data set file without reading its rows.

    A file without a card gives origin 'unknown' and an empty hash.

    Raises
    ------
    DataError
        If there is no such file or it is not a data set.
    """
    path = Path(path)
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


def _content_hash(source_id: np.ndarray, z: np.ndarray, flux: np.ndarray) -> str:
    content = ContentHash()
    content.update(source_id, z, flux)
    return content.hexdigest()


def read_flux_error(path: str | Path, row: int) -> np.ndarray | None:
    """Return the flux errors of one galaxy, shape (186,), or None where the set has none.

    Only the row group that holds the galaxy is read.

    Raises
    ------
    DataError
        If there is no such file, it is not a data set, or it has no such row.
    """
    path = Path(path)
    with open_parquet(path) as file:
        if "flux_error" not in file.schema_arrow.names:
            return None
        start = 0
        for group in range(file.num_row_groups):
            n = file.metadata.row_group(group).num_rows
            if start <= row < start + n:
                column = file.read_row_group(group, columns=["flux_error"])["flux_error"]
                return column[row - start].values.to_numpy(zero_copy_only=False)
            start += n
    raise DataError(f"{path}: expected a row from 0 to {start - 1}, received {row}.")


def read_source_ids(path: str | Path) -> np.ndarray:
    """Return the ids of a data set file, shape (N,) int64, without reading its spectra.

    Raises
    ------
    DataError
        If there is no such file or it is not a data set.
    """
    path = Path(path)
    with open_parquet(path) as file:
        return file.read(columns=["source_id"])["source_id"].to_numpy()


def read_without_spectra(path: str | Path) -> dict[str, np.ndarray]:
    """Return every column of a data set file but its spectra, by the names in `Dataset`.

    Raises
    ------
    DataError
        If there is no such file or it is not a data set.
    """
    path = Path(path)
    with open_parquet(path) as file:
        return read_rows(file, path, without=SPECTRA)
