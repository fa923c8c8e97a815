"""Sources matched with spectroscopic redshifts on the sky, one to one.

Galaxies show no proper motion, so no positions are brought to another epoch: a
few milliarcseconds of apparent motion are nothing beside fibres and seeing.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.data.labels.agreement import one_each
from core.data.redshift_tables import Redshifts
from core.errors import ConfigError, DataError


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
        raise DataError("Sources: expected declinations from -90 to 90 degrees.")
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
    return pd.concat([added, own], axis=1), counts


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
