"""What is asked of the archive: ids, a cone, galaxies with redshifts, or any ADQL."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
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
    """A query for sources whose spectra are wanted."""

    kind: str  # 'ids', 'cone', 'galaxies' or 'adql'
    adql: str  # gives source_id and whatever else it selects
    release: str  # a key of `XP_CONTINUOUS`
    ids: np.ndarray | None = None  # int64, each once, sent along as the table tap_upload.asked
    n_repeated: int = 0  # rows of a list of ids whose id came before

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
    """Ask in exactly one of the four ways of `core.data.archive.download.fetch`.

    Ids may be of any sources. Galaxies are drawn by Gaia's random_index: the same ones each time,
    spread over the sky. Raises a `ConfigError` if a value is impossible, a `DataError` if a file
    cannot be read.
    """
    given = [value for value in (ids, adql, cone, galaxies) if value is not None]
    if len(given) != 1:
        raise ConfigError(f"Expected one of ids, adql, cone and galaxies, received {len(given)}.")
    if release not in XP_CONTINUOUS:
        raise ConfigError(
            f"Release: expected one of {', '.join(XP_CONTINUOUS)}, received '{release}'."
        )
    schema = release.lower().replace(" ", "")
    if ids is not None:
        rows = read_ids(ids, release.split()[-1]) if isinstance(ids, str | Path) else ids
        listed = pd.Series(np.asarray(rows, np.int64))
        unique = listed.drop_duplicates().to_numpy()
        query = (
            f"SELECT {COLUMNS} FROM tap_upload.{UPLOADED} AS a "
            f"JOIN {schema}.gaia_source AS g ON g.source_id = a.source_id "
            f"LEFT JOIN {schema}.galaxy_candidates AS c ON c.source_id = a.source_id"
        )
        return Question("ids", query, release, unique, len(listed) - len(unique))
    if adql is not None:
        return Question("adql", _query(adql), release)
    candidates = (
        f"FROM {schema}.galaxy_candidates AS c "
        f"JOIN {schema}.gaia_source AS g ON g.source_id = c.source_id "
        f"WHERE {PURER} AND g.has_xp_continuous = 'true'"
    )
    if cone is not None:
        ra, dec, radius = cone
        if not (0 <= ra <= 360 and -90 <= dec <= 90 and 0 < radius <= 180):
            raise ConfigError(
                "Cone: expected a right ascension of 0 to 360, a declination of -90 to 90 and a "
                f"radius of up to 180 degrees, received {ra:g}, {dec:g}, {radius:g}."
            )
        inside = f"1 = CONTAINS(POINT(g.ra, g.dec), CIRCLE({ra!r}, {dec!r}, {radius!r}))"
        return Question("cone", f"SELECT {COLUMNS} {candidates} AND {inside}", release)
    if not galaxies or galaxies < 1:
        raise ConfigError(f"Galaxies: expected a number of at least 1, received {galaxies}.")
    chosen = "AND c.redshift_ugc IS NOT NULL ORDER BY g.random_index"
    query = f"SELECT TOP {galaxies} {COLUMNS} {candidates} {chosen}"
    return Question("galaxies", query, release)


def _query(adql: str) -> str:
    """Return a query of one's own, or what the file of that name holds, without its semicolon."""
    try:
        is_file = Path(adql).is_file()
    except (OSError, ValueError):  # too long for a name, or no name at all
        is_file = False
    try:
        text = Path(adql).read_text(encoding="utf-8") if is_file else adql
    except UnicodeDecodeError as error:
        raise DataError(f"{adql}: expected a query in UTF-8, received other bytes.") from error
    query = text.strip().rstrip(";").strip()
    if not query:
        raise ConfigError(
            "ADQL: expected a query such as SELECT source_id FROM ..., received none."
        )
    return query
