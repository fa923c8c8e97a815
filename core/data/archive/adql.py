"""Queries for galaxies in the names of an archive; without what it lacks, where they can."""

from collections.abc import Iterable

from core.data.archive.names import FoundColumn, Names
from core.data.archive.sought import DISTANCE, MAGNITUDE
from core.errors import DataError

UPLOADED = "asked"
"""Name of the uploaded table of ids within the query (tap_upload.asked)."""

# What a table of sources gets, if the archive has it: our name of each column.
OUTPUT = {
    "ra": "ra",
    "dec": "dec",
    "g_mag": "phot_g_mean_mag",
    "redshift_ugc": "redshift_ugc",
    "redshift_ugc_lower": "redshift_ugc_lower",
    "redshift_ugc_upper": "redshift_ugc_upper",
}

# The purer sample of galaxy candidates: Gaia Collaboration, Bailer-Jones et al. 2023
# (A&A 674, A41), appendix with ADQL; 2.9 million sources, about 95 % galaxies.
PURER = {
    "radius_sersic": "{} IS NOT NULL",
    "class_dsc": "{} = 'galaxy'",
    "class_vari": "{} = 'GALAXY'",
}

SPECTRA = tuple(
    f"{band}_{what}"
    for what in (
        "coefficients",
        "basis_function_id",
        "n_parameters",
        "coefficient_errors",
        "coefficient_correlations",
    )
    for band in ("bp", "rp")
)
"""Columns of coefficients, by our names, which are DR3's."""


class Composer:
    """A query that joins each table once, under a short name of its own."""

    def __init__(self, names: Names, first: str) -> None:
        self._names = names
        self.first = first  # the ids that tables are joined by
        self._aliases: dict[str, str] = {}
        self._joins: list[str] = []

    def join(self, table: str, source_id: str, alias: str, *, kind: str = "JOIN") -> str:
        """Join a table by its ids to the first one; return its short name."""
        if table not in self._aliases:
            self._aliases[table] = alias
            on = f"ON {alias}.{source_id} = {self.first}"
            self._joins.append(f"{kind} {table} AS {alias} {on}")
        return self._aliases[table]

    def start(self, table: str, alias: str) -> None:
        """Note the table that stands behind FROM."""
        self._aliases[table] = alias

    def place(self, key: str) -> str | None:
        """Return a column with its table's short name, joined if it is not yet."""
        column = self._names.column(key)
        if column is None:
            return None
        alias = f"t{len(self._aliases)}"
        return f"{self.join(column.table, column.source_id, alias, kind='LEFT JOIN')}.{column.name}"

    def selected(self, keys: Iterable[tuple[str, str]]) -> list[str]:
        """Return columns to select, by key and the name that they get."""
        return [
            place if place.endswith(f".{ours}") else f"{place} AS {ours}"
            for key, ours in keys
            if (place := self.place(key)) is not None
        ]

    @property
    def joins(self) -> str:
        """All the joins."""
        return " ".join(self._joins)


def compose(
    kind: str,
    names: Names,
    *,
    cone: tuple[float, float, float] | None = None,
    galaxies: int | None = None,
    top: int | None = None,
    with_spectra: bool = False,
) -> str:
    """Return the query for uploaded ids, a cone or a number of galaxies in an archive's names.

    `with_spectra` adds the columns of coefficients, of sources that have them; `top` rows at most.
    Raises a `DataError` if the archive has no table without which the query makes no sense.
    """
    sources = names.require("sources")
    candidates = names.table("galaxies") if kind == "ids" else names.require("galaxies")
    if kind == "ids":
        query = Composer(names, "a.source_id")
        start = f"tap_upload.{UPLOADED} AS a"
        main = query.join(sources.name, sources.source_id, "g")
        if candidates:
            query.join(candidates.name, candidates.source_id, "c", kind="LEFT JOIN")
    else:
        assert candidates is not None
        query = Composer(names, f"c.{candidates.source_id}")
        start = f"{candidates.name} AS c"
        query.start(candidates.name, "c")
        main = query.join(sources.name, sources.source_id, "g")
    first = f"{main}.{sources.source_id}"
    columns = [first if sources.source_id == "source_id" else f"{first} AS source_id"]
    columns += query.selected(OUTPUT.items())
    if with_spectra:
        table = names.require("spectra")
        # Of ids all are told, also those that have none.
        query.join(table.name, table.source_id, "x", kind="LEFT JOIN" if kind == "ids" else "JOIN")
        columns += query.selected((key, key) for key in SPECTRA)
    conditions, order = [], ""
    if kind != "ids":
        conditions = conditions_on(query, names, cone)
    if galaxies is not None:
        top = galaxies
        if redshift := query.place("redshift_ugc"):
            conditions.append(f"{redshift} IS NOT NULL")
        if index := query.place("random_index"):
            order = f" ORDER BY {index}"
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    most = f"TOP {top} " if top is not None else ""
    return f"SELECT {most}{', '.join(columns)} FROM {start} {query.joins}{where}{order}"


def spectra_query(names: Names) -> str:
    """Return the query for the coefficients of uploaded ids."""
    table = names.require("spectra")
    query = Composer(names, "a.source_id")
    query.join(table.name, table.source_id, "x")
    columns = ["a.source_id", *query.selected((key, key) for key in SPECTRA)]
    return f"SELECT {', '.join(columns)} FROM tap_upload.{UPLOADED} AS a {query.joins}"


def neighbours_query(names: Names, older: str, *, backwards: bool = False) -> str:
    """Return the query for the neighbours of uploaded ids of an older release ('dr3').

    It gives asked_id, source_id and, where the archive tells them, angular_distance and
    magnitude_difference; `backwards` from ids of the newer release to those of the older one.
    """
    table = names.require(f"neighbours_{older}")
    ids = names.column(f"{older}_source_id")
    assert ids is not None, "a table of neighbours is found by it"
    asked, found = (table.source_id, ids.name) if backwards else (ids.name, table.source_id)
    columns = ["a.source_id AS asked_id", f"n.{found} AS source_id"]
    for key in (DISTANCE, MAGNITUDE):
        if column := names.column(f"{older}_{key}"):
            columns.append(f"n.{column.name} AS {key}")
    selected = ", ".join(columns)
    on = f"n.{asked} = a.source_id"
    return f"SELECT {selected} FROM tap_upload.{UPLOADED} AS a JOIN {table.name} AS n ON {on}"


def conditions_on(
    query: Composer, names: Names, cone: tuple[float, float, float] | None = None
) -> list[str]:
    """Return the conditions of the purer sample of galaxies with XP spectra, and of a cone."""
    purer = [text.format(place) for key, text in PURER.items() if (place := query.place(key))]
    conditions = [f"({' OR '.join(purer)})"] if purer else []
    flag = names.column("has_xp")
    if flag is not None:
        conditions.append(_is_set(flag, query.place("has_xp") or ""))
    if cone is not None:
        ra, dec = query.place("ra"), query.place("dec")
        if ra is None or dec is None:
            raise DataError(f"{names.release}: this archive has no positions of sources.")
        middle = ", ".join(repr(value) for value in cone)
        conditions.append(f"1 = CONTAINS(POINT({ra}, {dec}), CIRCLE({middle}))")
    return conditions


def _is_set(flag: FoundColumn, place: str) -> str:
    """Return the condition of a flag, which is a word in some archives and a number in others."""
    numbers = ("short", "int", "integer", "smallint", "long", "bigint", "tinyint", "unsignedbyte")
    return f"{place} > 0" if flag.datatype in numbers else f"{place} = 'true'"
