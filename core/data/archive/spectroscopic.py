"""Galaxies with XP spectra and spectroscopic redshifts, by queries in an archive's own names.

ESA's archive has SDSS's photometry and Gaia's neighbours in it, but no redshifts of SDSS; those of
LAMOST's galaxies it has. What another archive or a later release has is not known beforehand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.data.archive.adql import Composer, conditions_on
from core.data.archive.names import Names
from core.data.archive.schema import Table
from core.data.archive.sought import (
    REDSHIFTS,
    SDSS_OBJECT,
    SDSS_PHOTOMETRY,
    SDSS_SPECTRUM,
    SOURCE_ID,
    Sought,
)
from core.data.labels.choice import choose, choose_position
from core.data.labels.names import MAYBE_MAGNITUDE
from core.data.labels.quality import quality_of
from core.data.labels.surveys import SURVEYS
from core.data.redshift_tables import ERRORS

BY_ID, BY_SDSS, BY_PLACE = "source_id", "sdss", "place"

WAYS = {
    BY_ID: "by its own Gaia source ids",
    BY_SDSS: "by SDSS's identifiers, through Gaia's table of neighbours",
    BY_PLACE: "by place on the sky",
}
"""How a table of redshifts is joined to Gaia's sources, in words."""

ARCSEC_PER_DEG = 3600.0


@dataclass(frozen=True)
class RedshiftTable:
    """A table of spectroscopic redshifts in an archive.

    Attributes
    ----------
    name : str
        As queries name it.
    survey : str
        Whose redshifts they are, '' if nobody recognises them.
    quality : str
        The cuts that its redshifts must meet, in words.
    way : str
        How it is joined to Gaia's sources: one of `WAYS`.
    on : tuple of str
        Its columns that it is joined by.
    columns : tuple of str
        Its redshifts, their errors, and what tells their quality.
    """

    name: str
    survey: str
    quality: str
    way: str
    on: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Photometry:
    """The table that tells of which of its objects SDSS took a spectrum, and its columns."""

    name: str
    objid: str
    specobjid: str
    datatype: str  # of specobjid


def redshift_tables(tables: Iterable[Table], names: Names) -> list[RedshiftTable]:
    """Return which of an archive's tables hold spectroscopic redshifts, the best first.

    A name is not enough: there must be one column of redshifts, columns of their quality, and a way
    to Gaia's sources. The z of SDSS's photometry is a magnitude.
    """
    found = []
    for table in tables:
        rank = REDSHIFTS.rank(table.short, table.description)
        labels = None if rank is None else _redshifts_of(table, names)
        if labels is not None:
            found.append(((rank, not labels.survey, table.name), labels))
    return [labels for _, labels in sorted(found, key=lambda pair: pair[0])]


def photometry_of(tables: Iterable[Table]) -> Photometry | None:
    """Return SDSS's photometry, if an archive has it with the identifiers of spectra."""
    for table in tables:
        if SDSS_PHOTOMETRY.rank(table.short, table.description) is None:
            continue
        objid, spectrum = (_column(table, sought) for sought in (SDSS_OBJECT, SDSS_SPECTRUM))
        if objid and spectrum:
            types = {column.name: column.datatype.lower() for column in table.columns}
            return Photometry(table.name, objid, spectrum, types[spectrum])
    return None


def labelled_query(names: Names, table: RedshiftTable, radius_arcsec: float) -> str:
    """Return the query for galaxies with XP spectra and a redshift in a table of the archive.

    source_id, and the columns of the table. Raises a `DataError` if the archive has no galaxies.
    """
    first, query, columns, conditions = _galaxies(names)
    columns += [f"s.{column}" for column in table.columns]
    if table.way == BY_ID:
        on = f"s.{table.on[0]} = {query.first}"
    elif table.way == BY_SDSS:
        on = f"s.{table.on[0]} = {query.place('sdss_id')}"
    else:
        places = (f"POINT(s.{table.on[0]}, s.{table.on[1]})", _position(query))
        radius = radius_arcsec / ARCSEC_PER_DEG
        on = f"1 = CONTAINS({places[0]}, CIRCLE({places[1]}, {radius!r}))"
    join = f"JOIN {table.name} AS s ON {on}"
    return _select("", columns, f"{first} {query.joins} {join}", conditions)


def candidates_query(names: Names, most: int, photometry: Photometry | None = None) -> str:
    """Return the query for at most so many galaxies with XP spectra, with their places.

    In the order of random_index, where there is one. `photometry` leaves out those of which SDSS
    took no spectrum, where the archive knows SDSS's neighbours.
    """
    first, query, columns, conditions = _galaxies(names)
    columns += query.selected((("ra", "ra"), ("dec", "dec"), ("g_mag", "phot_g_mean_mag")))
    order = f" ORDER BY {index}" if (index := query.place("random_index")) else ""
    joins = query.joins
    if photometry is not None and (sdss_id := query.place("sdss_id")):
        none = "'0'" if "char" in photometry.datatype or "text" in photometry.datatype else "0"
        joins = f"{query.joins} JOIN {photometry.name} AS p ON p.{photometry.objid} = {sdss_id}"
        conditions.append(f"p.{photometry.specobjid} <> {none}")
    return _select(f"TOP {most} ", columns, f"{first} {joins}", conditions) + order


def _redshifts_of(table: Table, names: Names) -> RedshiftTable | None:
    columns = [column.name for column in table.columns]
    z, quality = choose("z", columns), quality_of(columns)
    if z.column is None or z.kind == MAYBE_MAGNITUDE or not quality.cuts:
        return None
    if not (quality.survey or quality.tells_type):
        return None
    way, on = _way(table, names)
    if not on:
        return None
    spelt = {column.lower(): column for column in reversed(columns)}
    telling = next(
        (
            survey.telling
            for survey in SURVEYS
            if survey.name == quality.survey and set(survey.telling) <= set(spelt)
        ),
        (),
    )
    errors = [spelt[name] for name in ERRORS if name in spelt][:1]
    held = (z.column, *errors, *quality.columns, *(spelt[name] for name in telling))
    return RedshiftTable(
        table.name, quality.survey, quality.words, way, on, tuple(dict.fromkeys(held))
    )


def _way(table: Table, names: Names) -> tuple[str, tuple[str, ...]]:
    """Return how a table is joined to Gaia's sources, and its columns for that; () for no way.

    Its own ids count where they are of the same release: those of another are other sources.
    """
    if table.release == names.release and (own := _column(table, SOURCE_ID)):
        return BY_ID, (own,)
    if names.column("sdss_id") is not None and (objid := _column(table, SDSS_OBJECT)):
        return BY_SDSS, (objid,)
    ra, dec = choose_position([column.name for column in table.columns])
    if ra.column is None or dec.column is None:
        return BY_PLACE, ()
    return BY_PLACE, (ra.column, dec.column)


def _galaxies(names: Names) -> tuple[str, Composer, list[str], list[str]]:
    """Return the purer sample of galaxies with XP spectra: its table, query, ids, conditions."""
    sources, candidates = names.require("sources"), names.require("galaxies")
    query = Composer(names, f"c.{candidates.source_id}")
    query.start(candidates.name, "c")
    main = query.join(sources.name, sources.source_id, "g")
    columns = [f"{main}.{sources.source_id} AS source_id"]
    return f"{candidates.name} AS c", query, columns, conditions_on(query, names)


def _position(query: Composer) -> str:
    return f"{query.place('ra')}, {query.place('dec')}"


def _select(top: str, columns: Sequence[str], tables: str, conditions: Sequence[str]) -> str:
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {top}{', '.join(columns)} FROM {tables}{where}"


def _column(table: Table, sought: Sought) -> str:
    ranks = ((sought.rank(column.name, ""), column.name) for column in table.columns)
    return min(((rank, name) for rank, name in ranks if rank is not None), default=(0, ""))[1]
