"""The archive's answers made into a table of sources and files of spectra."""

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from core.atomic import replacing
from core.data.tables.cells import to_ids
from core.errors import DataError


def to_frame(table: Any) -> pd.DataFrame:
    """Return an answer's columns of one value per row, ids as int64, names in lower case."""
    scalars = [name for name in table.colnames if table[name].ndim == 1]
    frame = table[scalars].to_pandas().rename(columns=str.lower)
    if "g_mag" not in frame:
        frame = frame.rename(columns={"phot_g_mean_mag": "g_mag"})
    if "source_id" not in frame:
        raise DataError(
            "The query: expected the column source_id in its result, found "
            f"{', '.join(frame.columns[:5])}. Select it as well."
        )
    frame["source_id"] = to_ids(frame["source_id"].to_numpy(), "source_id", "The query")
    return frame


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
                f"The archive's answer would unpack to {size:,} bytes, expected at most "
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
