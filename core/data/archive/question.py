"""What is asked of the archive: ids, a cone, galaxies with redshifts, or any ADQL."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.data.archive.adql import UPLOADED, compose
from core.data.archive.names import Names, preferred
from core.data.archive.own_query import check_own_query
from core.data.labels.release import WITHOUT_SPECTRA
from core.data.source_tables import read_ids
from core.data.tables.lines import as_utf8
from core.errors import ConfigError, DataError, SettingError

__all__ = ["UPLOADED", "Question", "ask"]


@dataclass(frozen=True, eq=False)
class Question:
    """A query for sources whose spectra are wanted.

    `adql` gives source_id and whatever else it selects; where the user did not write it, it is in
    the names of DR3, which tell questions apart whatever an archive calls its tables. What is sent
    is `in_names` of the archive.
    """

    kind: str  # 'ids', 'cone', 'galaxies' or 'adql'
    adql: str
    release: str  # such as 'Gaia DR3'
    ids: np.ndarray | None = None  # int64, each once, sent along as the table tap_upload.asked
    n_repeated: int = 0  # rows of a list of ids whose id came before
    cone: tuple[float, float, float] | None = None
    galaxies: int | None = None

    def in_names(self, names: Names, *, with_spectra: bool = False, top: int | None = None) -> str:
        """Return the query in the names of an archive, with coefficients if asked, `top` rows.

        Raises a `DataError` if the archive lacks a table that the question needs.
        """
        if self.kind == "adql":
            return self.adql
        return compose(
            self.kind,
            names,
            cone=self.cone,
            galaxies=self.galaxies,
            top=top,
            with_spectra=with_spectra,
        )

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
    check_release(release)
    if ids is not None:
        rows = read_ids(ids, release.split()[-1]) if isinstance(ids, str | Path) else ids
        listed = pd.Series(np.asarray(rows, np.int64))
        unique = listed.drop_duplicates().to_numpy()
        query = compose("ids", preferred(release))
        return Question("ids", query, release, unique, len(listed) - len(unique))
    if adql is not None:
        query = _query(adql)
        check_own_query(query, release)
        return Question("adql", query, release)
    if cone is not None:
        ra, dec, radius = cone
        if not (0 <= ra <= 360 and -90 <= dec <= 90 and 0 < radius <= 180):
            raise ConfigError(
                "Cone: expected a right ascension of 0 to 360, a declination of -90 to 90 and a "
                f"radius of up to 180 degrees, received {ra:g}, {dec:g}, {radius:g}."
            )
        query = compose("cone", preferred(release), cone=cone)
        return Question("cone", query, release, cone=cone)
    if not galaxies or galaxies < 1:
        raise ConfigError(f"Galaxies: expected a number of at least 1, received {galaxies}.")
    query = compose("galaxies", preferred(release), galaxies=galaxies)
    return Question("galaxies", query, release, galaxies=galaxies)


def check_release(release: str) -> None:
    """Raise a `SettingError` unless this reads as a release that may have XP spectra."""
    read = re.fullmatch(r"Gaia (DR[1-9]\d?)", release)
    if read is None or read[1] in WITHOUT_SPECTRA:
        said = f"expected Gaia DR3, Gaia DR4 or a later one, received '{release}'."
        raise SettingError("release", "Release", said)


def release_named(text: str, name: str = "release") -> str:
    """Return the full name of a release, 'Gaia DR4' of 'dr4'; a `SettingError` if it is none.

    Any of Gaia's, also those that are still to come; `name` is that of the setting.
    """
    read = re.fullmatch(r"(?:gaia[ _-]*)?dr ?([1-9]\d?)", text.strip(), re.IGNORECASE)
    if read is None:
        said = f"expected a release of Gaia, such as 'Gaia DR3', received '{text}'."
        raise SettingError(name, "Release", said)
    return f"Gaia DR{read[1]}"


def _query(adql: str) -> str:
    """Return a query of one's own, or what the file of that name holds, without its semicolon."""
    try:
        is_file = Path(adql).is_file()
    except (OSError, ValueError):  # too long for a name, or no name at all
        is_file = False
    try:
        text = as_utf8(Path(adql).read_bytes()).decode() if is_file else adql
    except UnicodeDecodeError as error:
        raise DataError(f"{adql}: expected a query in UTF-8, received other bytes.") from error
    query = text.strip().rstrip(";").strip()
    if not query:
        raise ConfigError(
            "ADQL: expected a query such as SELECT source_id FROM ..., received none."
        )
    if not is_file and not re.match(r"(--|/\*|select\b)", query, re.IGNORECASE):
        raise ConfigError(
            "ADQL: expected a query that begins with SELECT, or a file that holds one; there is no "
            f"file '{query[:60]}'."
        )
    return query
