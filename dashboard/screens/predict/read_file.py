"""A file of spectra for the Predict screen: read, or refused and why."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data import (
    Account,
    ByHand,
    TableLimits,
    UndecidedError,
    number_of,
    open_spectra,
    refuse_unusable,
)
from core.errors import DataError, XpzError
from core.prediction import (
    NO_BAND,
    NO_FLUX,
    WITHOUT_ERRORS,
    missing_and_clipped,
    usable,
)
from core.questions import content_of
from core.spectra import BANDS, Spectra

MAX_FILE_MB = 200
MAX_SPECTRA = 200_000
"""Spectra of one screen: 300 MB with their errors. `xpz predict` streams any number."""


@dataclass(frozen=True, eq=False)
class ReadFile:
    """An uploaded file, served or refused."""

    file_id: str  # tells two uploads of one name apart
    name: str
    spectra: Spectra | None = None  # none where the file was refused, or they were released
    n: int = 0  # spectra
    # Kind ('table' or 'xp_continuous') and format ('csv', ...) of each table in it.
    holds: tuple[tuple[str, str], ...] = ()
    recognised: dict[str, str] = field(default_factory=dict)  # what, in which column, in words
    unusable: dict[int, str] = field(default_factory=dict)  # rows without a redshift, and why
    refused: tuple[str, ...] = ()  # why it, or a file in it if it is an archive, cannot be used
    account: Account = field(default_factory=lambda: Account("spectra"))
    has_id: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))  # by row
    may_be_ids: tuple[str, ...] = ()  # columns that can be named as that of the ids
    of_released: str = ""  # the content of spectra that were released

    @property
    def is_served(self) -> bool:
        """Whether there is anything in it that can be used."""
        return self.n > 0

    @functools.cached_property
    def content(self) -> str:
        """What tells its spectra from others; see `core.questions.content_of`."""
        return self.of_released if self.spectra is None else content_of(self.spectra)

    def without_spectra(self) -> "ReadFile":
        """Return the file with its spectra released, but what tells them from others."""
        return replace(self, spectra=None, of_released=self.content)


def read(
    file_id: str,
    name: str,
    source: bytes | Path,
    already: int = 0,
    by_hand: ByHand | None = None,
    *,
    one_of_several: bool = False,
) -> ReadFile:
    """Read spectra, beside those `already` held, or say why not; nothing is predicted yet.

    A column named `by_hand` need not be in each of several files, as with the command.
    """
    limits = TableLimits(max_bytes=MAX_FILE_MB * 2**20, max_rows=MAX_SPECTRA)
    parts: list[Spectra] = []
    account = Account("spectra")
    try:
        file = open_spectra(
            source,
            name=name,
            limits=limits,
            lenient=True,
            by_hand=by_hand,
            optional=one_of_several,
        )
        for part in file.chunks():
            parts.append(part)
            account.rows += len(part)
            if already + account.rows > MAX_SPECTRA:
                raise DataError(
                    f"{name}: the screen takes {MAX_SPECTRA:,} spectra at a time; {already:,} are "
                    "there already and this file has too many. Upload fewer files at a time, or "
                    "use 'xpz predict', which has no limit."
                )
        spectra = Spectra.concatenate(parts)
        refuse_unusable(spectra.problems, len(spectra), name)
    except XpzError as error:
        reason = str(error).replace("or name it with --id", "or choose the column of ids here")
        rivals = error.choice.rivals if isinstance(error, UndecidedError) else ()
        return replace(refuse(file_id, name, reason), may_be_ids=rivals)
    file.enter(account)
    without = unusable(spectra)
    rows = np.arange(len(spectra))
    missing, _ = missing_and_clipped(spectra.flux, spectra.unreadable)
    reasons = {NO_BAND: missing, NO_FLUX: np.isin(rows, list(without))}
    used = account.leave_out(reasons, np.ones(len(spectra), bool))
    account.used = int(used.sum())
    if n := int((used & np.isin(rows, list(spectra.notes))).sum()):
        account.noted[WITHOUT_ERRORS] = n
    return ReadFile(
        file_id,
        name,
        spectra,
        len(spectra),
        tuple((part.kind, part.table.format) for part in file.tables),
        dict(file.recognised),
        without,
        file.refused,
        account,
        np.concatenate([np.full(len(part), part.has_ids) for part in parts]),
        file.may_be_ids,
    )


def refuse(file_id: str, name: str, reason: str) -> ReadFile:
    """Return a file of which nothing is used, and why."""
    refused = Account("spectra", refused=[reason])
    return ReadFile(file_id, name, refused=(reason,), account=refused)


def unusable(spectra: Spectra) -> dict[int, str]:
    """Return the rows that no redshift can be predicted for, rising, and why, each in its words."""
    without = set(np.flatnonzero(~usable(spectra.flux)).tolist())
    return {
        row: spectra.problems.get(row) or _lacks(spectra.flux[row])
        for row in sorted(without | set(spectra.problems))
    }


def _lacks(flux: np.ndarray) -> str:
    """Return what a spectrum (186,) lacks, band by band."""
    told = []
    for name, samples in zip(("BP", "RP"), BANDS, strict=True):
        band = flux[samples]
        empty = np.flatnonzero(~np.isfinite(band))
        if len(empty) == len(band):
            told.append(f"{name} has no flux: all of its {n_of(len(band), 'sample')} are empty.")
        elif len(empty):
            told.append(
                f"{name} lacks {len(empty)} of {n_of(len(band), 'sample')}, the first of them "
                f"flux_{samples.start + empty[0]}."
            )
        elif (band == band[0]).all():
            told.append(
                f"{name} has no flux: all of its {n_of(len(band), 'sample')} are {band[0]:g}."
            )
    return " ".join(told)


def problems(files: Iterable[ReadFile]) -> pd.DataFrame:
    """Return file, row (from 1), source_id (text) and reason of each spectrum without use."""
    rows = [
        (file.name, number_of(row), str(file.spectra.source_id[row]), why)
        for file in files
        if file.spectra is not None
        for row, why in file.unusable.items()
    ]
    return pd.DataFrame(rows, columns=["file", "row", "source_id", "why"])
