"""The names that an archive gives to what xpz asks of a release, found by what is sought."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.data.archive.schema import Table
from core.data.archive.sought import (
    COLUMNS,
    ELSEWHERE,
    SOURCE_ID,
    TABLES,
    Sought,
    columns_of,
    neighbours,
)
from core.errors import DataError

_TOLD = {"g_mag", "redshift_ugc", "redshift_ugc_lower", "redshift_ugc_upper"}
_CHOSEN = {"has_xp", "radius_sersic", "class_dsc", "class_vari"}

ASKED_BY = {"ids": _TOLD, "cone": _TOLD | _CHOSEN, "galaxies": _TOLD | _CHOSEN | {"random_index"}}
"""Columns, by key, that a question of each kind would use but can do without."""


@dataclass(frozen=True)
class FoundTable:
    """A table that is there: its name in queries and its column of ids."""

    key: str
    name: str
    source_id: str = "source_id"
    how: str = "by its name"


@dataclass(frozen=True)
class FoundColumn:
    """A column that is there, with its table, that table's ids, and the type of its values."""

    key: str
    table: str
    name: str
    source_id: str = "source_id"
    datatype: str = "boolean"
    how: str = "by its name"


@dataclass(frozen=True)
class Names:
    """What a release is called in one archive.

    `tables` and `columns` are those found of what is sought; `present` names all tables of the
    release.
    """

    release: str
    tables: tuple[FoundTable, ...]
    columns: tuple[FoundColumn, ...]
    present: tuple[str, ...] = ()

    def table(self, key: str) -> FoundTable | None:
        """Return a table by its key in `core.data.archive.sought.TABLES`, if it is there."""
        return next((table for table in self.tables if table.key == key), None)

    def column(self, key: str) -> FoundColumn | None:
        """Return a column by its key, if it is there."""
        return next((column for column in self.columns if column.key == key), None)

    def require(self, key: str) -> FoundTable:
        """Return a table, or raise a `DataError` that says what there is instead."""
        found = self.table(key)
        if found is None:
            sought = next((each for each in sought_tables(self.release) if each.key == key), None)
            raise DataError(
                f"{self.release}: this archive has no {sought.what if sought else key}; found: "
                f"{', '.join(self.present[:12]) or 'no table'}. {_todo(sought)}"
            )
        return found

    def missing(self, kind: str) -> list[str]:
        """Return sentences of what a question of this kind goes on without, and how."""
        lacking: dict[str, list[str]] = {}
        candidates = next(each for each in TABLES if each.key == "galaxies")
        if self.table("galaxies") is None:
            lacking[candidates.without] = [candidates.what]
        for column in (*COLUMNS["sources"], *COLUMNS["galaxies"]):
            if column.key in ASKED_BY[kind] and self.column(column.key) is None:
                lacking.setdefault(column.without, []).append(column.what)
        return [
            f"{self.release} has no {', '.join(whats)}; {without}."
            for without, whats in lacking.items()
        ]


def sought_tables(release: str) -> tuple[Sought, ...]:
    """Return the tables that are looked for in a release ('Gaia DR4')."""
    number = int(re.sub(r"\D", "", release) or 0)
    return (*TABLES, *(neighbours(f"dr{old}", f"dr{number}") for old in range(number - 1, 1, -1)))


def preferred(release: str) -> Names:
    """Return the names of DR3, with the schema's name made from the release's."""
    schema = release.lower().replace(" ", "")
    tables = {each.key: f"{schema}.{each.names[0]}" for each in sought_tables(release)}
    columns = (
        FoundColumn(column.key, tables[key], column.names[0])
        for key in ("sources", "galaxies")
        for column in COLUMNS[key]
    )
    found = (FoundTable(key, tables[key]) for key in ("sources", "galaxies"))
    return Names(release, tuple(found), tuple(columns))


def find_names(release: str, tables: Sequence[Table]) -> Names:
    """Return what of `tables`, all those of a release with their columns, is what is sought."""
    found_tables: list[FoundTable] = []
    columns: list[FoundColumn] = []
    home = ""
    for sought in sought_tables(release):
        fitting = [table for table in _by_rank(sought, tables, home) if _holds(sought, table)]
        if not fitting:
            continue
        best = fitting[0]
        if sought.key == "sources":
            home = best.schema
        ids = _id_column(sought, best, release)
        if sought.key.startswith("neighbours"):
            columns.append(_older_ids(sought, best, ids))
            own = (_best_column(each, (best,), None) for each in columns_of(sought.key))
            columns += [column for column in own if column is not None]
        found_tables.append(FoundTable(sought.key, best.name, ids, _how(sought, best.short)))
        places = [best, *(table for table in tables if table is not best and _ids(table))]
        for column in COLUMNS.get(sought.key, ()):
            where = ELSEWHERE.get(column.key, ELSEWHERE.get(sought.key))
            here = _best_column(column, (best,), None)
            if found := here or _best_column(column, places[1:], where):
                columns.append(found)
    names = tuple(sorted(table.name for table in tables))
    return Names(release, tuple(found_tables), tuple(columns), names)


def _by_rank(sought: Sought, tables: Iterable[Table], home: str) -> list[Table]:
    ranked = []
    for table in tables:
        rank = sought.rank(table.short, table.description)
        if rank is not None:
            ranked.append(((rank, table.schema != home, len(table.name), table.name), table))
    return [table for _, table in sorted(ranked, key=lambda pair: pair[0])]


def _holds(sought: Sought, table: Table) -> bool:
    """Return whether a table has the columns without which it is of no use."""
    if sought.key.startswith("neighbours"):
        older = sought.key.removeprefix("neighbours_")
        return any(older in column.name.lower() for column in table.columns)
    needed = [column for column in COLUMNS.get(sought.key, ()) if not column.without]
    return bool(_ids(table)) and all(_best_column(each, (table,), None) for each in needed)


def _id_column(sought: Sought, table: Table, release: str) -> str:
    """Return the column of ids of this release; of tables of neighbours it is the newer one."""
    if not sought.key.startswith("neighbours"):
        return _ids(table) or ""
    older = sought.key.removeprefix("neighbours_")
    of_ids = [c.name for c in table.columns if re.search("source_?id", c.name, re.IGNORECASE)]
    own = release.removeprefix("Gaia ").lower()
    newer = [name for name in of_ids if own in name.lower()]
    return (newer or [name for name in of_ids if older not in name.lower()] or [""])[0]


def _older_ids(sought: Sought, table: Table, own: str) -> FoundColumn:
    """Return the column of the older release's ids, by the key 'dr3_source_id'."""
    older = sought.key.removeprefix("neighbours_")
    name = next(c.name for c in table.columns if older in c.name.lower())
    return FoundColumn(f"{older}_source_id", table.name, name, own, "long")


def _ids(table: Table) -> str | None:
    ranks = ((SOURCE_ID.rank(c.name, ""), c.name) for c in table.columns)
    return min(((rank, name) for rank, name in ranks if rank is not None), default=(0, None))[1]


def _best_column(sought: Sought, tables: Iterable[Table], where: str | None) -> FoundColumn | None:
    """Return the column that fits best; `where` is a pattern of tables to look in."""
    found = []
    for order, table in enumerate(tables):
        text = f"{table.short} {table.description}"
        if where is not None and not re.search(where, text, re.IGNORECASE):
            continue
        for column in table.columns:
            rank = sought.rank(column.name, column.description, column.ucd, column.datatype)
            if rank is not None:
                key = (rank, order, len(column.name), column.name)
                found.append((key, table, column))
    if not found:
        return None
    _, table, column = min(found, key=lambda each: each[0])
    return FoundColumn(
        sought.key,
        table.name,
        column.name,
        _ids(table) or "",
        column.datatype.lower(),
        _how(sought, column.name),
    )


def _how(sought: Sought, name: str) -> str:
    if re.fullmatch(sought.names[0], name, re.IGNORECASE):
        return "by its name"
    likely = any(re.fullmatch(pattern, name, re.IGNORECASE) for pattern in sought.names)
    return "by a name like it" if likely else "by its description"


def _todo(sought: Sought | None) -> str:
    if sought is None or not sought.without:
        return "Ask another --service, or with --adql in this archive's own names."
    return f"So {sought.without}."
