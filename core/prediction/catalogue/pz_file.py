"""p(z) of many sources as one file: NumPy's .npz, Parquet, or HDF5 as an ensemble of qp."""

import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.atomic import check_room, replacing
from core.errors import ConfigError
from core.file_errors import writing
from core.prediction.catalogue.columns import Provenance
from core.prediction.catalogue.formats import check_ending
from core.prediction.density import Density

LEVELS = (0.025, 0.05, 0.16, 0.25, 0.5, 0.75, 0.84, 0.95, 0.975)
"""Shares of p(z) below each stored quantile: ends of the 50, 68 and 95 % intervals, the median,
and the one-sided 95 % bounds."""

QUANTILE_COLUMNS = tuple(f"z_q{round(1000 * level):03d}" for level in LEVELS)
"""Names of the quantiles where each is a column: 'z_q160' is the 0.160 quantile."""

BLOCK_SOURCES = 8192


class DensityStore:
    """Densities that wait for their file, all on one rising grid; they are held on disk.

    A format must know the number of sources before the first density, and a file of spectra that
    proves damaged half-way leaves nothing behind: so the densities are written twice. `file` is
    empty, for reading and writing; it takes 4 bytes per source and step of the grid.
    """

    def __init__(self, file: BinaryIO, z: np.ndarray) -> None:
        self.z = np.asarray(z, float)
        self.n = 0  # densities that were taken in
        self.n_rows = 0  # of the catalogue so far, with and without a density
        self._file = file
        self._kept = (0, 0)
        self._selected: np.ndarray | None = None  # the new number of each row, -1: left out
        self.record = np.dtype(
            [
                ("source_id", np.int64),
                ("row", np.int64),
                ("quantiles", np.float32, len(LEVELS)),
                ("pdf", np.float32, len(self.z)),
            ]
        )

    def add(self, source_id: np.ndarray, rows: np.ndarray, density: Density) -> None:
        """Take in a block: ids of all its rows, and the densities of `rows`; NaN is left out."""
        known = np.isfinite(density.pdf).all(axis=1)
        rows, density = rows[known], density.take(known)
        records = np.empty(len(rows), self.record)
        records["source_id"] = source_id[rows]
        records["row"] = self.n_rows + rows
        records["quantiles"] = density.quantile(LEVELS)
        records["pdf"] = density.pdf
        self._file.write(records.tobytes())
        self.n += len(rows)
        self.n_rows += len(source_id)

    def keep(self) -> None:
        """Keep what was added for good."""
        self._kept = self.n, self.n_rows

    def forget(self) -> None:
        """Drop what was added since the last `keep`."""
        self.n, self.n_rows = self._kept
        self._file.seek(self.n * self.record.itemsize)
        self._file.truncate()

    def select(self, rows: np.ndarray) -> None:
        """Keep the densities of these rows of the catalogue, which are all that is left of it."""
        self._selected = np.full(self.n_rows, -1)
        self._selected[rows] = np.arange(len(rows))
        self.n = sum(map(len, self.blocks()))

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield records of source_id, row, quantiles and pdf, no more than a block at a time."""
        self._file.seek(0)
        while content := self._file.read(BLOCK_SOURCES * self.record.itemsize):
            records = np.frombuffer(content, self.record)
            if self._selected is not None:
                records = records[self._selected[records["row"]] >= 0]
                records["row"] = self._selected[records["row"]]
            if len(records):
                yield records


def check_pz_ending(path: Path) -> str:
    """Return the ending of `path`, one of `ENDINGS`, if its format can be written here.

    Raises
    ------
    DataError
        If no format belongs to it.
    ConfigError
        If the format needs a package that is not installed.
    """
    ending = check_ending(path, ENDINGS, "p(z)")
    if WRITERS[ending] is _write_qp:
        _import_qp()
    return ending


@contextmanager
def writing_pz(path: Path, z: np.ndarray, provenance: Provenance) -> Iterator[DensityStore]:
    """Yield a store for densities, which become the file when the block ends well.

    Without a single density there is no file.

    Parameters
    ----------
    path : Path
        In a folder that exists; its ending is one of `ENDINGS`. What was there is replaced.
    z : np.ndarray, shape (m,)
        The grid of all densities, rising.
    provenance : mapping
        `core.prediction.estimator.Estimator.provenance`.

    Raises
    ------
    DataError
        If the ending is unknown.
    ConfigError
        If the format needs a package that is not installed.
    """
    write = WRITERS[check_pz_ending(path)]
    with (
        writing(path),
        tempfile.TemporaryFile(dir=path.parent, prefix=f".{path.name}-") as file,
    ):
        store = DensityStore(file, z)
        yield store
        if store.n:
            with replacing(path) as temporary:
                write(store, temporary, provenance)


def _write_npz(store: DensityStore, path: Path, provenance: Provenance) -> None:
    """Write arrays as `numpy.load` reads them, one after the other."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

        def put(name: str, shape: tuple[int, ...], parts: Iterator[np.ndarray], dtype: Any) -> None:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                header = {
                    "descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
                    "fortran_order": False,
                    "shape": shape,
                }
                np.lib.format.write_array_header_1_0(file, header)
                for part in parts:
                    file.write(np.ascontiguousarray(part, dtype).tobytes())

        put("z", store.z.shape, iter([store.z]), np.float64)
        put("levels", (len(LEVELS),), iter([np.array(LEVELS)]), np.float64)
        text = np.array(json.dumps(dict(provenance)))
        put("provenance", (), iter([text]), text.dtype)
        for name in ("source_id", "row", "quantiles", "pdf"):
            field = store.record[name]
            shape = (store.n, *field.shape)
            put(name, shape, (block[name] for block in store.blocks()), field.base)


def _write_parquet(store: DensityStore, path: Path, provenance: Provenance) -> None:
    """Write a row per source; the grid stands in the metadata, under `xpz` and at `pdf`."""
    import pyarrow as pa
    from pyarrow import parquet

    grid = json.dumps(store.z.tolist())
    schema = pa.schema(
        [
            pa.field("source_id", pa.int64()),
            pa.field("row", pa.int64()),
            *(pa.field(name, pa.float32()) for name in QUANTILE_COLUMNS),
            pa.field("pdf", pa.list_(pa.float32(), len(store.z)), metadata={"z": grid}),
        ],
        {"xpz": json.dumps({**provenance, "z": store.z.tolist(), "levels": LEVELS})},
    )
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for block in store.blocks():
            pdf = pa.FixedSizeListArray.from_arrays(
                pa.array(np.ascontiguousarray(block["pdf"]).ravel()), len(store.z)
            )
            quantiles = [pa.array(np.ascontiguousarray(column)) for column in block["quantiles"].T]
            ids = [pa.array(np.ascontiguousarray(block[name])) for name in ("source_id", "row")]
            writer.write_table(pa.Table.from_arrays([*ids, *quantiles, pdf], schema=schema))


def _write_qp(store: DensityStore, path: Path, provenance: Provenance) -> None:
    """Write an ensemble of `qp.interp`; `qp.read` gives it back (Malz et al. 2018, AJ 156, 35).

    What is known of each source stands in its `ancil`, the provenance in the file's attributes.
    """
    qp = _import_qp()

    def ensemble(block: np.ndarray) -> Any:
        about = {name: block[name] for name in ("source_id", "row")}
        about |= dict(zip(QUANTILE_COLUMNS, block["quantiles"].T, strict=True))
        # Normalised already; qp would make them twice as large on the way.
        data = {"xvals": store.z, "yvals": block["pdf"], "norm": False}
        return qp.Ensemble(qp.interp, data=data, ancil=about)

    # HDF5 ends the process where the disk has no room for what it holds back until it closes.
    check_room(path.parent, store.n * store.record.itemsize + _HDF5_OVERHEAD)
    first, done = ensemble(next(store.blocks())), 0
    # HDF5 locks its file itself, and `path` is locked by `replacing`.
    own = path.with_name(f".own{path.name}")
    try:
        groups, file = first.initializeHdf5Write(str(own), store.n)
        with file:
            file.attrs.update(dict(provenance))
            for block in store.blocks():
                ensemble(block).writeHdf5Chunk(groups, done, done + len(block))
                done += len(block)
            first.finalizeHdf5Write(file)
        os.replace(own, path)
    finally:
        own.unlink(missing_ok=True)


_HDF5_OVERHEAD = 2**16


def _import_qp() -> Any:
    try:
        import qp
    except ImportError as error:
        raise ConfigError(
            "p(z) as HDF5 needs the package qp-prob, which is not installed. Install it with "
            "pip install 'xpz[qp]', or choose a name that ends in .npz or .parquet."
        ) from error
    return qp


WRITERS: dict[str, Callable[[DensityStore, Path, Provenance], None]] = {
    ".npz": _write_npz,
    ".parquet": _write_parquet,
    ".hdf5": _write_qp,
}

ENDINGS = tuple(WRITERS)
