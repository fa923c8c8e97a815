"""The galaxies of a first light: those with XP spectra of which a spectroscopic redshift is known.

From a table in the archive, joined there; or from one of the user's, matched here with the list of
the archive's galaxies.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.atomic import replacing, write_json
from core.data.archive.link import Link
from core.data.archive.names import Names
from core.data.archive.patience import RefusedError
from core.data.archive.question import Question
from core.data.archive.sought import REDSHIFTS, SDSS_PHOTOMETRY
from core.data.archive.spectroscopic import (
    WAYS,
    candidates_query,
    labelled_query,
    photometry_of,
    redshift_tables,
)
from core.data.matching import Matched, match_by_id, match_by_place
from core.data.redshift_tables import read_redshifts
from core.data.source_tables import open_table
from core.errors import DataError
from core.first_light.config import MIN_GALAXIES, FirstLightConfig, Folder
from core.prediction.catalogue.formats import write_table

Say = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """Where redshifts are from: a table, how it was joined, the query that was sent."""

    table: str
    survey: str
    quality: str  # the cuts that redshifts met, in words
    way: str  # how they were joined, in words
    query: str
    others: tuple[str, ...] = ()  # further tables of redshifts that are there


def find_redshifts(folder: Folder, config: FirstLightConfig, say: Say) -> str:
    """Write labels.parquet, the galaxies with redshifts, at most as many as asked; say how many.

    Raises a `DataError` if the archive has no redshifts and none were given, or too few are left.
    """
    folder.labels.parent.mkdir(parents=True, exist_ok=True)
    with closing(Link(config.archive, say)) as link:
        names = link.names(config.release)
        for sentence in names.missing("cone"):
            say(sentence)
        if config.redshifts is None:
            found, matched = _of_archive(link, names, folder, config, say)
        else:
            found, matched = _of_user(link, names, folder, config, say)
    drawn = draw(matched.table, config.galaxies, config.seed)
    n_all, n = matched.table["source_id"].nunique(), drawn["source_id"].nunique()
    if n < MIN_GALAXIES:
        raise DataError(_too_few(n, found, config, matched))
    write_table(drawn, folder.labels, matched.about)
    told = [account.to_json() for account in matched.accounts]
    write_json(folder.found, asdict(found) | {"n_found": n_all, "n_drawn": n, "accounts": told})
    of_all = f" of {n_all:,}, drawn at random" if n < n_all else ""
    return (
        f"{n_of(n, 'galaxy')}{of_all}, with XP spectra and a redshift of "
        f"{found.survey or found.table}, joined {found.way}; cuts: {found.quality}"
    )


def draw(table: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Return the rows of at most `n` sources, the same ones each time; by rising source_id."""
    ids = np.unique(table["source_id"])
    if len(ids) > n:
        ids = np.random.default_rng(seed).choice(ids, n, replace=False)
    kept = table[table["source_id"].isin(ids)]
    return kept.sort_values("source_id", kind="stable", ignore_index=True)


def _of_archive(
    link: Link, names: Names, folder: Folder, config: FirstLightConfig, say: Say
) -> tuple[Found, Matched]:
    """Return the redshifts of the archive's best table, joined there."""
    tables = link.tables_like(REDSHIFTS)
    usable = redshift_tables(tables, names)
    if not usable:
        raise DataError(_no_table(names, [table.name for table in tables], config))
    best, *others = usable
    say(f"{best.name} has spectroscopic redshifts; joined {WAYS[best.way]}.")
    query = labelled_query(names, best, config.radius_arcsec)
    try:
        rows = link.query(Question("adql", query, config.release))
    except RefusedError as error:  # a join that it does not allow, for example
        raise DataError(f"{error} Or do without {best.name}. {_GIVE}") from error
    _write(rows, folder.sent)
    found = Found(
        best.name,
        best.survey,
        best.quality,
        WAYS[best.way],
        query,
        tuple(other.name for other in others),
    )
    if not len(rows):
        raise DataError(
            f"{best.name}: none of its redshifts is of a galaxy with an XP spectrum in "
            f"{config.release}. {_GIVE}"
        )
    return found, match_by_id(folder.sent, release=_short(config.release))


def _of_user(
    link: Link, names: Names, folder: Folder, config: FirstLightConfig, say: Say
) -> tuple[Found, Matched]:
    """Return the redshifts of a table of the user's, matched with the archive's galaxies here."""
    path = Path(str(config.redshifts))
    table = open_table(path, ("z",))
    by_ids = table.has(("source_id",), {})
    # Read before the archive is asked for what may not be needed.
    theirs = read_redshifts(path, by_ids=by_ids)
    photometry = None
    if theirs.quality.survey == "SDSS" and not by_ids:
        photometry = photometry_of(link.tables_like(SDSS_PHOTOMETRY))
        if photometry is not None:
            say(f"Of galaxies without a spectrum of SDSS ({photometry.name}) none is asked for.")
    query = candidates_query(names, config.most_candidates, photometry)
    rows = link.query(Question("adql", query, config.release)).drop_duplicates("source_id")
    say(
        f"{n_of(len(rows), 'galaxy')} with XP spectra, to match {n_of(len(theirs), 'redshift')} "
        "with."
    )
    _write(rows, folder.sent)
    if by_ids:
        way, matched = "by their source_id", match_by_id(path, release=_short(config.release))
        known = matched.table["source_id"].isin(rows["source_id"])
        matched = Matched(matched.table[known], matched.accounts)
    else:
        way = f"by place on the sky, within {config.radius_arcsec:g} arcsec"
        matched = match_by_place(folder.sent, path, config.radius_arcsec)
    survey, quality = theirs.quality.survey, theirs.quality.words
    return Found(path.name, survey, quality, way, query), matched


_GIVE = (
    "Download one, such as SDSS's specObj-dr17.fits (data.sdss.org/sas/dr17/sdss/spectro/redux), "
    "and repeat the command with --redshifts FILE: it is matched with the galaxies here."
)


def _no_table(names: Names, looked_at: list[str], config: FirstLightConfig) -> str:
    sdss = names.table("sdss")
    beside = f" {sdss.name} leads to SDSS's photometry, which has none." if sdss else ""
    seen = f" (looked at {', '.join(looked_at[:8])})" if looked_at else ""
    return (
        f"{config.release} at {config.archive.service.name}: there is no table of spectroscopic "
        f"redshifts that could be joined to its galaxies{seen}.{beside} {_GIVE}"
    )


def _too_few(n: int, found: Found, config: FirstLightConfig, matched: Matched) -> str:
    left_out = {
        reason: count for account in matched.accounts for reason, count in account.left_out.items()
    }
    why = "; ".join(f"{count:,} {reason}" for reason, count in left_out.items() if count)
    return (
        f"{found.table}: expected redshifts of at least {MIN_GALAXIES} galaxies with XP spectra, "
        f"found {n:,}{f' ({why})' if why else ''}. {_GIVE if config.redshifts is None else ''}"
        f"{'Give a larger table, or a wider --radius.' if config.redshifts else ''}"
    )


def _write(rows: pd.DataFrame, path: Path) -> None:
    with replacing(path) as temporary:
        rows.to_parquet(temporary, index=False)


def _short(release: str) -> str:
    return release.removeprefix("Gaia ")
