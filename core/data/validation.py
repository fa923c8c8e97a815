"""Checks of spectra and redshifts whose messages name row, column and value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.amounts import n_of
from core.data.row_numbers import COUNTED, IN_ARRAYS, number_of
from core.data.schema import COLUMNS, SPECTRA
from core.errors import DataError
from core.spectra import N_SAMPLES

Z_MIN = 0.0
Z_MAX = 1.5

MAX_LISTED = 3
# Spectra that are checked at once: few enough to stay in the processor's cache.
BLOCK_ROWS = 2048


@dataclass(frozen=True, eq=False)
class Where:
    """Where rows that are checked stand, for people who look them up there.

    Attributes
    ----------
    name : str
        Of the file or data set.
    first_row : int or np.ndarray
        The row of it, from 0, with which they begin, or that of each, (N,).
    columns : mapping of str to str
        What it calls our columns, where that is something else; samples as 'flux_3'.
    """

    name: str
    first_row: int | np.ndarray = 0
    columns: Mapping[str, str] = field(default_factory=dict)

    def called(self, column: str) -> str:
        """Return the name of one of our columns there."""
        return self.columns.get(column, column)

    def place(self, column: str, row: int, *sample: int) -> str:
        """Return where a value stands: its row, counted as `counted` says, and its column."""
        label = self.called("_".join(map(str, (column, *sample))))
        return f"at row {number_of(row, self.first_row)}, column '{label}'"

    @property
    def counted(self) -> str:
        """How places are counted."""
        return COUNTED


class InArrays(Where):
    """Where values stand in the arrays that a program brings; `columns` are their names there."""

    def place(self, column: str, row: int, *sample: int) -> str:
        """Return the element, as in NumPy."""
        return f"at {self.called(column)}[{', '.join(map(str, (row, *sample)))}]"

    @property
    def counted(self) -> str:
        """How places are counted."""
        return IN_ARRAYS


def validated(
    columns: Mapping[str, np.ndarray | None],
    *,
    where: Where,
    ids_once: bool = True,
) -> dict[str, np.ndarray]:
    """Check columns as `validate` does; return those that are given, in the types of our files."""
    given = {key: np.asarray(values) for key, values in columns.items() if values is not None}
    validate(given, where, ids_once=ids_once)
    order = sorted(given, key=list(COLUMNS).index)
    return {key: np.ascontiguousarray(given[key], COLUMNS[key].dtype) for key in order}


def validate(columns: Mapping[str, np.ndarray], where: Where, *, ids_once: bool = True) -> None:
    """Check that the columns of a data set fit together and hold usable numbers.

    By their names in `core.data.schema`: source_id, integers that are distinct if `ids_once`, and z
    in [0, 1.5], each of shape (N,); flux, and flux_error if known, of shape (N, 186), finite,
    errors not negative, or all NaN where a spectrum's are unknown; others of shape (N,), NaN where
    unknown, of which redshift_ugc_lower must not lie above redshift_ugc_upper. A block of a file
    may come without its spectra.

    Raises a `DataError` that names the file or data set, the first offending rows and their column
    as it knows them (`where`), their values and how many there are.
    """
    name = where.name
    n = len(columns["flux" if "flux" in columns else "z"])
    if n == 0:
        raise DataError(f"{name}: expected at least one spectrum, found no rows.")
    if "flux" in columns:
        check_spectra(columns["flux"], "flux", where)
    for column in ("z", *(column for column in columns if column not in ("z", *SPECTRA))):
        values = columns[column]
        if np.shape(values) != (n,):
            raise DataError(
                f"{name}: expected {n_of(n, 'value')} in column '{column}', one per spectrum, "
                f"received the shape {np.shape(values)}."
            )
        _check_numeric(values, column, name)
    z = columns["z"]
    _refuse(~np.isfinite(z), z, "z", "a finite redshift", where)
    expected = f"a redshift from {Z_MIN:g} to {Z_MAX:g}"
    _refuse((z < Z_MIN) | (z > Z_MAX), z, "z", expected, where)
    check_source_ids(columns["source_id"], where, once=ids_once)
    check_ends(columns, where)
    if "flux_error" in columns:
        if len(columns["flux_error"]) != n:
            raise DataError(
                f"{name}: {n_of(n, 'row')} of flux but "
                f"{n_of(len(columns['flux_error']), 'row')} of flux_error."
            )
        check_spectra(columns["flux_error"], "flux_error", where)


def check_ends(columns: Mapping[str, np.ndarray | None], where: Where) -> None:
    """Raise a `DataError` where the interval of redshift_ugc ends before it begins."""
    lower, upper = columns.get("redshift_ugc_lower"), columns.get("redshift_ugc_upper")
    if lower is not None and upper is not None:
        expected = f"at most the {where.called('redshift_ugc_upper')} of the same row"
        _refuse(lower > upper, lower, "redshift_ugc_lower", expected, where)


def check_spectra(values: np.ndarray, column: str, where: Where) -> None:
    """Raise a `DataError` unless `values` is (N, 186), numeric and finite, errors not below 0.

    Errors that are unknown are NaN, all of a spectrum.
    """
    if np.ndim(values) != 2 or np.shape(values)[1] != N_SAMPLES:
        raise DataError(
            f"{where.name}: expected {N_SAMPLES} values of {column} per spectrum (80 BP, then 106 "
            f"RP samples), received an array of shape {np.shape(values)}."
        )
    _check_numeric(values, column, where.name)
    is_error = column == "flux_error"
    # Only where a block is wrong are all looked at at once, which takes memory, to count them.
    if all(
        _is_usable(values[start : start + BLOCK_ROWS], is_error)
        for start in range(0, len(values), BLOCK_ROWS)
    ):
        return
    _refuse(~_finite(values, is_error), values, column, "a finite number", where)
    _refuse(values < 0, values, column, "an error of 0 or more", where)


def _is_usable(values: np.ndarray, is_error: bool) -> bool:
    return bool(_finite(values, is_error).all()) and not (is_error and bool((values < 0).any()))


def _finite(values: np.ndarray, is_error: bool) -> np.ndarray:
    """Return which values may stand; errors that are unknown, NaN all of a spectrum, may."""
    with np.errstate(over="ignore"):  # a number beyond float32 becomes inf: refused as well
        finite = np.isfinite(values.astype(np.float32, copy=False))
    if is_error and not finite.all():
        finite |= np.isnan(values).all(axis=1, keepdims=True)
    return finite


def check_source_ids(source_id: np.ndarray, where: Where, *, once: bool = True) -> None:
    """Raise a `DataError` unless the ids are integers and all distinct."""
    if not np.issubdtype(source_id.dtype, np.integer):
        raise DataError(
            f"{where.name}: expected whole numbers (64-bit integers) in column 'source_id', "
            f"received {source_id.dtype}, such as {source_id.flat[0]}; decimals cannot hold a Gaia "
            "source_id exactly, so export the column as integer or text."
        )
    if not once:
        return
    rising = np.sort(source_id)
    if not (rising[1:] == rising[:-1]).any():
        return
    # A stable sort keeps the first of each id in place, so the later ones are the duplicates.
    order = np.argsort(source_id, kind="stable")
    again = np.zeros(len(source_id), bool)
    again[order[1:]] = source_id[order[1:]] == source_id[order[:-1]]
    _refuse(again, source_id, "source_id", "every id once", where, "a repeated id")


def _check_numeric(values: np.ndarray, column: str, name: str) -> None:
    if values.dtype.kind not in "iuf":
        raise DataError(
            f"{name}: expected numbers in column '{column}', received {values.dtype}, such as "
            f"{values.flat[0]!r}."
        )


def _refuse(
    wrong: np.ndarray,
    values: np.ndarray,
    column: str,
    expected: str,
    where: Where,
    problem: str = "",
) -> None:
    """Raise a `DataError` that lists the first true places of `wrong`, shape as `values`."""
    if not wrong.any():
        return
    count = int(np.count_nonzero(wrong))
    places = []
    for index in np.flatnonzero(wrong)[:MAX_LISTED]:
        row, *sample = map(int, np.unravel_index(index, wrong.shape))
        places.append(f"{values.flat[index]} {where.place(column, row, *sample)}")
    listed = "; ".join(places) + ("; ..." if count > MAX_LISTED else "")
    many = f"{n_of(count, 'value')} {'is' if count == 1 else 'are'}"
    raise DataError(
        f"{where.name}: expected {expected}, received {problem + ' ' if problem else ''}{listed} "
        f"({many} wrong; {where.counted}). Correct or remove these rows."
    )
