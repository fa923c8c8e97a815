"""What people found when they looked at galaxies: a quality and a comment each, in one file.

A line of JSON per galaxy. The file is rewritten as a whole, beside its place and then
renamed, by one writer at a time: a reader sees all of it or none, and of two people at
work neither loses a line.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from core.atomic import write_text
from core.clock import utc_now
from core.config import from_dict
from core.errors import ConfigError, DataError
from core.file_errors import sentence_of
from core.stored import is_there, parse_table, reading

QUALITIES = {
    4: "certain: the spectrum shows this redshift and no other",
    3: "probable: it fits well, another is unlikely",
    2: "possible: it fits, and so do others",
    1: "unlikely: there is a spectrum, but it does not fit",
    0: "no signal: the spectrum shows no redshift",
}
"""How sure one is of z_pred by the spectrum: the scale of DESI's visual inspections (Lan et al.
2023, ApJ 943, 68), there with narrow lines, here with the shape of the spectrum alone."""

MAX_COMMENT = 300


@dataclass(frozen=True)
class Inspection:
    """One look at one galaxy.

    Attributes
    ----------
    data_hash : str
        Of the data set: ids may be no more than the numbers of its rows.
    source_id : int
    z_spec, z_pred : float
        As they were when it was looked at.
    quality : int or None
        Of `QUALITIES`; None where there is a comment alone.
    comment : str
        At most 300 characters.
    time : str
        UTC, ISO-8601; set when it is saved.
    """

    data_hash: str
    source_id: int
    z_spec: float
    z_pred: float
    quality: int | None = None
    comment: str = ""
    time: str = ""

    def __post_init__(self) -> None:
        if self.quality is not None and self.quality not in QUALITIES:
            raise ConfigError(f"Quality: expected a number from 0 to 4, received {self.quality!r}.")
        if len(self.comment) > MAX_COMMENT:
            raise ConfigError(
                f"Comment: expected at most {MAX_COMMENT} characters, received "
                f"{len(self.comment)}. Shorten it."
            )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return self.quality is None and not self.comment.strip()


@dataclass(frozen=True)
class InspectionFile:
    """The inspections of one run's galaxies."""

    path: Path

    def save(self, galaxy: Inspection, **looks: Any) -> Inspection:
        """Keep `looks`, a quality or a comment or both; what is not named stays as it was kept.

        An inspection that says nothing any more is taken away. Returned is what was kept before,
        which may be by others; it says nothing where nothing was.

        Parameters
        ----------
        galaxy : Inspection
            Which galaxy of which data set, and its redshifts at this look.
        **looks
            New values of `quality` and `comment`.

        Raises
        ------
        DataError
            If the file is damaged or cannot be written; it is left as it is.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=10):
                kept = self._by_galaxy()
                key = galaxy.data_hash, galaxy.source_id
                former = kept.pop(key, None)
                said = {name: (former or asdict(galaxy))[name] for name in ("quality", "comment")}
                inspection = replace(galaxy, **said | looks, time=utc_now())
                if not inspection.is_empty:
                    kept[key] = asdict(inspection)
                write_text(self.path, "".join(json.dumps(line) + "\n" for line in kept.values()))
                return Inspection(**(former or asdict(replace(galaxy, quality=None, comment=""))))
        except OSError as error:
            told = sentence_of(error, error.filename or self.path, "written")
            raise DataError(f"{told} Nothing was changed; flag this galaxy again then.") from error

    def read(self, data_hash: str | None = None) -> pd.DataFrame:
        """Return the fields of `Inspection` of every galaxy, in the order they were looked at.

        Parameters
        ----------
        data_hash : str, optional
            Only galaxies of this data set.

        Raises
        ------
        DataError
            If the file is damaged.
        """
        names = [field.name for field in fields(Inspection)]
        lines = [
            line
            for line in self._by_galaxy().values()
            if data_hash is None or line["data_hash"] == data_hash
        ]
        return pd.DataFrame(lines, columns=names).astype({"source_id": "int64", "quality": "Int64"})

    def _by_galaxy(self) -> dict[tuple[str, int], dict]:
        if not is_there(self.path):
            return {}
        with reading(self.path, "Restore or remove it."):
            lines = self.path.read_text(encoding="utf-8").splitlines()
        found = {}
        for number, text in enumerate(lines, 1):
            where = f"{self.path}, line {number}"
            with reading(where, "Correct or delete the line.", "an inspection as xpz writes it"):
                inspection = from_dict(Inspection, parse_table(text), "inspection")
                found[inspection.data_hash, inspection.source_id] = asdict(inspection)
        return found
