"""Sources matched with spectroscopic redshifts on the sky, one to one.

Galaxies show no proper motion, so no positions are brought to another epoch: a
few milliarcseconds of apparent motion are nothing beside fibres and seeing.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.data.account import Account
from core.data.labels.agreement import one_each
from core.data.redshift_tables import Redshifts
from core.errors import ConfigError, DataError
from core.meanings import meanings_of, tell


@dataclass(frozen=True)
class Counts:
    """What became of the rows."""

    n_sources: int  # that have a position
    n_redshifts: int
    n_without_position: int  # sources left out
    n_near: int  # redshifts within the radius of a source; of these:
    n_repeated: int  # further observations of an object that has a better one
    n_contradicting: int  # observations of one place that disagree on the redshift; none is used
    n_crowded: int  # objects whose source was nearer to another
    n_matched: int


def crossmatch(
    sources: pd.DataFrame, redshifts: Redshifts, radius_arcsec: float
) -> tuple[pd.DataFrame, Counts]:
    """Give sources the spectroscopic redshift of their place on the sky.

    Rows of the redshift table that lie within the radius [arcsec] of each other are observations
    of one object: the one with the smallest error stands for it, unless they disagree (see
    `core.data.labels.agreement`). Then every pair within the radius is taken by rising separation
    if both are still free, so each source has at most one redshift and each object at most one
    source.

    `sources` has source_id, ra and dec [deg]. The table has source_id, z_spec, separation_arcsec,
    redshift_row (row of the redshift table, from 0), then the sources' own columns; in the order
    of the sources. Raises a `ConfigError` over the radius, a `DataError` over a declination.
    """
    if not 0 < radius_arcsec <= 3600:
        raise ConfigError(
            f"Radius: expected more than 0 and up to 3600 arcsec, received {radius_arcsec:g}."
        )
    placed = np.isfinite(sources["ra"]) & np.isfinite(sources["dec"])
    n_without_position = int((~placed).sum())
    sources = sources[placed].reset_index(drop=True)
    if (sources["dec"].abs() > 90).any():
        raise DataError(
            "Sources: expected declinations from -90 to 90 degrees, found up to "
            f"{sources['dec'].abs().max():g}. RA and Dec may be swapped: name the columns so."
        )
    ours = sources["ra"].to_numpy(np.float64), sources["dec"].to_numpy(np.float64)
    pairs = _pairs_within(ours, (redshifts.ra, redshifts.dec), radius_arcsec)
    near = np.unique(pairs["redshift"])
    kept, n_repeated, n_contradicting = _one_per_object(redshifts, near, radius_arcsec)
    pairs = pairs[np.isin(pairs["redshift"], kept)]
    matches = _nearest_first(pairs).sort_values("source", ignore_index=True)
    counts = Counts(
        n_sources=len(sources),
        n_redshifts=len(redshifts),
        n_without_position=n_without_position,
        n_near=len(near),
        n_repeated=n_repeated,
        n_contradicting=n_contradicting,
        n_crowded=len(kept) - len(matches),
        n_matched=len(matches),
    )
    matched = sources.iloc[matches["source"]].reset_index(drop=True)
    chosen = matches["redshift"].to_numpy()
    added = pd.DataFrame(
        {
            "source_id": matched.pop("source_id"),
            "z_spec": redshifts.z[chosen],
            "separation_arcsec": matches["separation_arcsec"],
            "redshift_row": redshifts.row[chosen],
        }
    )
    own = matched.drop(columns=[column for column in added if column in matched])
    table = pd.concat([added, own], axis=1)
    return tell(table, meanings_of(sources) | redshifts.meanings), counts


def nothing_matched(sources: pd.DataFrame, redshifts: Redshifts, radius_arcsec: float) -> DataError:
    """Return the error of a match that found nothing: it says where the two lie."""
    from astropy.coordinates import SkyCoord

    ours = sources[["ra", "dec"]].dropna()
    where = "no source has a position"
    if len(ours):
        there = SkyCoord(redshifts.ra, redshifts.dec, unit="deg")
        _, separation, _ = SkyCoord(ours["ra"], ours["dec"], unit="deg").match_to_catalog_sky(there)
        where = (
            f"the sources lie {_range(ours['ra'], ours['dec'])}, the redshifts "
            f"{_range(redshifts.ra, redshifts.dec)}, the nearest two "
            f"{separation.arcsec.min():,.6g} arcsec apart"
        )
    swapped = ""
    if len(ours) and np.all(np.abs(redshifts.ra) <= 90):
        turned = replace(redshifts, ra=redshifts.dec % 360, dec=redshifts.ra)
        if len(crossmatch(sources, turned, radius_arcsec)[0]):
            swapped = " If RA and Dec of the redshifts are swapped, some do: name them so."
    small = np.max(np.abs(redshifts.ra)) <= 2 * np.pi and np.max(np.abs(redshifts.dec)) <= np.pi / 2
    radians = " Those of the redshifts may be radians, which the file must declare." * bool(small)
    return DataError(
        f"No redshift lies within {radius_arcsec:g} arcsec of a source: {where}. Check the columns "
        f"of the redshifts (--ra, --dec), their units and the radius.{radians}{swapped} "
        "No table is written."
    )


def _range(ra: np.ndarray | pd.Series, dec: np.ndarray | pd.Series) -> str:
    axes = (("RA", ra), ("Dec", dec))
    return " and ".join(f"in {name} {np.min(v):g} to {np.max(v):g} deg" for name, v in axes)


def accounts(
    counts: Counts, sources: Account, redshifts: Account, radius_arcsec: float
) -> tuple[Account, Account]:
    """Complete the accounts of what was read by what became of it in the match."""
    theirs, n = Counter(redshifts.left_out), counts.n_redshifts
    theirs[f"no source within {radius_arcsec:g} arcsec"] = n - counts.n_near
    theirs["repeated observations, the best one kept"] = counts.n_repeated
    theirs["disagree on the redshift"] = counts.n_contradicting
    theirs["the source is nearer to another"] = counts.n_crowded
    ours = Counter(sources.left_out)
    ours["no position"] = counts.n_without_position
    ours["no redshift for it"] = counts.n_sources - counts.n_matched
    return (
        replace(sources, used=counts.n_matched, left_out=+ours),
        replace(redshifts, used=counts.n_matched, left_out=+theirs),
    )


def _pairs_within(
    first: tuple[np.ndarray, np.ndarray],
    second: tuple[np.ndarray, np.ndarray],
    radius_arcsec: float,
) -> pd.DataFrame:
    """Return rows (source, redshift) and separation of all pairs within the radius."""
    from astropy import units
    from astropy.coordinates import SkyCoord, search_around_sky

    ours, theirs = (SkyCoord(ra, dec, unit="deg") for ra, dec in (first, second))
    if not len(ours) or not len(theirs):
        return pd.DataFrame({"source": [], "redshift": [], "separation_arcsec": []}, dtype=int)
    source, redshift, separation, _ = search_around_sky(ours, theirs, radius_arcsec * units.arcsec)
    return pd.DataFrame(
        {"source": source, "redshift": redshift, "separation_arcsec": separation.arcsec}
    )


def _one_per_object(
    redshifts: Redshifts, rows: np.ndarray, radius_arcsec: float
) -> tuple[np.ndarray, int, int]:
    """Return the best row of each object, and how many were repeated or contradict each other."""
    place = redshifts.ra[rows], redshifts.dec[rows]
    pairs = _pairs_within(place, place, radius_arcsec)
    links = (np.ones(len(pairs)), (pairs["source"], pairs["redshift"]))
    _, label = connected_components(coo_array(links, shape=(len(rows), len(rows))), directed=False)
    chosen, n_repeated, n_contradicting = one_each(
        label, redshifts.z[rows], redshifts.z_error[rows]
    )
    return rows[chosen], n_repeated, n_contradicting


def _nearest_first(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs by rising separation, each source and each redshift at most once."""
    ordered = pairs.sort_values(["separation_arcsec", "source", "redshift"], ignore_index=True)
    used_sources: set[int] = set()
    used_redshifts: set[int] = set()
    taken = []
    for row, (source, redshift) in enumerate(
        zip(ordered["source"].tolist(), ordered["redshift"].tolist(), strict=True)
    ):
        if source not in used_sources and redshift not in used_redshifts:
            used_sources.add(source)
            used_redshifts.add(redshift)
            taken.append(row)
    return ordered.iloc[taken]
