"""What is asked of the archive: ids, a cone, galaxies with redshifts, or any ADQL."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.data.archive.config import XP_CONTINUOUS
from core.data.source_tables import read_ids
from core.errors import ConfigError, DataError

UPLOADED = "asked"
"""Name of the uploaded table of ids within the query (tap_upload.asked)."""

COLUMNS = (
    "g.source_id, g.ra, g.dec, g.phot_g_mean_mag, "
    "c.redshift_ugc, c.redshift_ugc_lower, c.redshift_ugc_upper"
)

# The purer sample of galaxy candidates: Gaia Collaboration, Bailer-Jones et al. 2023
# (A&A 674, A41), appendix with ADQL; 2.9 million sources, about 95 % galaxies.
PURER = (
    "(c.radius_sersic IS NOT NULL OR c.classlabel_dsc_joint = 'galaxy' "
    "OR c.vari_best_class_name = 'GALAXY')"
)


@dataclass(frozen=True, eq=False)
class Question:
    """A query for sources whose spectra are wanted.

    Attributes
    ----------
    kind : str
        'ids', 'cone', 'galaxies' or 'adql'.
    adql : str
        The query; it gives source_id and whatever else it selects.
    release : str
        A key of `XP_CONTINUOUS`, for example 'Gaia DR3'.
    ids : np.ndarray of int64, or None
        Sent along as the table tap_upload.asked.
    """

    kind: str
    adql: str
    release: str = "Gaia DR3"
    ids: np.ndarray | None = None

    def __post_init__(self) -> None:
        _schema(self.release)

    def to_dict(self) -> dict[str, Any]:
        """Return what tells this question from others, as JSON can hold it."""
        told: dict[str, Any] = {"kind": self.kind, "adql": self.adql, "release": self.release}
        if self.ids is not None:
            content = np.ascontiguousarray(self.ids, "<i8").tobytes()
            told |= {"n_ids": len(self.ids), "ids_sha256": hashlib.sha256(content).hexdigest()}
        return told


def ask(
    *,
    ids: ArrayLike | str | Path | None = None,
    adql: str | None = None,
    cone: tuple[float, float, float] | None = None,
    galaxies: int | None = None,
    release: str = "Gaia DR3",
) -> Question:
    """Ask in one of four ways.

    Parameters
    ----------
    ids : array-like of int, str or Path, optional
        Ids of sources; or a file: a table with source_id, or a list of one id per line.
    adql : str, optional
        A query that selects source_id, or the name of a file that holds it.
    cone : (float, float, float), optional
        Galaxies around a right ascension and a declination, within a radius [deg].
    galaxies : int, optional
        This number of galaxies with redshift_ugc.
    release : str

    Raises
    ------
    ConfigError
        If it is not asked in exactly one way, or a value is impossible.
    DataError
        If a file cannot be read.
    """
    given = [value for value in (ids, adql, cone, galaxies) if value is not None]
    if len(given) != 1:
        raise ConfigError(f"Expected one of ids, adql, cone and galaxies, received {len(given)}.")
    if ids is not None:
        found = read_ids(ids) if isinstance(ids, str | Path) else np.asarray(ids)
        return by_ids(found, release)
    if adql is not None:
        return by_adql(_text(adql), release)
    return by_cone(*cone, release) if cone is not None else by_galaxies(galaxies or 0, release)


def _text(adql: str) -> str:
    """Return a query, or what the file of that name holds."""
    try:
        is_file = Path(adql).is_file()
    except (OSError, ValueError):  # too long for a name, or no name at all
        is_file = False
    if not is_file:
        return adql
    try:
        return Path(adql).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{adql}: expected a query in UTF-8, received other bytes.") from error


def by_galaxies(n: int, release: str = "Gaia DR3") -> Question:
    """Ask for N galaxies of the purer sample that have spectra and a redshift of the UGC.

    They are drawn by Gaia's random_index: the same ones each time, spread over the sky.
    """
    if n < 1:
        raise ConfigError(f"Galaxies: expected a number of at least 1, received {n}.")
    adql = (
        f"SELECT TOP {n} {COLUMNS} {_candidates(release)} "
        "AND c.redshift_ugc IS NOT NULL ORDER BY g.random_index"
    )
    return Question("galaxies", adql, release)


def by_cone(ra: float, dec: float, radius: float, release: str = "Gaia DR3") -> Question:
    """Ask for the galaxies of the purer sample with spectra in a cone on the sky.

    Parameters
    ----------
    ra, dec, radius : float
        Centre (ICRS, epoch 2016.0) and radius [deg].
    release : str
    """
    if not (0 <= ra <= 360 and -90 <= dec <= 90 and 0 < radius <= 180):
        raise ConfigError(
            "Cone: expected a right ascension of 0 to 360, a declination of -90 to 90 and a radius "
            f"of up to 180 degrees, received {ra:g}, {dec:g}, {radius:g}."
        )
    adql = (
        f"SELECT {COLUMNS} {_candidates(release)} "
        f"AND 1 = CONTAINS(POINT(g.ra, g.dec), CIRCLE({ra!r}, {dec!r}, {radius!r}))"
    )
    return Question("cone", adql, release)


def by_ids(ids: np.ndarray, release: str = "Gaia DR3") -> Question:
    """Ask for sources by their ids (N,) int64, galaxies or not."""
    schema = _schema(release)
    adql = (
        f"SELECT {COLUMNS} FROM tap_upload.{UPLOADED} AS a "
        f"JOIN {schema}.gaia_source AS g ON g.source_id = a.source_id "
        f"LEFT JOIN {schema}.galaxy_candidates AS c ON c.source_id = a.source_id"
    )
    return Question("ids", adql, release, np.asarray(ids, np.int64))


def by_adql(text: str, release: str = "Gaia DR3") -> Question:
    """Ask by a query of one's own that selects source_id."""
    adql = text.strip().rstrip(";").strip()
    if not adql:
        raise ConfigError(
            "ADQL: expected a query such as SELECT source_id FROM ..., received none."
        )
    return Question("adql", adql, release)


def _candidates(release: str) -> str:
    schema = _schema(release)
    return (
        f"FROM {schema}.galaxy_candidates AS c "
        f"JOIN {schema}.gaia_source AS g ON g.source_id = c.source_id "
        f"WHERE {PURER} AND g.has_xp_continuous = 'true'"
    )


def _schema(release: str) -> str:
    if release not in XP_CONTINUOUS:
        raise ConfigError(
            f"Release: expected one of {', '.join(XP_CONTINUOUS)}, received '{release}'."
        )
    return release.lower().replace(" ", "")
