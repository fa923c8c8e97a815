"""A data set: spectra with their redshifts, in memory or read from its file as needed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.data.card import ContentHash, DatasetCard
from core.data.layout import card_of, open_parquet, read_rows, to_arrays
from core.data.schema import OPTIONAL, SPECTRA
from core.data.validation import check_spectra, validate, validated
from core.data.writer import DatasetWriter
from core.errors import DataError
from core.spectra import Spectra

# Large blocks would leave holes in the memory of a process that lives for days.
ROWS_AT_A_TIME = 2048


@dataclass(frozen=True, eq=False, kw_only=True)
class Galaxies:
    """What is known of N galaxies beside their spectra: arrays of shape (N,), NaN where unknown."""

    source_id: np.ndarray  # int64
    z: np.ndarray  # spectroscopic redshifts, float64
    card: DatasetCard
    g_mag: np.ndarray | None = None  # Gaia G [mag], float32 as all below
    redshift_ugc: np.ndarray | None = None  # of Gaia's UGC, and the ends of its interval
    redshift_ugc_lower: np.ndarray | None = None
    redshift_ugc_upper: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.z)

    def chunks(self, rows: int = 8192, kept: np.ndarray | None = None) -> Iterator[Spectra]:
        """Yield the spectra of at most so many galaxies at a time, with ids, z and G.

        `kept`, bool (N,), chooses galaxies; all by default.
        """
        start = 0
        for flux, flux_error in self._spectra():
            here = np.arange(start, start + len(flux))
            here = here if kept is None else here[kept[here]]
            for first in range(0, len(here), rows):
                own = here[first : first + rows]
                yield Spectra(
                    flux[own - start],
                    self.source_id[own],
                    flux_error=None if flux_error is None else flux_error[own - start],
                    z=self.z[own],
                    g_mag=None if self.g_mag is None else self.g_mag[own],
                )
            start += len(flux)

    def _spectra(self) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        """Yield flux and its errors of all galaxies, part by part."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset(Galaxies):
    """Spectra of N galaxies with their redshifts.

    Attributes
    ----------
    flux : np.ndarray of float32, shape (N, 186)
        80 BP, then 106 RP samples [e-/s per sample].
    flux_error : np.ndarray of float32, shape (N, 186), or None
        [e-/s per sample]
    source_id, z, card
        Gaia's ids (N,) int64, spectroscopic redshifts (N,) float64, `DatasetCard`.
    g_mag, redshift_ugc, redshift_ugc_lower, redshift_ugc_upper : np.ndarray of float32 or None
        Gaia G [mag], the redshift of Gaia's UGC and the ends of its interval, each of
        shape (N,); NaN where unknown.

    Examples
    --------
    >>> import core
    >>> galaxies = core.load_dataset("data/simulated-20k.parquet")
    >>> distant = galaxies.take(galaxies.z > 0.4)
    >>> distant.flux.shape == (len(distant), 186)
    True
    """

    flux: np.ndarray
    flux_error: np.ndarray | None = None

    def take(self, indices: np.ndarray) -> "Dataset":
        """Return the given rows (indices or a boolean mask) with a card of their own hash."""
        rows = {
            column: values[indices]
            for column, values in vars(self).items()
            if isinstance(values, np.ndarray)
        }
        return Dataset(card=_counted(self.card, rows), **rows)

    def _spectra(self) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        yield self.flux, self.flux_error


@dataclass(frozen=True, eq=False, kw_only=True)
class DatasetFile(Galaxies):
    """A data set whose spectra stay on disk until they are asked for, some at a time."""

    path: Path

    def _spectra(self) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        import pyarrow as pa

        start = 0
        with open_parquet(self.path) as file:
            columns = [name for name in SPECTRA if name in file.schema_arrow.names]
            for batch in file.iter_batches(ROWS_AT_A_TIME, columns=columns):
                part = to_arrays(pa.Table.from_batches([batch]), self.path)
                for name, values in part.items():
                    check_spectra(values, name, str(self.path), start)
                start += batch.num_rows
                yield part["flux"], part.get("flux_error")


def make_dataset(
    flux: np.ndarray,
    z: np.ndarray,
    source_id: np.ndarray | None = None,
    *,
    name: str,
    **more: Any,
) -> Dataset:
    """Build a data set from arrays: check them, cast them, hash them.

    Without `source_id` the rows are numbered from 0. `more` are the other columns of `Dataset`,
    and further fields of `DatasetCard`: origin, description, licence, grid, ... Raises a
    `DataError` if the arrays do not fit together or hold unusable values (see `validate`).
    """
    ids = np.arange(len(flux)) if source_id is None else source_id
    optional = {column: more.pop(column, None) for column in OPTIONAL}
    arrays = validated({"source_id": ids, "z": z, "flux": flux, **optional}, name=name)
    return Dataset(card=_counted(DatasetCard(name, **more), arrays), **arrays)


def save_dataset(dataset: Dataset, path: str | Path) -> None:
    """Write the data set to `path` (.parquet; see `DatasetWriter` for the layout).

    Raises
    ------
    DataError
        If the arrays are not valid or the name does not end in .parquet.

    Examples
    --------
    >>> import core
    >>> galaxies = core.load_dataset("data/simulated-20k.parquet")
    >>> core.save_dataset(galaxies.take(range(1000)), "first-1000.parquet")
    >>> len(core.load_dataset("first-1000.parquet"))
    1000
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

    Examples
    --------
    >>> import core
    >>> core.load_dataset("data/simulated-20k.parquet").card.n_galaxies
    20000
    """
    card, arrays = _read(Path(path), () if with_errors else ("flux_error",))
    return Dataset(card=card if card.hash else _counted(card, arrays), **arrays)


def open_dataset(path: str | Path) -> DatasetFile:
    """Open a data set file as `load_dataset` does, but for its spectra, which are read later.

    Raises
    ------
    DataError
        As of `load_dataset`; over a spectrum only when it is read.
    """
    card, arrays = _read(Path(path), SPECTRA)
    opened = DatasetFile(path=Path(path), card=card, **arrays)
    if card.hash:
        return opened
    content = ContentHash()
    for part in opened.chunks():
        content.update(part.source_id, np.asarray(part.z), part.flux)
    return replace(opened, card=replace(card, hash=content.hexdigest()))


def _read(path: Path, without: tuple[str, ...]) -> tuple[DatasetCard, dict[str, np.ndarray]]:
    """Return the card and the columns, but for some, of a data set file that is valid."""
    with open_parquet(path) as file:
        card, arrays = card_of(file, path), read_rows(file, path, without)
    validate(arrays, name=str(path))
    if card.n_galaxies != len(arrays["z"]):
        raise DataError(
            f"{path}: the card says {card.n_galaxies} galaxies, the file holds {len(arrays['z'])}."
        )
    return card, arrays


def _counted(card: DatasetCard, arrays: dict[str, np.ndarray]) -> DatasetCard:
    """Return the card with the number and the hash of these rows."""
    content = ContentHash()
    content.update(arrays["source_id"], arrays["z"], arrays["flux"])
    return replace(card, n_galaxies=len(arrays["z"]), hash=content.hexdigest())
