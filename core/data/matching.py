"""A table of redshifts matched with sources, by place or by id, and the accounts of both."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.clock import utc_now
from core.data.account import Account
from core.data.crossmatch import accounts, crossmatch, nothing_matched
from core.data.labels.quality import Asked
from core.data.labels.release import EXPECTED, require_release
from core.data.redshift_tables import RedshiftColumns, Redshifts, read_redshifts
from core.data.source_tables import read_sources
from core.meanings import tell


@dataclass(frozen=True, eq=False)
class Matched:
    """Redshifts by source_id (and z_spec, ...), and what became of what was read."""

    table: pd.DataFrame
    accounts: tuple[Account, ...]

    @property
    def about(self) -> Mapping[str, Any]:
        """What a file of the table says of its origin."""
        told = {account.what: account.to_json() for account in self.accounts}
        return {"created": utc_now(), "account": json.dumps(told)}


def match_by_place(
    sources: str | Path,
    redshifts: str | Path,
    radius_arcsec: float,
    columns: RedshiftColumns | None = None,
    *,
    z_unit: str | None = None,
    quality: Asked | None = None,
) -> Matched:
    """Match sources with redshifts on the sky, one to one; see `core.data.crossmatch`.

    Parameters
    ----------
    sources, redshifts : str or Path
        Tables; the sources with source_id, ra and dec.
    radius_arcsec : float
    columns, z_unit, quality
        As of `read_redshifts`.

    Raises
    ------
    DataError
        As `read_sources` and `read_redshifts`, and if nothing matches.
    ConfigError
        If the radius is impossible.
    """
    account = Account("sources")
    ours = read_sources(sources, None, account)
    theirs = read_redshifts(redshifts, columns, z_unit=z_unit, quality=quality)
    table, counts = crossmatch(ours, theirs, radius_arcsec)
    if not len(table):
        raise nothing_matched(ours, theirs, radius_arcsec)
    return Matched(table, accounts(counts, account, theirs.account, radius_arcsec))


def match_by_id(
    redshifts: str | Path,
    columns: RedshiftColumns | None = None,
    *,
    release: str = EXPECTED,
    z_unit: str | None = None,
    quality: Asked | None = None,
) -> Matched:
    """Return the usable redshifts of a table whose ids are those of a release.

    Which of them have a spectrum the building of a data set finds. Raises a `DataError` as
    `read_redshifts`, and if the table tells that its ids are of another release.
    """
    theirs = read_redshifts(redshifts, columns, by_ids=True, z_unit=z_unit, quality=quality)
    told = theirs.account.release.removeprefix("Gaia ") or None
    named = columns.source_id if columns is not None else None
    require_release(told, named or "source_id", Path(redshifts).name, release)
    return Matched(_by_id(theirs), (theirs.account,))


def _by_id(theirs: Redshifts) -> pd.DataFrame:
    assert theirs.source_id is not None, "they were read by their ids"
    table = pd.DataFrame({"source_id": theirs.source_id, "z_spec": theirs.z})
    if np.isfinite(theirs.z_error).any():  # chooses among repeated observations
        table["z_error"] = np.where(np.isfinite(theirs.z_error), theirs.z_error, np.nan)
    return tell(table, theirs.meanings)
