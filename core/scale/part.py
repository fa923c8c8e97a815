"""A part of a catalogue: the Parquet file of some rows of an input, and what is known of it."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.account import Account
from core.data.tables.cells import without_id
from core.prediction.catalogue.columns import Provenance
from core.prediction.catalogue.formats import write_table
from core.prediction.catalogue.joined import Part, make_catalogue
from core.prediction.catalogue.with_own import COLUMNS
from core.prediction.flags import SENTENCES
from core.scale.put_down import sync
from core.scale.record import PartRecord


def write_part(parts: list[Part], path: Path, provenance: Provenance) -> tuple[PartRecord, Account]:
    """Write a part, and return what is known of it and its share of the account."""
    account = Account("spectra")
    table, _ = make_catalogue(parts, account, "keep", name_files=True)
    n_ids, n_unique = account.ids, account.unique_ids
    account.ids = account.unique_ids = 0  # a source may come again in another part
    repeated = np.zeros(len(table), bool)
    if "repeated" in table.columns[: len(COLUMNS) + 2]:
        repeated = table.pop("repeated").to_numpy(bool)
    # Whether it is there must not hang on what other files hold.
    table.insert(len(COLUMNS) + 1, "repeated", repeated)
    write_table(table, path, provenance)
    sync(path)
    ids = _ids_of(table, n_ids)
    flags = table["flags"].to_numpy()
    return PartRecord(
        path.name,
        len(table),
        n_ids,
        n_unique,
        int(ids.min()) if len(ids) else 0,
        int(ids.max()) if len(ids) else 0,
        int(table["z"].notna().sum()),
        {flag.name or "": n for flag in SENTENCES if (n := int(np.sum(flags & flag.value > 0)))},
        marks=marks_of(np.flatnonzero(repeated)),
    ), account


def _ids_of(table: pd.DataFrame, n_ids: int) -> np.ndarray:
    """Return the ids of a part; of its rows `n_ids` have one."""
    ids = table["source_id"].to_numpy()
    return ids[~without_id(ids)] if n_ids else ids[:0]


def marks_of(rows: np.ndarray) -> str:
    """Return what tells one choice of rows from another, '' for none."""
    return hashlib.sha256(rows.astype(np.int64).tobytes()).hexdigest() if len(rows) else ""
