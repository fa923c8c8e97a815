"""From the ids of one release to those of another, by the archive's tables of neighbours.

A galaxy has another source_id in each release, and the table of neighbours is many to many: near
a source of one release there may be several of the other, or none.
"""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.account import Account
from core.data.archive.config import ArchiveConfig
from core.data.archive.link import Link
from core.data.archive.question import ask
from core.data.archive.sought import DISTANCE, MAGNITUDE
from core.data.labels.agreement import REPEATED
from core.data.labels.by_hand import release_in
from core.data.labels.names import NEVER, kind_of
from core.data.labels.release import (
    TEXT,
    WITHOUT_SPECTRA,
    of_name,
    release_of,
    require_release,
)
from core.data.source_tables import SourceTable, open_table, plain_list
from core.data.spectra.own_cells import is_scalar, own_columns
from core.data.tables.cells import NO_ID, to_ids, to_texts, without_id
from core.errors import ConfigError, DataError
from core.meanings import meanings_of, tell

MAX_MAGNITUDE_DIFFERENCE = 1.0
"""[mag] In G: a nearer neighbour that differs by more gives way to one that does not. Releases
agree on most galaxies to some tenths; the two parts of a close pair differ by more."""

SEVERAL = "with several neighbours, the best one taken"
NO_NEIGHBOUR = "no neighbour in {}"
TAKEN = "its neighbour is better taken by another source"

UGC = ("redshift_ugc", "redshift_ugc_lower", "redshift_ugc_upper")


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Sources of one release led to another.

    Attributes
    ----------
    table : pd.DataFrame
        A row per source that has a neighbour, in the order of the input: source_id (of the new
        release) and `release`, the input's id in a column such as dr3_id, separation_mas [mas],
        magnitude_difference [mag], n_neighbours, and the input's own columns.
    account : Account
        What became of the ids.
    """

    table: pd.DataFrame
    account: Account


def find_neighbours(
    path: str | Path,
    start: str,
    target: str,
    config: ArchiveConfig | None = None,
    *,
    id_column: str | None = None,
    with_ugc: bool = False,
    say: Callable[[str], None] | None = None,
) -> Neighbours:
    """Lead the sources of a list or a table from a release to another one.

    Of several neighbours the nearest is taken whose G differs by at most
    `MAX_MAGNITUDE_DIFFERENCE`, where the archive tells both; else the nearest. Where two sources
    share a neighbour, that which fits it better keeps it.

    Parameters
    ----------
    path : str or Path
        A text file with an id a line, or a table with source_id, whose other columns are kept.
    start, target : str
        Releases, such as 'Gaia DR3' and 'Gaia DR4', either way round.
    config : ArchiveConfig, optional
    id_column : str, optional
        Of a table, where names do not decide.
    with_ugc : bool
        Whether the redshifts of Gaia's UGC, and their bounds, are brought from the older release.
    say : callable, optional
        Takes a sentence for people.

    Raises
    ------
    DataError
        If the file has no ids, or those of another release than `start`; if the archive has no
        such table, refuses the query or cannot be reached.
    ConfigError
        If a release is none, or both are the same.
    """
    older, newer = sorted((start, target), key=_number)
    if older == newer:
        raise ConfigError(f"Releases: expected two different ones, received '{start}' twice.")
    say = say or (lambda _: None)
    own = _read(Path(path), start, id_column)
    ids = own["asked_id"].to_numpy()
    no_id = without_id(ids)
    unique = pd.unique(ids[~no_id])
    if not len(unique):
        raise DataError(f"{path}: expected at least one source_id, found none.")
    with closing(Link(config or ArchiveConfig(), say)) as link:
        short = older.removeprefix("Gaia ").lower()
        answers = link.neighbours(unique, newer, short, backwards=start == newer)
        pairs = pd.concat([_pairs(answer) for answer in answers], ignore_index=True)
        best = _best(pairs)
        if with_ugc and len(best):
            of_older = best["source_id" if target == older else "asked_id"].to_numpy()
            best = _with_ugc(best, of_older, link.query(ask(ids=of_older, release=older)))
    account = Account("sources", 1, 1, rows=len(ids), release=start)
    account.count_ids(ids[~no_id])
    told = start.removeprefix("Gaia ").lower()
    reasons = {
        NO_ID: no_id,
        REPEATED: pd.Series(ids).duplicated().to_numpy(),
        NO_NEIGHBOUR.format(target): ~np.isin(ids, pairs["asked_id"]),
        TAKEN: ~np.isin(ids, best["asked_id"]),
    }
    keep = account.leave_out(reasons, np.ones(len(ids), bool))
    table = own[keep].merge(best, on="asked_id", how="left", suffixes=("_input", ""))
    account.used = len(table)
    if n := int((table["n_neighbours"] > 1).sum()):
        account.noted[SEVERAL] = n
    table.insert(0, "release", target)
    table = table.rename(columns={"asked_id": f"{told}_id", DISTANCE: "separation_mas"})
    first = ["source_id", "release", f"{told}_id", "separation_mas", MAGNITUDE, "n_neighbours"]
    rest = [name for name in table.columns if name not in first]
    return Neighbours(tell(table[[*first, *rest]], meanings_of(own)), account)


def _number(release: str) -> int:
    read = re.fullmatch(r"Gaia DR([1-9]\d?)", release)
    if read is None:
        raise ConfigError(
            f"Release: expected one such as Gaia DR3 or Gaia DR4, received '{release}'."
        )
    return int(read[1])


def _read(path: Path, release: str, id_column: str | None) -> pd.DataFrame:
    """Return ids as asked_id, and the input's own columns under names that mislead nobody."""
    short = release.removeprefix("Gaia ")
    listed = plain_list(path)
    if listed is not None:
        require_release(release_of("source_id", listed, path.name), "source_id", path.name, short)
        return pd.DataFrame({"asked_id": _ids(listed, "source_id", path.name, short)})
    by_hand = {"source_id": id_column} if id_column else {}
    table = open_table(path, by_hand=by_hand)
    opened, names = table.opened, table.opened.names
    column = _column(table, short, by_hand)
    at = names.index(column)
    cells = opened.whole((at,)).column(at)
    told = release_of(column, cells.tolist(), opened.name)
    if told is None and short not in WITHOUT_SPECTRA:  # by what stands beside
        told = release_in(opened, at)
    require_release(told, column, opened.name, short)
    own = pd.DataFrame({"asked_id": _ids(cells, column, opened.name, short)})
    first = opened.first(range(len(names)))
    kept = [i for i in range(len(names)) if i != at and is_scalar(first.column(i))]
    if not kept:
        return own
    others = own_columns(opened.whole(kept), kept, opened.stream)
    # Ids and magnitudes of one release must not be taken for those of another.
    of_release = {
        name: f"{name}_of_{short.lower()}"
        for name in map(str, others)
        for quantity in ("source_id", "g_mag")
        if (kind := kind_of(quantity, name, names)) is not None and kind.rank < NEVER
    }
    ours = {name: f"{name}_input" for name in map(str, others) if name in _OURS}
    renamed = ours | of_release
    joined = pd.concat([own, others.rename(columns=renamed)], axis=1)
    meanings = meanings_of(others).items()
    return tell(joined, {renamed.get(name, name): meaning for name, meaning in meanings})


def _column(table: SourceTable, short: str, by_hand: dict[str, str]) -> str:
    """Return the column of ids: as named, else that of this release, else what names decide."""
    names = table.opened.names
    if not by_hand:
        own = [n for n in names if of_name(n) == short and kind_of("source_id", n, names)]
        if len(own) == 1:
            return own[0]
    return table.id_column(by_hand)


def _ids(cells: np.ndarray, column: str, name: str, short: str) -> np.ndarray:
    """Return ids, -1 where there is none; those of releases without spectra are welcome here."""
    if short in WITHOUT_SPECTRA and cells.dtype.kind not in "iuf":
        cells = to_texts(cells).str.replace(TEXT, "", regex=True).str.strip().to_numpy(object)
    return to_ids(cells, "source_id" if short in WITHOUT_SPECTRA else column, name, lenient=True)


_OURS = ("release", "asked_id", DISTANCE, "separation_mas", MAGNITUDE, "n_neighbours")


def _pairs(answer: Any) -> pd.DataFrame:
    """Return an answer's pairs of ids, each once, with distance [mas] and difference [mag]."""
    names = {name.lower(): name for name in answer.colnames}
    found = pd.DataFrame(
        {
            name: to_ids(np.asarray(answer[names[name]]), name, "The archive's answer")
            if len(answer)
            else np.empty(0, np.int64)
            for name in ("asked_id", "source_id")
        }
    )
    for name, unit in ((DISTANCE, "mas"), (MAGNITUDE, "mag")):
        values = np.full(len(found), np.nan)
        if name in names:
            column = answer[names[name]]
            values = np.ma.filled(np.ma.asarray(column, np.float64), np.nan)
            if column.unit is not None and column.unit.is_equivalent(unit):
                values = (values * column.unit).to_value(unit)
        found[name] = values
    return found.drop_duplicates(["asked_id", "source_id"], ignore_index=True)


def _best(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return one pair of each source that was asked for, and of each that was found."""
    difference = pairs[MAGNITUDE].abs()
    ranked = pairs.assign(
        n_neighbours=pairs.groupby("asked_id")["source_id"].transform("size"),
        other=difference > MAX_MAGNITUDE_DIFFERENCE,  # of unknown ones nothing is said
        difference=difference,
    ).sort_values(["other", DISTANCE, "difference", "source_id"], kind="stable")
    best = ranked.drop_duplicates("asked_id").drop_duplicates("source_id")
    return best.drop(columns=["other", "difference"]).reset_index(drop=True)


def _with_ugc(best: pd.DataFrame, of_older: np.ndarray, known: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs with the redshifts of UGC that the older release gives its sources."""
    columns = [name for name in UGC if name in known]
    ugc = known.drop_duplicates("source_id").set_index("source_id")[columns]
    return pd.concat([best, ugc.reindex(of_older).reset_index(drop=True)], axis=1)
