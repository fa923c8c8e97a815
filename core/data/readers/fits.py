"""The first table of a FITS file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.data.readers.raw import MAX_ARRAY_LENGTH, RawStream, RawTable, TableLimits
from core.errors import DataError


def read(path: Path, limits: TableLimits, name: str) -> RawStream:
    """Open a FITS file; its rows are read from the disk when they are asked for."""
    from astropy.io import fits

    with fits.open(path, memmap=True, disable_image_compression=True) as file:
        tables = [
            (i, hdu)
            for i, hdu in enumerate(file)
            if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU))
        ]
        if not tables:
            raise DataError(
                f"{name}: expected a table in the FITS file, found only images. Spectra of the "
                "Gaia Archive come as tables: DataLink > XP_CONTINUOUS, data structure RAW."
            )
        index, hdu = tables[0]
        header = hdu.header
        n_rows, width, heap = header["NAXIS2"], header["NAXIS1"], header.get("PCOUNT", 0)
        needed = hdu.fileinfo()["datLoc"] + n_rows * width + heap
        size = path.stat().st_size
        if needed > size:
            raise DataError(
                f"{name}: the FITS table needs {needed:,} bytes, the file has {size:,}; "
                "it is cut off. Copy or download it again."
            )
        limits.check_shape(n_rows, len(hdu.columns), name)
        if len(hdu.columns) != header["TFIELDS"]:
            raise DataError(f"{name}: the header of the FITS table is damaged.")
        names = tuple(column.strip() if column else "" for column in hdu.columns.names)

    def batches(wanted: Sequence[int], rows: int) -> Iterator[RawTable]:
        for start in range(0, n_rows, rows):
            # Opened anew for each batch: pages that were read would stay in memory.
            with fits.open(path, memmap=True, disable_image_compression=True) as file:
                hdu = file[index]
                part = hdu.data[start : start + rows]
                columns = {i: _column(hdu, part, i, start, name) for i in wanted}
            yield RawTable(names, len(part), columns.__getitem__)

    return RawStream(names, n_rows, batches, row_bytes=width + heap // max(n_rows, 1))


def _column(hdu: Any, part: Any, position: int, start: int, name: str) -> np.ndarray:
    column = hdu.columns[position]
    if column.format.lstrip("01")[:1] in ("P", "Q"):
        # Descriptors may point many rows at the same bytes: look at the lengths first.
        lengths = part.view(np.ndarray)[part.dtype.names[position]][:, 0].astype(np.int64)
        wrong = np.flatnonzero((lengths < 0) | (lengths > MAX_ARRAY_LENGTH))
        if len(wrong):
            raise DataError(
                f"{name}: expected at most {MAX_ARRAY_LENGTH:,} values in column "
                f"'{column.name}', received {lengths[wrong[0]]:,} at row {start + wrong[0]}."
            )
        if lengths.sum() > hdu.header["PCOUNT"]:
            raise DataError(
                f"{name}: the arrays in column '{column.name}' need more bytes than the file has; "
                "it is damaged."
            )
        rows = [_native(values) for values in part.field(position)]
        if len(set(map(len, rows))) == 1:
            return np.stack(rows)
        cells = np.empty(len(rows), object)
        cells[:] = rows
        return cells
    values = _native(part.field(position))
    if column.null is not None and values.dtype.kind in "iu":
        return np.ma.masked_equal(values, column.null)
    return values


def _native(values: np.ndarray) -> np.ndarray:
    return np.array(values, values.dtype.newbyteorder("="))
