"""The first table of a FITS file."""

import io
from typing import Any

import numpy as np

from core.data.readers.raw import RawTable, TableLimits
from core.errors import DataError
from core.spectra import N_SAMPLES


def read(content: bytes, limits: TableLimits, name: str) -> RawTable:
    """Open a FITS file; its columns are converted when they are asked for."""
    from astropy.io import fits

    # astropy unpacks compressed files by itself, to any size; those start differently.
    if not content.startswith(b"SIMPLE  ="):
        raise DataError(f"{name}: expected a FITS file, which starts with 'SIMPLE  ='.")
    file = fits.open(io.BytesIO(content), memmap=False, disable_image_compression=True)
    tables = [hdu for hdu in file if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU))]
    if not tables:
        raise DataError(f"{name}: expected a table in the FITS file, found only images.")
    hdu = tables[0]
    n_rows = hdu.header["NAXIS2"]
    needed = hdu.fileinfo()["datLoc"] + n_rows * hdu.header["NAXIS1"]
    if needed > len(content):
        raise DataError(
            f"{name}: the FITS table needs {needed:,} bytes, the file has {len(content):,}; "
            "it is cut off. Copy or download it again."
        )
    limits.check_shape(n_rows, len(hdu.columns), name)
    names = tuple(column or "" for column in hdu.columns.names)
    return RawTable(names, n_rows, lambda i: _column(hdu, i, name))


def _column(hdu: Any, position: int, name: str) -> np.ndarray:
    column = hdu.columns[position]
    if column.format.lstrip("01")[:1] in ("P", "Q"):
        # Descriptors may point many rows at the same bytes: look at the lengths first.
        lengths = hdu.data.view(np.ndarray)[column.name][:, 0]
        wrong = np.flatnonzero(lengths != N_SAMPLES)
        if len(wrong):
            raise DataError(
                f"{name}: expected {N_SAMPLES} values in column '{column.name}', received "
                f"{lengths[wrong[0]]} at row {wrong[0]} ({len(wrong)} rows are wrong)."
            )
        return np.array(list(hdu.data.field(position)))
    values = np.asarray(hdu.data.field(position))
    if column.null is not None and values.dtype.kind in "iu":
        return np.ma.masked_equal(values, column.null)
    return values
