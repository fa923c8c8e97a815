"""The archive's answers made into a table of sources and files of spectra."""

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.amounts import n_of
from core.atomic import replacing
from core.data.archive.adql import SPECTRA
from core.data.tables.cells import to_ids
from core.errors import DataError
from core.meanings import Meaning, tell


def to_frame(table: Any) -> pd.DataFrame:
    """Return an answer's columns of one value per row, ids as int64, names in lower case.

    With what it says of them, see `core.meanings`.
    """
    scalars = [name for name in table.colnames if not _is_array(table[name])]
    frame = table[scalars].to_pandas().rename(columns=str.lower)
    meanings = {name.lower(): _meaning(table[name]) for name in scalars}
    if "g_mag" not in frame:
        frame = frame.rename(columns={"phot_g_mean_mag": "g_mag"})
    if "source_id" not in frame:
        raise DataError(
            "The query: expected the column source_id in its result, found "
            f"{', '.join(frame.columns[:5])}. Select it as well."
        )
    frame["source_id"] = to_ids(frame["source_id"].to_numpy(), "source_id", "The query")
    return tell(frame, meanings)


def _meaning(column: Any) -> Meaning:
    """Return what is said of a column of astropy's."""
    told = column.unit, column.meta.get("ucd"), column.description
    return Meaning(*(" ".join(str(text or "").split()) for text in told))


def write_arrays(table: Any, path: Path) -> list[Path]:
    """Write coefficients that came as array columns (astropy's table) to a Parquet file.

    Each source once; rows without any are left out, and there is no file if no row has some.
    """
    names = {name.lower(): name for name in table.colnames}
    columns = {ours: _lists(table[names[ours]]) for ours in SPECTRA if ours in names}
    ids = to_ids(np.asarray(table[names["source_id"]]), "source_id", "The query")
    keep = ~pd.Series(ids).duplicated().to_numpy()
    bands = [columns[name] for name in ("bp_coefficients", "rp_coefficients")]
    keep &= np.array([any(cells) for cells in zip(*bands, strict=True)], bool)
    if not keep.any():
        return []
    spectra = pa.table({"source_id": ids, **columns}).filter(pa.array(keep))
    with replacing(path) as temporary:
        pq.write_table(spectra, temporary)
    return [path]


def _lists(column: Any) -> list[Any]:
    """Return a column's cells as numbers or lists, None where nothing stands."""
    cells = column.tolist()
    masks = np.ma.getmaskarray(column)
    gone: Any = masks.reshape(len(cells), -1).all(axis=1).tolist() if cells else []
    found = []
    for cell, missing in zip(cells, gone, strict=True):
        values = cell.tolist() if isinstance(cell, np.ndarray) else cell
        found.append(None if missing or (isinstance(values, list) and not values) else values)
    return found


def _is_array(column: Any) -> bool:
    if column.ndim > 1:
        return True
    return column.dtype.kind == "O" and any(isinstance(cell, np.ndarray) for cell in column)


def unpack(answer: Path, folder: Path, stem: str, max_bytes: int) -> list[Path]:
    """Put the files of a complete answer in their place, and none of an incomplete one."""
    with answer.open("rb") as file:
        head = file.read(300)
    if not head.startswith(b"PK"):  # a notice of maintenance, for example
        raise zipfile.BadZipFile(head.decode(errors="replace") or "an empty answer")
    with zipfile.ZipFile(answer) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        size = sum(member.file_size for member in members)
        if size > max_bytes:
            raise DataError(
                f"The archive's answer would unpack to {n_of(size, 'byte')}, expected at most "
                f"{max_bytes:,}; this is not the answer to the query."
            )
        damaged = archive.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(f"{damaged} arrived damaged")
        paths = []
        for number, member in enumerate(members, start=1):
            ending = re.search(r"(\.\w+)?(\.gz)?$", member.filename)
            order = "" if len(members) == 1 else f"-{number}"
            path = folder / f"{stem}{order}{ending[0] if ending else ''}"
            with (
                archive.open(member) as source,
                replacing(path) as temporary,
                temporary.open("wb") as target,
            ):
                shutil.copyfileobj(source, target)
            paths.append(path)
    return paths
