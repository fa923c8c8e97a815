"""A data set: spectra with their redshifts, in memory; and how its file is read and written."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.amounts import n_of
from core.data.card import ContentHash, DatasetCard
from core.data.dataset_file import DatasetFile
from core.data.galaxies import Galaxies, Part
from core.data.layout import bytes_in_memory, card_of, explained, open_parquet, read_rows
from core.data.schema import OPTIONAL, SPECTRA
from core.data.validation import Where, validate, validated
from core.data.writer import DatasetWriter
from core.errors import DataError
from core.memory import require_memory
from core.spectra import N_SAMPLES
from core.versions import FileVersion

SPECTRUM_BYTES = 4 * N_SAMPLES
"""Of a flux, and of its errors."""


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

    def _parts(self, kept: np.ndarray | None, with_errors: bool) -> Iterator[Part]:
        yield 0, self.flux, self.flux_error if with_errors else None

    def _rows(self, indices: np.ndarray, with_errors: bool) -> tuple[np.ndarray, np.ndarray | None]:
        error = self.flux_error if with_errors else None
        return self.flux[indices], None if error is None else error[indices]


def make_dataset(
    flux: np.ndarray,
    z: np.ndarray,
    source_id: np.ndarray | None = None,
    *,
    name: str,
    where: Where | None = None,
    **more: Any,
) -> Dataset:
    """Build a data set from arrays: check them, cast them, hash them.

    Without `source_id` the rows are numbered from 0. `more` are the other columns of `Dataset`,
    and further fields of `DatasetCard`: origin, description, licence, grid, ... Raises a
    `DataError` if the arrays do not fit together or hold unusable values (see `validate`); it names
    rows and columns as they are called `where` the arrays are from.
    """
    ids = np.arange(len(flux)) if source_id is None else source_id
    optional = {column: more.pop(column, None) for column in OPTIONAL}
    columns = {"source_id": ids, "z": z, "flux": flux, **optional}
    arrays = validated(columns, where=where or Where(name))
    return Dataset(card=_counted(DatasetCard(name, **more), arrays), **arrays)


def read_some(galaxies: Galaxies, rows: np.ndarray) -> Dataset:
    """Return some galaxies of a data set with their spectra in memory; the card has no hash.

    `rows` are their numbers, shape (n,). A `DataError` is as of `Galaxies.rows`, a
    `MemoryShortError` says if they would not fit in memory.
    """
    require_memory(
        f"{galaxies.card.name}: reading {len(rows):,} of its galaxies",
        len(rows) * 2 * SPECTRUM_BYTES,
        "Close other programs, or take a smaller data set.",
    )
    flux, flux_error = galaxies.rows(rows)
    known = {
        name: values[rows]
        for name, values in vars(galaxies).items()
        if isinstance(values, np.ndarray) and name not in SPECTRA
    }
    card = replace(galaxies.card, n_galaxies=len(rows), hash="")
    return Dataset(card=card, flux=flux, flux_error=flux_error, **known)


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
    """Open a data set file, some rows at a time into arrays of their final size.

    A file without a card is given one of origin 'unknown'. Without its flux
    errors, a data set takes half the memory; `open_dataset` leaves the spectra in the file.

    Raises
    ------
    DataError
        If there is no such file, it is not Parquet of our layout (import other
        tables with `core.data.imported_dataset.read_table`), or its values are not valid.
    MemoryShortError
        If it would not fit in memory; nothing was read then.

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

    Examples
    --------
    >>> import core, numpy
    >>> galaxies = core.open_dataset("data/simulated-20k.parquet")
    >>> flux, flux_error = galaxies.rows(numpy.flatnonzero(galaxies.z > 0.5))
    >>> bool(len(flux) == numpy.count_nonzero(galaxies.z > 0.5))
    True
    """
    path = Path(path)
    with explained(path):
        version = FileVersion.of(path)
    card, arrays = _read(path, SPECTRA)
    opened = DatasetFile(path=path, version=version, card=card, **arrays)
    if card.hash:
        return opened
    content = ContentHash()
    for part in opened.chunks(with_errors=False):
        content.update(part.source_id, np.asarray(part.z), part.flux)
    return replace(opened, card=replace(card, hash=content.hexdigest()))


def _read(path: Path, without: tuple[str, ...]) -> tuple[DatasetCard, dict[str, np.ndarray]]:
    """Return the card and the columns, but for some, of a data set file that is valid."""
    with open_parquet(path) as file:
        require_memory(
            f"{path}: reading its {n_of(file.metadata.num_rows, 'galaxy')}",
            bytes_in_memory(file, without),
            "Close other programs, leave out the flux errors (with_errors=False), or let "
            "core.open_dataset read the spectra some at a time.",
        )
        card, arrays = card_of(file, path), read_rows(file, path, without)
    validate({k: v for k, v in arrays.items() if k not in SPECTRA}, Where(str(path)))
    if card.n_galaxies != len(arrays["z"]):
        raise DataError(
            f"{path}: the card says {n_of(card.n_galaxies, 'galaxy')}, the file holds "
            f"{len(arrays['z'])}."
        )
    return card, arrays


def _counted(card: DatasetCard, arrays: dict[str, np.ndarray]) -> DatasetCard:
    """Return the card with the number and the hash of these rows."""
    content = ContentHash()
    content.update(arrays["source_id"], arrays["z"], arrays["flux"])
    return replace(card, n_galaxies=len(arrays["z"]), hash=content.hexdigest())
