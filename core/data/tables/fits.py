"""The first table of a FITS file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from core.data.tables.raw import MAX_ARRAY_LENGTH, RawStream, RawTable, TableLimits
from core.errors import DataError

NAME, STARTS = "FITS", (b"SIMPLE  =",)

BLOCK_BYTES = 2880
"""FITS files are made of blocks of this size."""

DAMAGED = "the header of the FITS table is damaged. Copy or download the file again."

HEAP_TYPES = {"B": ">u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8", "A": "S1"}
"""Of the values of variable-length arrays, by FITS's letters; others are not read."""


@dataclass(frozen=True, eq=False)
class _Table:
    """Where the parts of a table lie in its file.

    Attributes
    ----------
    hdu : astropy.io.fits.BinTableHDU or TableHDU
        Its header and columns.
    data, heap : int
        Positions of the rows and of the heap [byte].
    n_rows, row_bytes, heap_bytes : int
    """

    hdu: Any
    data: int
    heap: int
    n_rows: int
    row_bytes: int
    heap_bytes: int


def read(path: Path, limits: TableLimits, name: str) -> RawStream:
    """Open a FITS file; its rows are read from the disk when they are asked for."""
    from astropy.io import fits

    table = _find_table(path, name)
    columns = table.hdu.columns
    limits.check_shape(table.n_rows, len(columns), name)
    widths = columns.dtype.itemsize if isinstance(table.hdu, fits.BinTableHDU) else table.row_bytes
    if len(columns) != table.hdu.header["TFIELDS"] or widths != table.row_bytes:
        raise DataError(f"{name}: {DAMAGED}")
    names = tuple(column.strip() if column else "" for column in columns.names)

    def batches(wanted: Sequence[int], rows: int) -> Iterator[RawTable]:
        with path.open("rb") as file:
            for start in range(0, table.n_rows, rows):
                n = min(rows, table.n_rows - start)
                part = _part(file, table, start, n)
                parts = {i: _column(file, table, part, i, start, name) for i in wanted}
                yield RawTable(names, n, parts.__getitem__)

    row_bytes = table.row_bytes + table.heap_bytes // max(table.n_rows, 1)
    return RawStream(names, table.n_rows, batches, row_bytes)


def _find_table(path: Path, name: str) -> _Table:
    from astropy.io import fits

    # Opened here: astropy leaves some damaged files open.
    with path.open("rb") as raw, fits.open(raw, disable_image_compression=True) as file:
        table = None
        for hdu in file:
            if hdu.size < 0:  # the next part would be looked for before this one, for ever
                raise DataError(f"{name}: {DAMAGED}")
            if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU)):
                table = hdu
                break
        if table is None:
            raise DataError(
                f"{name}: expected a table in the FITS file, found only images (or the file is "
                "truncated). The Gaia Archive delivers spectra as tables: DataLink > "
                "XP_CONTINUOUS, data structure RAW."
            )
        header = table.header
        data, n_rows, width = table.fileinfo()["datLoc"], header["NAXIS2"], header["NAXIS1"]
        heap = data + header.get("THEAP", n_rows * width)
        end = data + n_rows * width + header.get("PCOUNT", 0)
        if min(n_rows, width, end - data, heap - data) < 0:
            raise DataError(f"{name}: {DAMAGED}")
        size = path.stat().st_size
        if end > size:
            raise DataError(
                f"{name}: the FITS table needs {end:,} bytes, the file has {size:,}; "
                "it is truncated. Copy or download it again."
            )
        return _Table(table, data, heap, n_rows, width, max(0, end - heap))


def _part(file: IO[bytes], table: _Table, start: int, n: int) -> Any:
    """Return some rows as a table of their own, without the heap."""
    header = table.hdu.header.copy()
    header["NAXIS2"], header["PCOUNT"] = n, 0
    header.remove("THEAP", ignore_missing=True)
    file.seek(table.data + start * table.row_bytes)
    rows = file.read(n * table.row_bytes)
    filling = bytes(-len(rows) % BLOCK_BYTES)
    content = header.tostring().encode("ascii") + rows + filling
    return type(table.hdu).fromstring(content, uint=True)


def _column(
    file: IO[bytes], table: _Table, part: Any, position: int, start: int, name: str
) -> np.ndarray:
    column = table.hdu.columns[position]
    if column.format.lstrip("01")[:1] in ("P", "Q"):
        raw = part.data.view(np.ndarray)
        descriptors = raw[raw.dtype.names[position]].astype(np.int64)
        return _arrays(file, table, column, descriptors, start, name)
    values = _native(part.data.field(position))
    if column.null is not None and values.dtype.kind in "iu":
        return np.ma.masked_equal(values, column.null)
    return values


def _arrays(
    file: IO[bytes], table: _Table, column: Any, descriptors: np.ndarray, start: int, name: str
) -> np.ndarray:
    """Return variable-length arrays, of `descriptors` (length, offset in the heap)."""
    lengths, offsets = descriptors.T
    letter = column.format.lstrip("01")[1:2]
    dtype = np.dtype(HEAP_TYPES.get(letter, "S1"))
    # Descriptors may lie, and point many rows at the same bytes: look at them first.
    wrong = np.flatnonzero((lengths < 0) | (lengths > MAX_ARRAY_LENGTH))
    if len(wrong):
        raise DataError(
            f"{name}: expected at most {MAX_ARRAY_LENGTH:,} values in column '{column.name}', "
            f"received {lengths[wrong[0]]:,} at row {start + wrong[0]}."
        )
    ends = offsets + lengths * dtype.itemsize
    outside = (lengths > 0) & ((offsets < 0) | (ends > table.heap_bytes))
    if outside.any() or lengths.sum() * dtype.itemsize > table.heap_bytes:
        raise DataError(
            f"{name}: the arrays in column '{column.name}' lie outside the file; it is damaged or "
            "truncated. Copy or download it again."
        )
    cells = np.empty(len(lengths), object)
    for row, (length, offset) in enumerate(zip(lengths.tolist(), offsets.tolist(), strict=True)):
        file.seek(table.heap + offset)
        content = file.read(length * dtype.itemsize)
        if letter == "A":
            cells[row] = content.decode("ascii", "replace").rstrip("\0 ")
        elif letter in HEAP_TYPES:
            values = _native(np.frombuffer(content, dtype))
            scaled = column.bscale not in (None, "", 1) or column.bzero not in (None, "", 0)
            cells[row] = values * (column.bscale or 1) + (column.bzero or 0) if scaled else values
    alike = letter in HEAP_TYPES and letter != "A" and len(set(lengths.tolist())) == 1
    return np.stack(cells.tolist()) if alike else cells


def _native(values: np.ndarray) -> np.ndarray:
    return np.array(values, values.dtype.newbyteorder("="))
