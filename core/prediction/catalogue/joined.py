"""Redshifts of several files joined to one catalogue, whose account adds up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.account import WITHOUT_REDSHIFT, Account
from core.data.instrument import instruments_of
from core.data.tables.cells import NO_ID, without_id
from core.meanings import agree, meanings_of, of_ids, tell, told_of, untold
from core.prediction.catalogue.own_columns import join
from core.prediction.catalogue.with_own import COLUMNS
from core.prediction.flags import Flag
from core.spectra import Spectra

DUPLICATES = ("keep", "first", "best")
"""Which rows of a source that comes in several are kept: all, its first, or that of the smallest
sigma_z (one with a redshift before one without; the first of equals)."""

# What an account calls spectra without a redshift, and those whose errors are none.
NO_BAND, NO_FLUX, NO_ANSWER = WITHOUT_REDSHIFT
WITHOUT_ERRORS = "without errors, which cannot be used"
UNTOLD = "with no release stated, taken to be the run's"


@dataclass(frozen=True, eq=False)
class Part:
    """Redshifts of some spectra of a file, and what is known of these n spectra.

    `unusable` and `noted` are the rows with `Spectra.problems` and `Spectra.notes`, `untold` those
    of whose instrument nothing is known, bool (n,); `release` is Gaia's of all of them, as
    'Gaia DR3', '' where that is not told or the ids are numbers of rows.
    """

    file: str
    table: pd.DataFrame  # as `Estimator.predict` returns
    has_id: np.ndarray
    unusable: np.ndarray
    noted: np.ndarray
    untold: np.ndarray
    release: str = ""

    @classmethod
    def of(cls, file: str, table: pd.DataFrame, spectra: Spectra) -> "Part":
        """Keep of spectra what a catalogue needs, which is little."""
        rows = np.arange(len(table))
        unusable, noted = (
            np.isin(rows, list(words)) for words in (spectra.problems, spectra.notes)
        )
        has_id = ~without_id(spectra.source_id) & spectra.has_ids
        told = spectra.instrument
        untold = np.isnan(told).all(axis=1) if told is not None else np.ones(len(table), bool)
        releases = {instrument.release for instrument, _ in instruments_of(spectra)}
        release = releases.pop() if len(releases) == 1 and spectra.has_ids else ""
        return cls(file, table, has_id, unusable, noted, untold, release)


def make_catalogue(
    parts: Sequence[Part], account: Account, duplicates: str = "keep", *, name_files: bool = False
) -> tuple[pd.DataFrame, np.ndarray]:
    """Join redshifts of the rows of an account, and complete it.

    Parameters
    ----------
    parts : sequence of Part
        With all `account.rows`, in the order of their files.
    account : Account
        Gets counts of ids, and of rows by whether they have a redshift, or why not; and a note
        on columns whose units differ.
    duplicates : str
        One of `DUPLICATES`.
    name_files : bool
        Whether a column names the file of each row.

    Returns
    -------
    table : pd.DataFrame
        The catalogue.
    kept : np.ndarray of int, shape (n,)
        Which of all rows these are, rising.
    """
    tables = [part.table for part in parts]
    table, (_, differing) = join_tables(tables), agree(told_of(tables))
    releases = {part.release for part in parts if len(part.table)}
    if len(releases) == 1 and (release := releases.pop()):  # the same number is another source
        table = tell(table, meanings_of(table) | {"source_id": of_ids(release)})
    account.notes = [*account.notes, *[differing] * bool(differing)]
    has_id, unusable, noted, untold = (
        np.concatenate([np.zeros(0, bool), *(getattr(part, name) for part in parts)])
        for name in ("has_id", "unusable", "noted", "untold")
    )
    account.count_ids(table["source_id"].to_numpy()[has_id])
    repeated = np.zeros(len(table), bool)
    repeated[has_id] = table["source_id"][has_id].duplicated(keep=False)
    kept = np.ones(len(table), bool)
    if duplicates != "keep":
        rows = table.loc[repeated, ["source_id", "sigma_z", "z"]]
        if duplicates == "best":
            rows = rows.assign(z=rows["z"].isna()).sort_values(["z", "sigma_z"], kind="stable")
        kept[rows.index[rows["source_id"].duplicated()]] = False
    without = table["z"].isna().to_numpy()
    missing = (table["flags"].to_numpy() & Flag.MISSING_BAND) > 0
    reasons = {
        f"another row of the same source is kept, the {duplicates}": ~kept,
        NO_BAND: without & missing,
        NO_FLUX: without & unusable,
        NO_ANSWER: without,
    }
    used = account.leave_out(reasons, np.ones(len(table), bool))
    account.used = int(used.sum())
    fills = without_id(table["source_id"].to_numpy())
    account.noted += Counter({WITHOUT_ERRORS: int((used & noted).sum())})
    account.noted += Counter({UNTOLD: int((used & untold).sum())})
    account.noted[NO_ID] = int((used & fills).sum())
    account.noted = +account.noted
    ours: dict[str, np.ndarray] = {}
    if name_files:
        files = [np.full(len(part.table), part.file, object) for part in parts]
        ours["file"] = np.concatenate([np.empty(0, object), *files])
    if duplicates == "keep" and repeated.any():
        ours["repeated"] = repeated
    for i, (name, values) in enumerate(ours.items()):
        table.insert(len(COLUMNS) + i, name, values)
    left = np.flatnonzero(kept)
    return (table if len(left) == len(table) else table.iloc[left].reset_index(drop=True)), left


def join_tables(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join catalogues by the names of their columns; a cell that one does not have is empty."""
    if not tables:
        types = dict.fromkeys(COLUMNS, float) | {"source_id": np.int64, "flags": np.int32}
        return pd.DataFrame({name: np.empty(0, dtype) for name, dtype in types.items()})
    names = dict.fromkeys(name for table in tables for name in table.columns)

    def part(table: pd.DataFrame, name: str) -> pd.Series:
        return table[name] if name in table else pd.Series(None, table.index, object, name)

    bare = [untold(table) for table in tables]
    joined = pd.DataFrame({name: join([part(table, name) for table in bare]) for name in names})
    return tell(joined, agree(told_of(tables))[0])
