"""What a service offers of all that xpz needs of a release, and what xpz makes of it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from core.amounts import n_of
from core.data.archive.config import ArchiveConfig
from core.data.archive.datalink import best_type
from core.data.archive.kept_names import KeptNames
from core.data.archive.link import Link
from core.data.archive.names import Names, sought_tables
from core.data.archive.question import ask, check_release
from core.data.archive.sought import REDSHIFTS, RETRIEVAL, columns_of
from core.data.archive.spectroscopic import WAYS, RedshiftTable, redshift_tables
from core.errors import DataError


@dataclass(frozen=True)
class Entry:
    """One thing that is sought: where it is and how it was recognised, or how xpz does without."""

    what: str
    place: str = ""  # empty where it is not there
    how: str = ""
    column: bool = False  # of the table that stands above it


@dataclass(frozen=True)
class Offer:
    """What a service has of a release.

    `retrieval` is the DataLink type that will be asked for, empty where there is none; `types` are
    all that it told for the galaxy `tried`, one of the release's.
    """

    service: str
    address: str
    release: str
    asked: str
    entries: tuple[Entry, ...]
    tables: tuple[str, ...]
    types: tuple[str, ...]
    retrieval: str
    verdicts: tuple[str, ...]

    @property
    def can_fetch(self) -> bool:
        """Whether `xpz fetch --ids` gets spectra there."""
        return not any(verdict.startswith("No spectra") for verdict in self.verdicts)

    def lines(self) -> Iterator[str]:
        """Yield lines for people."""
        where = self.address if self.service == self.address else f"{self.service} ({self.address})"
        yield f"{self.release} at {where}, asked {self.asked[:19]} UTC"
        yield n_of(len(self.tables), "table")
        width = max(len(entry.what) + 2 * entry.column for entry in self.entries)
        for entry in self.entries:
            label = f"{'  ' * entry.column}{entry.what}".ljust(width)
            yield f"  {label}  {entry.place or 'not there'}; {entry.how}"
        yield from self.verdicts

    def to_json(self) -> dict[str, Any]:
        """Return all of it for scripts."""
        return {
            "service": self.service,
            "address": self.address,
            "release": self.release,
            "asked": self.asked,
            "found": {e.what: {"place": e.place, "how": e.how} for e in self.entries if e.place},
            "missing": {e.what: e.how for e in self.entries if not e.place},
            "tables": list(self.tables),
            "retrieval_types": list(self.types),
            "retrieval_type": self.retrieval,
            "verdicts": list(self.verdicts),
            "can_fetch": self.can_fetch,
        }


def check_archive(
    release: str = "Gaia DR4",
    config: ArchiveConfig | None = None,
    say: Callable[[str], None] | None = None,
) -> Offer:
    """Ask a service anew for all that xpz needs of a release.

    Raises a `DataError` if it has no table of the release or cannot be reached, a `ConfigError` if
    there is no such release.
    """
    check_release(release)
    config = config or ArchiveConfig()
    with closing(Link(config, say or (lambda _: None))) as link:
        kept = link.look(release)
        types, trouble = _types(link, kept.names)
        labels = redshift_tables(link.tables_like(REDSHIFTS), kept.names)
    retrieval = best_type(types) or ""
    entries = tuple(_entries(kept.names))
    link_entry = _datalink(config, types, retrieval, trouble)
    return Offer(
        config.service.name,
        config.service.address,
        release,
        kept.asked,
        (*entries, link_entry, _redshifts(labels)),
        kept.names.present,
        tuple(types),
        retrieval,
        tuple(_verdicts(kept, config, retrieval, trouble)),
    )


def _types(link: Link, names: Names) -> tuple[list[str], str]:
    """Return the retrieval types of one galaxy, and why there are none."""
    if not link.by_datalink:
        return [], "this service has no DataLink of ESA's kind"
    try:
        found = link.query(ask(galaxies=1, release=names.release))
        ids = found["source_id"].tolist()
        if not ids:
            return [], "no galaxy was found to try it with"
        types = link.retrieval_types(ids, names.release)
    except DataError as error:
        return [], str(error)
    return types, "" if types else f"it told no type for source {ids[0]}"


def _entries(names: Names) -> Iterator[Entry]:
    for sought in sought_tables(names.release):
        table = names.table(sought.key)
        without = sought.without or "nothing can be asked for without it"
        if table is None:
            yield Entry(sought.what, how=without)
            continue
        yield Entry(sought.what, table.name, table.how)
        for column in columns_of(sought.key):
            found = names.column(column.key)
            if found is None:
                yield Entry(column.what, how=column.without or "needed", column=True)
            else:
                elsewhere = found.table != table.name
                place = f"{found.table}.{found.name}" if elsewhere else found.name
                yield Entry(column.what, place, found.how, column=True)


def _datalink(config: ArchiveConfig, types: list[str], retrieval: str, trouble: str) -> Entry:
    if not retrieval:
        return Entry(RETRIEVAL.what, how=trouble or f"found: {', '.join(types)}")
    return Entry(RETRIEVAL.what, retrieval, f"of {', '.join(types)}")


def _redshifts(tables: list[RedshiftTable]) -> Entry:
    """Return where galaxies with spectroscopic redshifts are found; see `xpz first-light`."""
    if not tables:
        return Entry(REDSHIFTS.what, how=REDSHIFTS.without)
    best = tables[0]
    return Entry(REDSHIFTS.what, best.name, f"joined {WAYS[best.way]}")


def _verdicts(
    kept: KeptNames, config: ArchiveConfig, retrieval: str, trouble: str
) -> Iterator[str]:
    names = kept.names
    if names.table("sources") is None:
        yield "Not one query of ours can be asked: there is no table of sources. Use --adql."
    elif names.table("galaxies") is None:
        yield "Ids and ADQL can be asked for; cones and numbers of galaxies cannot."
    else:
        yield "Ids, cones, numbers of galaxies and ADQL can be asked for."
    if retrieval:
        yield f"Spectra come by DataLink, as {retrieval}."
    elif names.table("spectra") is not None and not config.service.data:
        yield "Spectra come with their sources by one query, as array columns."
    elif config.service.data:
        yield (
            "Spectra may come by DataLink, but its types could not be learned: "
            f"{trouble or 'none of those told is of coefficients'}."
        )
    else:
        yield "No spectra come from this service: fetch them elsewhere by --ids."
    if any(table.key.startswith("neighbours") for table in names.tables):
        yield "A table leads ids of an older release to this one."
