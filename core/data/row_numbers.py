"""Which row of a table is meant, in sentences for people.

Counted as TOPCAT and its like do; in a spreadsheet, whose first row holds the names, it is one
more. Fields for programs (`row` of p(z) files, keys of `Spectra.problems`) count from 0, as Python
does, and so do places in arrays that a program brings.
"""

import numpy as np

COUNTED = "rows are counted from 1, without the names of the columns"
IN_ARRAYS = "counted from 0, as NumPy does"
ROWS_COUNTED = f"{COUNTED[0].upper()}{COUNTED[1:]}."


def number_of(row: int, first_row: int | np.ndarray = 0) -> int:
    """Return the number, from 1, in its file of a row of a part.

    `row` and `first_row` count from 0: the part begins with row `first_row` of its file, or that
    holds the place of each of its rows.
    """
    return 1 + (first_row + row if isinstance(first_row, int) else int(first_row[row]))
