"""Enhanced character-separated values, astropy's own text format."""

import numpy as np

from core.data.readers.raw import RawTable, TableLimits
from core.errors import DataError


def read(content: bytes, limits: TableLimits, name: str) -> RawTable:
    """Read an ECSV file; see `RawTable`."""
    from astropy.io import ascii as astropy_ascii

    if not content.startswith(b"# %ECSV"):
        raise DataError(f"{name}: expected an ECSV file, which starts with '# %ECSV'.")
    # Lines, not bytes: astropy would unpack a compressed stream by itself.
    lines = content.decode("utf-8").splitlines()
    limits.check_shape(sum(not line.startswith("#") for line in lines) - 1, 0, name)
    table = astropy_ascii.read(lines, format="ecsv")
    limits.check_shape(len(table), len(table.columns), name)
    return RawTable(tuple(table.colnames), len(table), lambda i: np.ma.asanyarray(table.columns[i]))
