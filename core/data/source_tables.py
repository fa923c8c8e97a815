"""Tables of sources (ids, positions, redshifts) of any size: read the wanted columns, write."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.atomic import replacing
from core.data.account import Account
from core.data.labels.by_hand import declared_unit, release_in
from core.data.labels.choice import (
    Choice,
    choose,
    choose_all,
    choose_by_hand,
    choose_position,
    require_one,
)
from core.data.labels.positions import to_degrees
from core.data.schema import PER_SOURCE
from core.data.tables.cells import to_ids, to_numbers
from core.data.tables.sniff import HEAD_BYTES
from core.data.tables.table import OpenTable, open_tables
from core.errors import DataError
from core.spreadsheet import without_formulas

ROWS_AT_A_TIME = 2**18

# Endings and what astropy calls the format.
WRITTEN = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".fits": "fits",
    ".ecsv": "ascii.ecsv",
    ".vot": "votable",
    ".xml": "votable",
}


@dataclass(frozen=True)
class SourceTable:
    """A table on the disk whose columns are read when they are asked for."""

    opened: OpenTable

    def find(self, candidates: Sequence[str]) -> str | None:
        """Return the first candidate that is a column, as the table spells it."""
        spelt = {column.strip().lower(): column for column in reversed(self.opened.names)}
        return next((spelt[c.lower()] for c in candidates if c.lower() in spelt), None)

    def choose(
        self,
        quantities: Collection[str],
        by_hand: Mapping[str, str] | None = None,
        *,
        gaia: bool = False,
    ) -> dict[str, Choice]:
        """Return the column of each quantity, of which all must be there."""
        name, names, by_hand = self.opened.name, self.opened.names, by_hand or {}
        ra, dec = choose_position(names, gaia=gaia)
        choices = {}
        for quantity in quantities:
            choice = {"ra": ra, "dec": dec}.get(quantity) or choose(quantity, names)
            if quantity in by_hand:
                choice = choose_by_hand(quantity, by_hand[quantity], names, name)
            require_one(choice, name)
            choices[quantity] = choice
        return choices

    def read(
        self, columns: Mapping[str, str], texts: Collection[str] = ()
    ) -> dict[str, np.ndarray]:
        """Return whole columns, each (N,), by what they hold, read in one go.

        `columns` gives the names of their columns, `texts` those that are no numbers: as the file
        has them. source_id is int64, ra and dec are degrees, others float64, NaN where a cell is
        empty.
        """
        name, names = self.opened.name, self.opened.names
        positions = {column: names.index(column) for column in columns.values()}
        parts: dict[str, list[np.ndarray]] = {column: [] for column in positions}
        for batch in self.opened.batches(tuple(sorted(set(positions.values()))), ROWS_AT_A_TIME):
            for column, known in parts.items():
                known.append(batch.column(positions[column]))
        arrays = {}
        for quantity, column in columns.items():
            cells = _joined(parts[column])
            if quantity == "source_id":
                cells = to_ids(cells, column, name)
            elif quantity in ("ra", "dec"):
                unit = declared_unit(self.opened, positions[column])
                cells = to_degrees(cells, quantity, unit, column, name)
            elif quantity not in texts:
                cells = to_numbers(cells, column, name).astype(np.float64)
            arrays[quantity] = cells
        return arrays

    def per_source(self, by_hand: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the columns that the table has of `PER_SOURCE`, by what they hold."""
        choices = choose_all(self.opened.names, by_hand or {}, self.opened.name)
        for column in PER_SOURCE:
            choices[column].require(self.opened.name)
        found = {column: choices[column].column for column in PER_SOURCE}
        return {column: own for column, own in found.items() if own is not None}

    def id_column(self, by_hand: Mapping[str, str] | None = None) -> str:
        """Return the name of the column of Gaia's source_ids."""
        return self.choose(["source_id"], by_hand)["source_id"].column or ""

    def ids(self) -> np.ndarray:
        """Return Gaia's source_ids, shape (N,) int64."""
        return self.read({"source_id": self.id_column()})["source_id"]

    def release(self, id_column: str) -> str | None:
        """Return the release of Gaia that ids tell, such as 'DR3'."""
        return release_in(self.opened, self.opened.names.index(id_column))


def open_table(path: str | Path) -> SourceTable:
    """Open a table of any of the known formats (CSV, Parquet, FITS, VOTable, ECSV).

    Raises a `DataError` if there is no such file, or it is damaged or in another format.
    """
    opened = list(open_tables(path))
    if len(opened) != 1:
        raise DataError(
            f"{path}: expected one table, received a zip archive of {len(opened)} files. Unpack it "
            "and give one of the files."
        )
    if isinstance(opened[0], DataError):
        raise opened[0]
    return SourceTable(opened[0])


def read_ids(path: str | Path) -> np.ndarray:
    """Return the Gaia source_ids of a table, or of a plain list with one id per line.

    In the order of the file, each once (int64). Raises a `DataError` if there is no column
    source_id, no id, or one that is no 64-bit whole number.
    """
    path = Path(path)
    listed = _plain_list(path)
    ids = to_ids(listed, "source_id", path.name) if listed is not None else open_table(path).ids()
    if not len(ids):
        raise DataError(f"{path}: expected at least one source_id, found none.")
    _, first = np.unique(ids, return_index=True)
    return ids[np.sort(first)]


def read_sources(
    path: str | Path, by_hand: Mapping[str, str] | None = None, account: Account | None = None
) -> pd.DataFrame:
    """Return source_id, ra, dec [deg] and those of `PER_SOURCE` that the table has.

    `by_hand` names columns by quantity; the `account` is told of rows and columns.
    """
    table = open_table(path)
    choices = table.choose(("source_id", "ra", "dec"), by_hand, gaia=True)
    wanted = {quantity: choice.column or "" for quantity, choice in choices.items()}
    sources = pd.DataFrame(table.read(wanted | table.per_source(by_hand)))
    if account is not None:
        account.files += 1
        account.tables += 1
        account.rows += len(sources)
        account.ids += len(sources)
        account.unique_ids += sources["source_id"].nunique()
        account.recognise({quantity: choice.words for quantity, choice in choices.items()})
        account.release = (
            f"Gaia {release}" if (release := table.release(wanted["source_id"])) else ""
        )
    return sources


def check_ending(path: Path) -> None:
    """Raise a `DataError` unless the ending tells a format that `write_sources` knows."""
    if path.suffix.lower() not in WRITTEN:
        raise DataError(
            f"{path.name}: expected a name that ends in {', '.join(WRITTEN)}, which sets the "
            "format of the table."
        )


def write_sources(table: pd.DataFrame, path: Path) -> None:
    """Write a table of numbers in the format that the ending tells, all or nothing."""
    check_ending(path)
    ending = path.suffix.lower()
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        if ending == ".parquet":
            table.to_parquet(temporary, index=False)
        elif ending == ".csv":
            without_formulas(table).to_csv(temporary, index=False)
        else:
            from astropy.table import Table

            Table.from_pandas(table).write(temporary, format=WRITTEN[ending], overwrite=True)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    if not parts:
        return np.empty(0)
    return np.ma.concatenate(parts) if any(map(np.ma.isMA, parts)) else np.concatenate(parts)


def _plain_list(path: Path) -> np.ndarray | None:
    """Return the lines of a text file that starts with a whole number; None for other files."""
    try:
        with path.open("rb") as file:
            head = _lines(file.read(HEAD_BYTES))
        if not head or not re.fullmatch(rb"[+-]?\d+", head[0]):
            return None
        lines = [line.decode(errors="replace") for line in _lines(path.read_bytes())]
    except OSError as error:
        raise DataError(f"{path}: the file cannot be opened ({error.strerror}).") from error
    return np.array(lines, dtype=object)


def _lines(content: bytes) -> list[bytes]:
    """Return the lines but for comments and empty ones."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    lines = (line.partition(b"#")[0].strip() for line in content.splitlines())
    return [line for line in lines if line]
