"""The tables of a FITS file."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from core.amounts import n_of
from core.data.row_numbers import number_of
from core.data.tables.ecsv import meaning_of
from core.data.tables.only import among
from core.data.tables.raw import MAX_ARRAY_LENGTH, Only, RawStream, RawTable, TableLimits
from core.errors import DataError
from core.meanings import NOTHING, Meaning

NAME, STARTS = "FITS", (b"SIMPLE  =",)
ENDINGS = (".fits", ".fit")

BLOCK_BYTES = 2880
"""FITS files are made of blocks of this size."""

PADDING = b"\0 \r\n"
"""Some programs fill up the last block, or more, with these."""

MAX_HDUS = 10_000

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

    def column(
        self,
        file: IO[bytes],
        part: Any,
        position: int,
        numbers: np.ndarray,
        rows: slice | np.ndarray,
    ) -> np.ndarray:
        """Return a column of some `rows` of such a part, of which these are the `numbers`."""
        column = self.hdu.columns[position]
        if column.format.lstrip("01")[:1] in ("P", "Q"):
            raw = part.data.view(np.ndarray)
            descriptors = raw[raw.dtype.names[position]].astype(np.int64)
            return self._arrays(file, column, descriptors[rows], numbers)
        values = _native(part.data.field(position)[rows])
        if column.null is not None and values.dtype.kind in "iu":
            return np.ma.masked_equal(values, column.null)
        return values

    def _arrays(
        self, file: IO[bytes], column: Any, descriptors: np.ndarray, numbers: np.ndarray
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
                f"'{column.name}', received {lengths[wrong[0]]:,} at row "
                f"{number_of(int(numbers[wrong[0]]))}."
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
    """Open the tables of a FITS file; rows are read from the disk when they are asked for.

    A file that is cut off in any of them is refused as a whole.
    """
    tables = _find_tables(path, name)
    streams: list[RawStream | DataError] = []
    for number, hdu in tables:
        label = f"HDU {number} {hdu.name}".rstrip() if len(tables) > 1 else ""
        table = _open(hdu, path, f"{name} > {label}" if label else name)
        try:
            streams.append(_stream(table, path, limits, label))
        except DataError as error:
            streams.append(error)
    return streams


def _stream(table: _Table, path: Path, limits: TableLimits, label: str) -> RawStream:
    from astropy.io import fits

    columns = table.hdu.columns
    limits.check_shape(table.n_rows, len(columns), table.name)
    widths = columns.dtype.itemsize if isinstance(table.hdu, fits.BinTableHDU) else table.row_bytes
    if len(columns) != table.hdu.header["TFIELDS"] or widths != table.row_bytes:
        raise DataError(f"{table.name}: {DAMAGED}")
    names = tuple(column.strip() if column else "" for column in columns.names)

    def batches(wanted: Sequence[int], rows: int, only: Only | None = None) -> Iterator[RawTable]:
        with path.open("rb") as file:
            for start in range(0, table.n_rows, rows):
                n = min(rows, table.n_rows - start)
                part = table.part(file, start, n)
                numbers, kept, every = start + np.arange(n), None, slice(None)
                rows_of: slice | np.ndarray = every
                if only is not None:
                    ids = table.column(file, part, only.position, numbers, every)
                    kept = among(only, ids, names[only.position], table.name, start)
                    rows_of, numbers = kept, numbers[kept]
                parts = {i: table.column(file, part, i, numbers, rows_of) for i in wanted}
                yield RawTable(names, len(numbers), parts.__getitem__, kept)

    row_bytes = table.row_bytes + table.heap_bytes // max(table.n_rows, 1)
    units = tuple((column.unit or "").strip() for column in columns)
    ucds, about = (
        tuple(str(table.hdu.header.get(f"{key}{i}", "")) for i in range(1, len(names) + 1))
        for key in ("TUCD", "TCOMM")
    )
    if "COMMENT" in table.hdu.header:
        told = _of_astropy(table.hdu.header)
        by_name = [told.get(column, NOTHING) for column in names]
        ucds = tuple(own or each.ucd for own, each in zip(ucds, by_name, strict=True))
        about = tuple(own or each.description for own, each in zip(about, by_name, strict=True))
    return RawStream(
        names,
        table.n_rows,
        batches,
        row_bytes,
        label=label,
        units=units,
        ucds=ucds,
        descriptions=about,
    )


def _of_astropy(header: Any) -> dict[str, Meaning]:
    """Return what astropy says of columns in comments, where it has more to say than a unit."""
    from astropy.table.meta import get_header_from_yaml

    comments = [str(comment) for comment in header["COMMENT"]]
    begin, end = (f"--{word}-ASTROPY-SERIALIZED-COLUMNS--" for word in ("BEGIN", "END"))
    if begin not in comments or end not in comments:
        return {}
    text = ""
    for line in comments[comments.index(begin) + 1 : comments.index(end)]:
        # A line of 70 characters that ends in one more, a backslash, goes on in the next.
        text += line[:70] if len(line) == 71 else f"{line}\n"
    with suppress(Exception):  # of texts that are not what their key says
        columns = get_header_from_yaml(text.splitlines())["datatype"]
        return {str(column["name"]): meaning_of(column) for column in columns}
    return {}


def _find_tables(path: Path, name: str) -> list[tuple[int, Any]]:
    """Return astropy's table HDUs and their numbers; `DataError` if the file goes on after them."""
    from astropy.io import fits

    tables = []
    end = 0
    # Opened here: astropy leaves some damaged files open.
    with path.open("rb") as raw, fits.open(raw, disable_image_compression=True) as file:
        for number, hdu in enumerate(file):
            if hdu.size < 0:  # the next part would be looked for before this one, for ever
                raise DataError(f"{name}: {DAMAGED}")
            if number > MAX_HDUS:
                raise DataError(
                    f"{name}: expected at most {MAX_HDUS:,} HDUs, found more. Put the spectra into "
                    "one table, a row each."
                )
            if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU)):
                tables.append((number, hdu))
            place = hdu.fileinfo()
            end = place["datLoc"] + place["datSpan"]
        # Files that are joined are read: astropy goes on at the next one's header.
        raw.seek(end)
        while piece := raw.read(2**20):
            if piece.strip(PADDING):
                raise DataError(
                    f"{name}: expected the end of the FITS file at byte {end:,}, found something "
                    "that is no FITS; it is damaged, truncated or joined with another file. Copy "
                    "or download it again, and give each file separately."
                )
    if not tables:
        raise DataError(
            f"{name}: expected a table in the FITS file, found only images (or the file is "
            "truncated). The Gaia Archive delivers spectra as tables: DataLink > "
            "XP_CONTINUOUS, data structure RAW."
        )
    return tables


def _open(hdu: Any, path: Path, name: str) -> _Table:
    header = hdu.header
    data, n_rows, width = hdu.fileinfo()["datLoc"], header["NAXIS2"], header["NAXIS1"]
    heap = data + header.get("THEAP", n_rows * width)
    end = data + n_rows * width + header.get("PCOUNT", 0)
    if min(n_rows, width, end - data, heap - data) < 0:
        raise DataError(f"{name}: {DAMAGED}")
    size = path.stat().st_size
    if end > size:
        raise DataError(
            f"{name}: the FITS table needs {n_of(end, 'byte')}, the file has {size:,}; "
            "it is truncated. Copy or download it again."
        )
    return _Table(name, hdu, data, heap, n_rows, width, max(0, end - heap))


def _native(values: np.ndarray) -> np.ndarray:
    return np.array(values, values.dtype.newbyteorder("="))
