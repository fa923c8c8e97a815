"""Tables of any known format (CSV, Parquet, FITS, VOTable, ECSV), opened and read by columns."""

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.account import Account
from core.data.labels.choice import choose
from core.data.labels.names import PERHAPS_IDS
from core.data.tables.cells import RELEASED_ID, filled_texts, to_ids
from core.data.tables.columns import NUMBER_PATTERN
from core.data.tables.folders import STDIN
from core.data.tables.raw import FILE_LIMITS, SMALLEST_ID, Only, RawStream, RawTable, TableLimits
from core.data.tables.sniff import FORMATS, format_of
from core.data.tables.unpack import PlainFile, plain_files
from core.errors import DataError, XpzError
from core.file_errors import OF_THE_SYSTEM, number_of, sentence_of
from core.spectra import N_SAMPLES

N_LOOKED_AT = 64
"""First rows that tell whether a column holds spectra at all."""

ROWS_AT_A_TIME = 2**18

INDEX = re.compile(r"(unnamed: ?\d+|index|level_\d+|__index_level_\d+__|row_?names?)?")
"""Names, in lower case, that programs give to rows' labels."""

MAX_REFUSED = 100
"""Members of a .zip after which no more are tried: to find out that one is bad takes time too."""


@dataclass(frozen=True, eq=False)
class OpenTable:
    """A table whose columns are known and whose rows were not read yet.

    Messages call it `name`; `format` is one of `core.data.tables.sniff.FORMATS`; a temporary
    `file` lives as long as this.
    """

    name: str
    format: str
    stream: RawStream
    file: PlainFile

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return self.stream.names

    @property
    def units(self) -> tuple[str, ...]:
        """Units of all columns as the file spells them, '' for none; () where it knows none."""
        return self.stream.units

    def enter(self, account: Account) -> None:
        """Note in an account what is to be said of its lines, once all rows were read."""
        account.skipped += self.stream.skipped
        account.rows += self.stream.left_out.total()
        account.left_out += self.stream.left_out
        account.notes += [f"{self.name}: {note}" for note in self.stream.notes]

    def batches(
        self, wanted: Sequence[int], rows: int, only: Only | None = None
    ) -> Iterator[RawTable]:
        """Yield the rows that are asked for in batches that know the wanted columns."""
        batches = self.stream.batches(wanted, rows, only)
        while True:
            with blaming_the_file(self.name, self.format):
                table = next(batches, None)
            if table is None:
                return
            yield replace(table, names=self.names)

    def first(self, wanted: Sequence[int]) -> RawTable:
        """Return some first rows, which tell what the columns hold."""
        table = next(self.batches(wanted, N_LOOKED_AT), None)
        if table is None or not table.n_rows:
            raise DataError(f"{self.name}: expected at least one spectrum, found no rows.")
        return table

    def whole(self, wanted: Sequence[int]) -> RawTable:
        """Return all rows in one."""
        parts: dict[int, list[np.ndarray]] = {i: [] for i in sorted(set(wanted))}
        n_rows = 0
        for batch in self.batches(tuple(parts), ROWS_AT_A_TIME):
            n_rows += batch.n_rows
            for i, known in parts.items():
                known.append(batch.column(i))
        columns = {i: _joined(parts.pop(i)) for i in list(parts)}  # one at a time is there twice
        return RawTable(self.names, n_rows, columns.__getitem__)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    if len(parts) < 2:
        return parts[0] if parts else np.empty(0, np.int64)  # which ids can be, too
    if len({part.shape[1:] for part in parts}) > 1:  # arrays of another length in each batch
        return np.fromiter((cell for part in parts for cell in part), object)
    return np.ma.concatenate(parts) if any(map(np.ma.isMA, parts)) else np.concatenate(parts)


def open_tables(
    source: str | Path | bytes,
    format: str | None = None,
    name: str | None = None,
    limits: TableLimits | None = None,
) -> list[OpenTable | DataError]:
    """Open all tables that a file, or every file of a .zip, holds; see `open_spectra`.

    At least one is returned; the error where one of several cannot be opened. A `DataError` is
    raised if there is no such file, it is too large, damaged, or no table.
    """
    content = source if isinstance(source, bytes) else Path(source)
    content = STDIN if content == Path("-") else content
    limits = limits or (TableLimits() if isinstance(content, bytes) else FILE_LIMITS)
    name = name or called(content)
    files = plain_files(content, limits, name)
    tables: list[OpenTable | DataError] = []
    n_rows = n_refused = 0
    streams: list[RawStream | DataError]
    for file in files:
        try:
            if n_rows > limits.max_rows or n_refused >= MAX_REFUSED:
                raise DataError(
                    f"{file.name}: not opened, because the files before it hold more than "
                    f"{n_of(limits.max_rows, 'row')}, or {MAX_REFUSED} of them could not be "
                    "read. Give it separately."
                )
            told = format_of(file.head(), file.name, format)
            with blaming_the_file(file.name, told):
                streams = FORMATS[told].read(file.path, limits, file.name)
        except DataError as error:
            streams = [error]
        for stream in streams:
            if isinstance(stream, DataError):
                n_refused += 1
                tables.append(stream)
                continue
            n_rows += stream.n_rows or 0
            label = f" > {stream.label}" if stream.label else ""
            tables.append(_with_ids(OpenTable(file.name + label, told, stream, file)))
    if len(tables) == 1 and isinstance(tables[0], DataError):
        raise tables[0]
    is_catalogue = isinstance(content, Path) and content.is_dir()
    return [_as_one(tables, name)] if is_catalogue else tables


def _as_one(leaves: Sequence[OpenTable | DataError], name: str) -> OpenTable:
    """Return the leaves of a HATS catalogue as the one table that they are."""
    opened = []
    for leaf in leaves:
        if isinstance(leaf, DataError):
            raise leaf
        opened.append(leaf)
        if set(leaf.names) != set(opened[0].names):
            differing = ", ".join(sorted({*leaf.names} ^ {*opened[0].names})[:5])
            raise DataError(
                f"{leaf.name}: expected the same columns in all files of the HATS catalogue, found "
                f"{differing} in some of them only. Give its files one by one."
            )
    names = opened[0].names

    def batches(wanted: Sequence[int], rows: int, only: Only | None = None) -> Iterator[RawTable]:
        for leaf in opened:
            places = {i: leaf.names.index(names[i]) for i in wanted}
            there = only and replace(only, position=leaf.names.index(names[only.position]))
            for part in leaf.batches(list(places.values()), rows, there):
                columns = {i: part.column(place) for i, place in places.items()}
                yield RawTable(names, part.n_rows, columns.__getitem__, part.kept)

    stream = replace(
        opened[0].stream,
        n_rows=sum(leaf.stream.n_rows or 0 for leaf in opened),
        row_bytes=max(leaf.stream.row_bytes for leaf in opened),
        batches=batches,
    )
    return replace(opened[0], name=name, stream=stream)


def _with_ids(opened: OpenTable) -> OpenTable:
    """Return a table whose ids are called so, where they are an index or first column unnamed."""
    names = opened.names
    named = choose("source_id", names)
    if named.position is not None and named.kind != PERHAPS_IDS:
        return opened
    lowered = [column.strip().lower() for column in names]
    places = [i for i, column in enumerate(lowered) if INDEX.fullmatch(column)]
    places += [0] if lowered and re.fullmatch(NUMBER_PATTERN, lowered[0]) else []
    try:
        first = next(opened.batches(places, N_LOOKED_AT), None) if places else None
    except DataError:  # which comes again when the rows are read
        return opened
    found = [i for i in places if first is not None and are_ids(first.column(i))]
    if not found or (not any(names) and len(names) == N_SAMPLES + 2):
        return opened  # nothing tells, or nothing could tell which of the others is a redshift
    place = found[0]
    what = f"column '{names[place]}'" if names[place] else "a column without a name"
    opened.stream.notes.append(f"{what} holds numbers of the size of ids and is taken for them")
    called = tuple("source_id" if i == place else column for i, column in enumerate(names))
    return replace(opened, stream=replace(opened.stream, names=called))


def are_ids(values: np.ndarray) -> bool:
    """Return whether cells are whole numbers as large as Gaia's ids, some rounded or empty."""
    try:
        rounded = values.dtype.kind == "f" and values.ndim == 1
        ids = np.ma.filled(values, np.nan) if rounded else to_ids(values, "", "", lenient=True)
    except DataError:  # words, or ids of a release without spectra, of which people are told
        texts = filled_texts(values) if values.ndim == 1 else pd.Series(dtype=str)
        return len(texts) > 0 and bool(texts.str.fullmatch(RELEASED_ID).all())
    ids = ids[ids >= 0]
    return len(ids) > 0 and bool(((ids >= SMALLEST_ID) & (ids % 1 == 0)).all())


def called(source: Path | bytes) -> str:
    """Return what messages call a file: its own name, of a pipe the whole path."""
    if isinstance(source, bytes):
        return "table"
    return str(source) if source.is_relative_to("/dev") else source.absolute().name


@contextmanager
def blaming_the_file(name: str, format: str) -> Iterator[None]:
    """Turn whatever a parser makes of damaged bytes into a `DataError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on units and old conventions, of no concern here
            yield
    except XpzError:
        raise
    except UnicodeError as error:
        raise DataError(
            f"{name}: the table holds characters that are not UTF-8. Save it in UTF-8."
        ) from error
    except Exception as error:  # damaged bytes bring about any error in a foreign parser
        if isinstance(error, OSError) and number_of(error) in OF_THE_SYSTEM:
            raise DataError(sentence_of(error, name, "read")) from error
        told = getattr(error, "strerror", None)
        reason = f" ({told})" if told else ", it is damaged or in another format"
        raise DataError(
            f"{name}: cannot be read as {format}{reason}. Copy or make it again."
        ) from error
