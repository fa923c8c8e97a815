"""Files of spectra of any size and format, with or without redshifts, opened and read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.amounts import n_of
from core.data.account import Account
from core.data.archive.state import fetched_release
from core.data.labels.by_hand import ByHand, declared_unit
from core.data.labels.choice import UndecidedError
from core.data.labels.ids import not_recognised
from core.data.schema import COLUMNS
from core.data.spectra.table import SpectraTable, look_into, may_serve
from core.data.tables.raw import TableLimits, labels
from core.data.tables.table import OpenTable, open_tables
from core.data.tables.units import is_none
from core.errors import DataError, NoSpectra, NotATable
from core.spectra import FLUX_UNIT, Spectra


@dataclass(frozen=True, eq=False)
class SpectraFile:
    """An opened file of spectra: what was recognised in it, and a way to its rows.

    There are several `tables` where a file, or a .zip of files, holds
    several; `refused` says why others cannot be used, and `left_aside` which hold no spectra.
    """

    tables: tuple[SpectraTable, ...]
    refused: tuple[str, ...] = ()
    left_aside: tuple[str, ...] = ()

    @property
    def format(self) -> str:
        """Return 'csv', 'parquet', 'fits', 'votable' or 'ecsv' (in a .zip, that of its first)."""
        return self.tables[0].table.format

    @property
    def kind(self) -> str:
        """Return 'table' or 'xp_continuous' (in a .zip, that of its first)."""
        return self.tables[0].kind

    @property
    def n_rows(self) -> int | None:
        """Number of rows; None where it is not known before they are read."""
        known = [n for part in self.tables if (n := part.table.stream.n_rows) is not None]
        return sum(known) if len(known) == len(self.tables) else None

    @property
    def may_be_ids(self) -> tuple[str, ...]:
        """Names of the columns that can be named as that of the ids."""
        return tuple(dict.fromkeys(name for part in self.tables for name in part.may_be_ids))

    @property
    def recognised(self) -> dict[str, str]:
        """In words, the column of each quantity and what becomes of the others."""
        words = self.tables[0].describe()
        if len(self.tables) > 1:
            in_one = any(part.table.stream.label for part in self.tables)
            where = "tables in it" if in_one else "in the archive"
            words["files"] = f"{len(self.tables)} {where}, read one after another"
        if self.refused:
            more = f" (and {len(self.refused) - 1} more)" if len(self.refused) > 1 else ""
            words["refused"] = self.refused[0] + more
        return words

    def enter(self, account: Account) -> None:
        """Note in an account which columns were recognised and what was skipped, once all is read.

        And the release of the ids, and what was left aside or refused.
        """
        account.files += 1
        account.tables += len(self.tables)
        for table in self.tables:
            words = table.columns.describe()
            if table.kind == "table":
                undeclared = is_none(declared_unit(table.table, table.columns.flux[0]))
                words["flux"] += f" ({FLUX_UNIT}{', as no unit is declared' * undeclared})"
            if table.with_errors and (why := table.columns.lacking_errors):
                words["flux_error"] = f"none, as {why}: the flux is used without errors"
            account.recognise({key: words[key] for key in COLUMNS if words[key] != "none"})
            table.table.enter(account)
            account.warnings += not_recognised(table.table.name, table.like_ids)
            account.tell_release(f"Gaia {table.release}" * bool(table.release))
        account.left_aside += self.left_aside
        account.refused += self.refused

    def chunks(self, rows: int = 8192) -> Iterator[Spectra]:
        """Yield the spectra of at most `rows` rows at a time, in the order of the file.

        A `DataError` if the file turns out to be damaged, or an id or a redshift is no number.
        """
        for table in self.tables:
            where = table.table.name.partition(" > ")[2] if len(self.tables) > 1 else ""
            for part in table.chunks(rows):
                if where and (part.problems or part.notes):
                    problems, notes = (
                        {row: f"{where}, {words}" for row, words in found.items()}
                        for found in (part.problems, part.notes)
                    )
                    part = replace(part, problems=problems, notes=notes)
                yield part


def open_spectra(
    source: str | Path | bytes,
    format: str | None = None,
    *,
    name: str | None = None,
    limits: TableLimits | None = None,
    with_errors: bool = True,
    by_hand: ByHand | None = None,
    lenient: bool = False,
    optional: bool = False,
    only: np.ndarray | None = None,
) -> SpectraFile:
    """Open a file of spectra and tell what is in it; nothing but its first rows is read.

    Parameters
    ----------
    source : bytes, str or Path
        The file's content, or where it is. CSV, Parquet, FITS, VOTable or ECSV,
        also in a .gz or .zip; columns of fluxes, or XP continuous spectra as the
        Gaia Archive delivers them.
    format : str, optional
        One of `core.data.tables.sniff.FORMATS`; by default told by the content.
    name : str, optional
        What messages call the file; by default its own name.
    limits : TableLimits, optional
        Caps on size, rows and columns; by default those of uploads for bytes
        and `FILE_LIMITS` for a file.
    with_errors : bool, optional
        Whether flux errors are read as well.
    by_hand : ByHand, optional
        Columns of ids, redshifts and magnitudes that names do not tell, and their unit.
    lenient : bool, optional
        Whether redshifts and magnitudes that are no numbers count as empty, and do not refuse
        the file.
    optional : bool, optional
        Whether columns named by hand which a table lacks are told by its names, and that is said.
    only : np.ndarray of int64, shape (n,), optional
        The source_ids that are asked for; by default all. Rows of others are dropped before their
        arrays are parsed, `chunks` yields none of them, and the account counts them as 'not asked
        for'. A table without ids is refused.

    Raises
    ------
    DataError
        If there is no such file, it is damaged, too large, or holds no spectra
        that can be used; then it says what it is and what to download instead. An
        `UndecidedError` where several columns could be the ids.

    Examples
    --------
    >>> import core
    >>> file = core.open_spectra("data/samples/simulated-galaxies.csv")
    >>> file.format, file.kind
    ('csv', 'table')
    >>> sum(len(spectra) for spectra in file.chunks())
    66
    """
    only = None if only is None else np.unique(np.asarray(only, np.int64))
    tables, refused, left_aside, without = [], [], [], []
    undecided: UndecidedError | None = None
    kind = "file"
    for opened in open_tables(source, format, name, limits):
        try:
            if isinstance(opened, DataError):
                raise opened
            asked = by_hand or ByHand()
            if optional:
                asked = _at_hand(asked, opened)
            tables.append(look_into(opened, with_errors, asked, lenient, only))
        except NotATable as error:
            left_aside.append(error.aside)
            without.append(str(error))
        except DataError as error:
            if isinstance(opened, DataError) or may_serve(opened):
                undecided = error if isinstance(error, UndecidedError) else undecided
                refused.append(str(error))
                continue
            kind = "table" if opened.stream.label else kind
            what = "has no rows" if opened.stream.n_rows == 0 else "holds no spectra"
            shown = ", ".join(labels(opened.names, range(len(opened.names))))[:100]
            left_aside.append(f"{opened.name}: left aside, it {what} (columns: {shown}).")
            without.append(str(error))
    if not tables:
        first, *others = [*refused, *without]
        are = "s in it are" if len(others) > 1 else " in it is"
        more = f" ({len(others)} more {kind}{are} refused.)" if others else ""
        if not refused:
            raise NoSpectra(first + more, " ".join(left_aside))
        if undecided is not None and not others:
            raise undecided
        raise DataError(first + more)
    told = None if isinstance(source, bytes) else fetched_release(Path(source))
    if told is not None:  # who asked for a release knows better than the numbers of coefficients
        tables = [replace(table, release=told) for table in tables]
    return SpectraFile(tuple(tables), tuple(refused), tuple(left_aside))


def refuse_unusable(problems: Mapping[int, str], n_rows: int, name: str) -> None:
    """Raise a `DataError` if not one row of a file can be used: its rows share a fault."""
    if n_rows and len(problems) == n_rows:
        raise none_usable(n_rows, problems[min(problems)], name)


def none_usable(n_rows: int, first: str, name: str) -> DataError:
    """Return the refusal of a file of which no row can be used, the first for that reason."""
    which = f"not one of its {n_of(n_rows, 'spectrum')}" if n_rows > 1 else "its only spectrum"
    can = "can" if n_rows > 1 else "cannot"
    return DataError(f"{name}: {which} {can} be used: {first}")


def _at_hand(by_hand: ByHand, opened: OpenTable) -> ByHand:
    """Return the choices of columns that a table has, and note the others."""
    spelt = {name.strip().lower() for name in opened.names}
    columns = {k: name for k, name in by_hand.columns.items() if name.strip().lower() in spelt}
    opened.stream.notes.extend(
        f"there is no column '{name}': {quantity} is told by the names of the columns"
        for quantity, name in by_hand.columns.items()
        if quantity not in columns
    )
    return replace(by_hand, columns=columns)
