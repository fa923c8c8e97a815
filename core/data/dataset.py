"""A data set: spectra with their redshifts, and its Parquet file."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import from_dict
from core.data.card import ContentHash, DatasetCard, utc_now
from core.data.validation import validate
from core.data.writer import CARD_KEY, DatasetWriter
from core.errors import ConfigError, DataError
from core.spectra import N_SAMPLES, SampleGrid

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

logger = logging.getLogger(__name__)

DTYPES = {
    "source_id": np.int64,
    "z": np.float64,
    "flux": np.float32,
    "flux_error": np.float32,
    "g_mag": np.float32,
    "redshift_ugc": np.float32,
}
REQUIRED = ("source_id", "z", "flux")
SPECTRA = ("flux", "flux_error")


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
    g_mag, redshift_ugc : np.ndarray of float32, shape (N,), or None
        Gaia G [mag] and the redshift of Gaia's UGC; NaN where unknown.
    """

    flux: np.ndarray
    z: np.ndarray
    source_id: np.ndarray
    card: DatasetCard
    flux_error: np.ndarray | None = None
    g_mag: np.ndarray | None = None
    redshift_ugc: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.z)

    def take(self, indices: np.ndarray) -> "Dataset":
        """Return the given rows (indices or a boolean mask) with a card of their own hash."""
        rows = {
            column: values[indices]
            for column, values in vars(self).items()
            if isinstance(values, np.ndarray)
        }
        content = ContentHash()
        content.update(rows["source_id"], rows["z"], rows["flux"])
        card = replace(self.card, n_galaxies=len(rows["z"]), hash=content.hexdigest())
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
    origin: str = "unknown",
    description: str = "",
    licence: str = "",
    flux_error: np.ndarray | None = None,
    g_mag: np.ndarray | None = None,
    redshift_ugc: np.ndarray | None = None,
    grid: SampleGrid | None = None,
    config_hash: str | None = None,
    config: dict[str, Any] | None = None,
    created: str | None = None,
) -> Dataset:
    """Build a data set from arrays: check them, cast them, hash them.

    Parameters
    ----------
    flux, z, source_id, flux_error, g_mag, redshift_ugc : np.ndarray
        As in `Dataset`; without `source_id` the rows are numbered from 0.
    name, origin, description, licence, grid, config_hash, config, created
        As in `DatasetCard`.

    Raises
    ------
    DataError
        If the arrays do not fit together or hold unusable values (see `validate`).
    """
    flux, z = np.asarray(flux), np.asarray(z)
    ids = np.arange(len(flux)) if source_id is None else np.asarray(source_id)
    optional = {"flux_error": flux_error, "g_mag": g_mag, "redshift_ugc": redshift_ugc}
    given = {key: np.asarray(values) for key, values in optional.items() if values is not None}
    validate(
        flux,
        z,
        ids,
        given.get("flux_error"),
        given.get("g_mag"),
        given.get("redshift_ugc"),
        name=name,
    )
    flux = np.ascontiguousarray(flux, np.float32)
    z, ids = z.astype(np.float64), ids.astype(np.int64)
    content = ContentHash()
    content.update(ids, z, flux)
    card = DatasetCard(
        name=name,
        origin=origin,
        n_galaxies=len(z),
        hash=content.hexdigest(),
        description=description,
        licence=licence,
        created=created or utc_now(),
        grid=grid or SampleGrid(),
        config_hash=config_hash,
        config=config,
    )
    columns = {key: np.ascontiguousarray(values, np.float32) for key, values in given.items()}
    return Dataset(flux, z, ids, card, **columns)


def save_dataset(dataset: Dataset, path: str | Path) -> None:
    """Write the data set to `path` (.parquet; see `DatasetWriter` for the layout).

    Raises
    ------
    DataError
        If the arrays are not valid or the name does not end in .parquet.
    """
    card = dataset.card
    with DatasetWriter(
        path,
        name=card.name,
        origin=card.origin,
        description=card.description,
        licence=card.licence,
        grid=card.grid,
        config_hash=card.config_hash,
        config=card.config,
        created=card.created,
    ) as writer:
        writer.write(
            dataset.source_id,
            dataset.z,
            dataset.flux,
            dataset.flux_error,
            dataset.g_mag,
            dataset.redshift_ugc,
        )


def load_dataset(path: str | Path) -> Dataset:
    """Open a data set file, row group by row group into arrays of their final size.

    A file without a card is given one of origin 'unknown'.

    Raises
    ------
    DataError
        If there is no such file, it is not Parquet of our layout (import other
        tables with `core.data.tables.read_table`), or its values are not valid.
    """
    path = Path(path)
    with _open_parquet(path) as file:
        card, arrays = _card_of(file, path), _read_rows(file, path)
    validate(
        arrays["flux"],
        arrays["z"],
        arrays["source_id"],
        arrays.get("flux_error"),
        arrays.get("g_mag"),
        arrays.get("redshift_ugc"),
        name=str(path),
    )
    if card.n_galaxies != len(arrays["z"]):
        raise DataError(
            f"{path}: the card says {card.n_galaxies} galaxies, the file holds {len(arrays['z'])}."
        )
    if not card.hash:
        content = ContentHash()
        content.update(arrays["source_id"], arrays["z"], arrays["flux"])
        card = replace(card, hash=content.hexdigest())
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
    with _open_parquet(path) as file:
        return _card_of(file, path)


def list_datasets(*folders: str | Path) -> list[DatasetEntry]:
    """Return the data sets in the folders, by folder and name; other files are logged."""
    entries = []
    for folder in folders:
        for path in sorted(Path(folder).glob("*.parquet")):
            try:
                entries.append(DatasetEntry(path, read_card(path)))
            except DataError as error:
                logger.warning("not listed as a data set: %s", error)
    return entries


@contextmanager
def _open_parquet(path: Path) -> Iterator["parquet.ParquetFile"]:
    """Open a file of our layout; what goes wrong while it is open becomes a `DataError`."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, memory_map=True) as file:
            _check_layout(file.schema_arrow, path)
            yield file
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file.") from None
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a Parquet file that can be read ({error}).") from error


def _check_layout(schema: "pa.Schema", path: Path) -> None:
    for name in DTYPES:
        if name not in schema.names:
            if name in REQUIRED:
                raise DataError(
                    f"{path}: not a data set of ours, column '{name}' is missing; "
                    "import it as a table instead."
                )
        elif not _fits(schema.field(name).type, name):
            raise DataError(
                f"{path}: not a data set of ours, column '{name}' holds "
                f"{schema.field(name).type}; import it as a table instead."
            )


def _fits(found: "pa.DataType", name: str) -> bool:
    from pyarrow import types

    if name in SPECTRA:
        return (
            types.is_fixed_size_list(found)
            and found.list_size == N_SAMPLES
            and types.is_floating(found.value_type)
        )
    return types.is_integer(found) if name == "source_id" else types.is_floating(found)


def _card_of(file: "parquet.ParquetFile", path: Path) -> DatasetCard:
    text = (file.metadata.metadata or {}).get(CARD_KEY)
    if text is None:
        return DatasetCard(path.stem, "unknown", file.metadata.num_rows, hash="")
    try:
        return from_dict(DatasetCard, json.loads(text))
    except (ValueError, ConfigError) as error:
        raise DataError(f"{path}: the card in this file is damaged ({error}).") from error


def _read_rows(file: "parquet.ParquetFile", path: Path) -> dict[str, np.ndarray]:
    n = file.metadata.num_rows
    arrays = {
        name: np.empty((n, N_SAMPLES) if name in SPECTRA else n, dtype)
        for name, dtype in DTYPES.items()
        if name in file.schema_arrow.names
    }
    start = 0
    for group in range(file.num_row_groups):
        table = file.read_row_group(group, columns=list(arrays))
        for name, target in arrays.items():
            values = table.column(name).combine_chunks()
            if values.null_count:
                raise DataError(f"{path}: column '{name}' has {values.null_count} empty cells.")
            rows = target[start : start + table.num_rows]
            flat = values.flatten() if name in SPECTRA else values
            rows[:] = flat.to_numpy(zero_copy_only=False).reshape(rows.shape)
        start += table.num_rows
    return arrays
