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
    """Where the rows and the heap of a table, astropy's BinTableHDU or TableHDU, lie [byte]."""

    name: str
    hdu: Any
    data: int
    heap: int
    n_rows: int
    row_bytes: int
    heap_bytes: int

    def part(self, file: IO[bytes], start: int, n: int) -> Any:
        """Return some rows as a table of their own, without the heap."""
        header = self.hdu.header.copy()
        header["NAXIS2"], header["PCOUNT"] = n, 0
        header.remove("THEAP", ignore_missing=True)
        file.seek(self.data + start * self.row_bytes)
        content = header.tostring().encode("ascii") + file.read(n * self.row_bytes)
        return type(self.hdu).fromstring(content + bytes(-len(content) % BLOCK_BYTES), uint=True)

    def column(self, file: IO[bytes], part: Any, position: int, start: int) -> np.ndarray:
        """Return a column of such a part."""
        column = self.hdu.columns[position]
        if column.format.lstrip("01")[:1] in ("P", "Q"):
            raw = part.data.view(np.ndarray)
            descriptors = raw[raw.dtype.names[position]].astype(np.int64)
            return self._arrays(file, column, descriptors, start)
        values = _native(part.data.field(position))
        if column.null is not None and values.dtype.kind in "iu":
            return np.ma.masked_equal(values, column.null)
        return values

    def _arrays(
        self, file: IO[bytes], column: Any, descriptors: np.ndarray, start: int
    ) -> np.ndarray:
        """Return variable-length arrays, of `descriptors` (length, offset in the heap)."""
        lengths, offsets = descriptors.T
        letter = column.format.lstrip("01")[1:2]
        dtype = np.dtype(HEAP_TYPES.get(letter, "S1"))
        # Descriptors may lie, and point many rows at the same bytes: look at them first.
        wrong = np.flatnonzero((lengths < 0) | (lengths > MAX_ARRAY_LENGTH))
        if len(wrong):
            raise DataError(
                f"{self.name}: expected at most {MAX_ARRAY_LENGTH:,} values in column "
                f"'{column.name}', received {lengths[wrong[0]]:,} at row {start + wrong[0]}."
            )
        ends = offsets + lengths * dtype.itemsize
        outside = (lengths > 0) & ((offsets < 0) | (ends > self.heap_bytes))
        if outside.any() or lengths.sum() * dtype.itemsize > self.heap_bytes:
            raise DataError(
                f"{self.name}: the arrays in column '{column.name}' lie outside the file; it is "
                "damaged or truncated. Copy or download it again."
            )
        cells = np.empty(len(lengths), object)
        scale, zero = column.bscale or 1, column.bzero or 0
        for row, (length, offset) in enumerate(descriptors.tolist()):
            file.seek(self.heap + offset)
            content = file.read(length * dtype.itemsize)
            if letter == "A":
                cells[row] = content.decode("ascii", "replace").rstrip("\0 ")
            elif letter in HEAP_TYPES:
                values = _native(np.frombuffer(content, dtype))
                cells[row] = values if (scale, zero) == (1, 0) else values * scale + zero
        alike = letter in HEAP_TYPES and letter != "A" and len(set(lengths.tolist())) == 1
        return np.stack(cells.tolist()) if alike else cells


def read(path: Path, limits: TableLimits, name: str) -> list[RawStream | DataError]:
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
                part = table.part(file, start, n)
                parts = {i: table.column(file, part, i, start) for i in wanted}
                yield RawTable(names, n, parts.__getitem__)

    row_bytes = table.row_bytes + table.heap_bytes // max(table.n_rows, 1)
    units = tuple((column.unit or "").strip() for column in columns)
    return [RawStream(names, table.n_rows, batches, row_bytes, units=units)]


def _find_table(path: Path, name: str) -> _Table:
    from astropy.io import fits

    # Opened here: astropy leaves some damaged files open.
    with path.open("rb") as raw, fits.open(raw, disable_image_compression=True) as file:
        for table in file:
            if table.size < 0:  # the next part would be looked for before this one, for ever
                raise DataError(f"{name}: {DAMAGED}")
            if isinstance(table, (fits.BinTableHDU, fits.TableHDU)):
                break
        else:
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
        return _Table(name, table, data, heap, n_rows, width, max(0, end - heap))


def _native(values: np.ndarray) -> np.ndarray:
    return np.array(values, values.dtype.newbyteorder("="))
