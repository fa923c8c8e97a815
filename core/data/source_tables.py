"""Tables of sources (ids, positions, redshifts) of any size, of which wanted columns are read."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.account import Account
from core.data.labels.by_hand import declared_unit, release_in
from core.data.labels.choice import (
    Choice,
    UndecidedError,
    choose,
    choose_all,
    choose_by_hand,
    choose_position,
    require_one,
)
from core.data.labels.ids import by_cells
from core.data.labels.positions import to_degrees
from core.data.labels.release import EXPECTED, WITHOUT_SPECTRA, release_of, require_release
from core.data.schema import PER_SOURCE
from core.data.tables.cells import ID_PATTERN, NO_ID, to_ids, to_numbers, without_id
from core.data.tables.lines import as_utf8, lines
from core.data.tables.sniff import HEAD_BYTES
from core.data.tables.table import OpenTable, open_tables
from core.data.tables.units import convert
from core.errors import DataError
from core.file_errors import sentence_of
from core.meanings import of_ids, tell


@dataclass(frozen=True)
class SourceTable:
    """A table on the disk whose columns are read when they are asked for."""

    opened: OpenTable
    left_aside: tuple[str, ...] = ()  # other tables of the file, and why

    def find(self, candidates: Sequence[str]) -> str | None:
        """Return the first candidate that is a column, as the table spells it."""
        spelt = {column.strip().lower(): column for column in reversed(self.opened.names)}
        return next((spelt[c.lower()] for c in candidates if c.lower() in spelt), None)

    def has(self, quantities: Collection[str], by_hand: Mapping[str, str]) -> bool:
        """Return whether there are columns for all of the quantities, by their names."""
        try:
            self.choose(quantities, by_hand)
        except DataError as error:
            return isinstance(error, UndecidedError)
        return True

    def choose(
        self,
        quantities: Collection[str],
        by_hand: Mapping[str, str] | None = None,
        *,
        gaia: bool = False,
    ) -> dict[str, Choice]:
        """Return the column of each quantity, of which all must be there.

        `by_hand` names some of them; None where people cannot, whom errors then tell nothing of it.
        """
        name, names = self.opened.name, self.opened.names
        ra, dec = choose_position(names, gaia=gaia)
        choices = {}
        for quantity in quantities:
            choice = {"ra": ra, "dec": dec}.get(quantity) or choose(quantity, names)
            if by_hand and quantity in by_hand:
                choice = choose_by_hand(quantity, by_hand[quantity], names, name)
            choices[quantity] = choice
        if "source_id" in choices:
            choices = by_cells(choices, self.opened)
        for choice in choices.values():
            require_one(choice, name, by_hand=by_hand is not None)
        return choices

    def read(
        self, columns: Mapping[str, str], texts: Collection[str] = ()
    ) -> dict[str, np.ndarray]:
        """Return whole columns, each (N,), by what they hold, read in one go.

        `columns` gives the names of their columns, `texts` those that are no numbers: as the file
        has them. source_id is int64, -1 where there is none, ra and dec are degrees, others
        float64, NaN where a cell is empty.
        """
        name, names = self.opened.name, self.opened.names
        positions = {column: names.index(column) for column in columns.values()}
        table = self.opened.whole(tuple(positions.values()))
        arrays = {}
        for quantity, column in columns.items():
            cells = table.column(positions[column])
            if quantity == "source_id":
                none = np.empty(0, np.int64)
                cells = to_ids(cells, column, name, lenient=True) if len(cells) else none
            elif quantity in ("ra", "dec"):
                unit = declared_unit(self.opened, positions[column])
                cells = to_degrees(cells, quantity, unit, column, name)
            elif quantity not in texts:
                cells = to_numbers(cells, column, name).astype(np.float64)
                if quantity == "g_mag":
                    unit = declared_unit(self.opened, positions[column])
                    cells = convert(cells, unit, "mag", column, name)
            arrays[quantity] = cells
        return arrays

    def per_source(self, by_hand: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the columns that the table has of `PER_SOURCE`, by what they hold."""
        choices = choose_all(self.opened.names, by_hand or {}, self.opened.name)
        for column in PER_SOURCE:
            choices[column].require(self.opened.name, by_hand=by_hand is not None)
        found = {column: choices[column].column for column in PER_SOURCE}
        return {column: own for column, own in found.items() if own is not None}

    def id_column(self, by_hand: Mapping[str, str] | None = None) -> str:
        """Return the name of the column of Gaia's source_ids."""
        return self.choose(["source_id"], by_hand)["source_id"].column or ""

    def enter(self, account: Account, choices: Mapping[str, Choice]) -> None:
        """Note in an account what the columns hold, with units, and what else is to be said.

        That is the release of the ids, other tables of the file, and lines that are no rows.
        """
        for quantity, choice in choices.items():
            unit = declared_unit(self.opened, choice.position or 0)
            account.recognise({quantity: choice.words + f" [{unit}]" * bool(unit)})
        if "source_id" in choices:
            release = self.release(choices["source_id"].column or "")
            account.release = f"Gaia {release}" if release else ""
        account.left_aside += self.left_aside
        self.opened.enter(account)

    def ids(self) -> np.ndarray:
        """Return Gaia's source_ids, shape (N,) int64."""
        column = self.id_column()
        place = self.opened.names.index(column)
        cells = self.opened.whole((place,)).column(place)
        return to_ids(cells, column, self.opened.name) if len(cells) else np.empty(0, np.int64)

    def release(self, id_column: str) -> str | None:
        """Return the release of Gaia that ids tell, such as 'DR3'."""
        return release_in(self.opened, self.opened.names.index(id_column))


def open_table(
    path: str | Path,
    holding: Collection[str] = ("source_id",),
    by_hand: Mapping[str, str] | None = None,
) -> SourceTable:
    """Open a table of any of the known formats (CSV, Parquet, FITS, VOTable, ECSV).

    Of a file of several tables that with columns `holding` these quantities, some of them named
    `by_hand`. Raises a `DataError` if there is no such file, it is damaged or in another format, or
    several tables could be meant.
    """
    opened = open_tables(path)
    tables = [SourceTable(table) for table in opened if isinstance(table, OpenTable)]
    if not tables or len(opened) == 1:
        if isinstance(opened[0], DataError):
            raise opened[0]
        return tables[0]
    fitting = [table for table in tables if table.has(holding, by_hand or {})]
    if len(fitting) != 1:
        found = ", ".join(table.opened.name for table in fitting or tables)
        raise DataError(
            f"{path}: expected one table with {' and '.join(holding)}, found "
            f"{len(fitting) or 'none'} among {len(opened)} ({found}). Give one table alone."
        )
    others = (table.opened for table in tables if table is not fitting[0])
    aside = (
        f"{table.name}: left aside, it lacks columns of {' and '.join(holding)} (columns: "
        f"{', '.join(table.names[:8])})"
        for table in others
    )
    errors = (str(error) for error in opened if isinstance(error, DataError))
    return replace(fitting[0], left_aside=(*aside, *errors))


def read_ids(path: str | Path, release: str | None = EXPECTED) -> np.ndarray:
    """Return the Gaia source_ids of a table, or of a plain list with one id per line.

    In the order of the file (int64). Raises a `DataError` if there is no column source_id, no id,
    one that is no 64-bit whole number, or if they tell another release (None: one without spectra).
    """
    path = Path(path)
    ids, column = plain_list(path), "source_id"
    if ids is None:
        table = open_table(path)
        column = table.id_column()
        told, found = table.release(column), table.ids()
    else:
        told, found = release_of(column, ids, path.name), to_ids(ids, column, path.name)
    if release is not None or told in WITHOUT_SPECTRA:
        require_release(told, column, path.name, release or EXPECTED)
    if not len(found):
        raise DataError(f"{path}: expected at least one source_id, found none.")
    return found


def read_sources(
    path: str | Path, by_hand: Mapping[str, str] | None = None, account: Account | None = None
) -> pd.DataFrame:
    """Return source_id, ra, dec [deg] and those of `PER_SOURCE` that the table has.

    `by_hand` names columns by quantity; the `account` is told of rows and columns. Rows without a
    source_id are left out; a `DataError` is raised if no row has one.
    """
    wanted = ("source_id", "ra", "dec")
    table = open_table(path, wanted, by_hand)
    choices = table.choose(wanted, by_hand, gaia=True)
    columns = {quantity: choice.column or "" for quantity, choice in choices.items()}
    sources = pd.DataFrame(table.read(columns | table.per_source(by_hand)))
    account = account or Account("sources")
    account.files, account.tables, account.rows = 1, 1, len(sources)
    fills = without_id(sources["source_id"].to_numpy())
    sources = sources[account.leave_out({NO_ID: fills}, np.ones(len(sources), bool))]
    if fills.all() and len(fills):
        raise DataError(
            f"{table.opened.name}: expected identifiers of Gaia in column "
            f"'{columns['source_id']}', found {n_of(len(fills), 'row')} without one."
        )
    account.count_ids(sources["source_id"].to_numpy())
    table.enter(account, choices)
    sources = sources.reset_index(drop=True)
    # What is made of it tells the release again.
    return tell(sources, {"source_id": of_ids(account.release)} if account.release else {})


def plain_list(path: Path) -> np.ndarray | None:
    """Return the lines of a text file that starts with an id; None for other files."""
    try:
        with path.open("rb") as file:
            head = as_utf8(file.read(HEAD_BYTES)).decode(errors="replace")
        first = next(_without_comments(head.splitlines()), "")
        if not ID_PATTERN.fullmatch(first):
            return None
        return np.array(list(_without_comments(lines(path, path.name))), dtype=object)
    except OSError as error:
        raise DataError(sentence_of(error, path, "read")) from error


def _without_comments(lines: Iterable[str]) -> Iterator[str]:
    return filter(None, (line.partition("#")[0].strip() for line in lines))
