"""Text as FITS takes it, which is printable ASCII, and a sentence on what that changes."""

from pathlib import Path

import pandas as pd

from core.amounts import n_of
from core.meanings import LISTED
from core.prediction.catalogue.columns import Column
from core.prediction.catalogue.own_columns import plain, plain_text


def ascii_text(text: str) -> str:
    """Return `text` as FITS takes it: what is no printable ASCII as escapes, tabs as well."""
    return plain_text(text).encode("ascii", "backslashreplace").decode("ascii")


def rewritten(table: pd.DataFrame, path: str | Path) -> str:
    """Return a sentence on text that is no ASCII, which a FITS file of the table does not keep.

    '' where there is none, or `path` ends as another format, which keeps all text.
    """
    if not Path(path).name.lower().endswith(".fits"):
        return ""
    cells: list[str] = []
    letter = ""
    for i, name in enumerate(map(str, table.columns)):
        if table.dtypes.iloc[i].kind in "biufcmM":
            continue
        texts = [text for text in Column(plain(table.iloc[:, i])).texts if ascii_text(text) != text]
        if texts:
            cells.append(f"{n_of(len(texts), 'cell')} of '{name}'")
            letter = letter or next(each for each in texts[0] if ascii_text(each) != each)
    said = []
    if cells:
        more = len(cells) - LISTED
        others = f" and of {n_of(more, 'more column')}" if more > 0 else ""
        escape = ascii_text(letter)
        shown = f" ({letter} as {escape})" if letter.isprintable() else f" (such as {escape})"
        said.append(f"{', '.join(cells[:LISTED])}{others} with escapes{shown}")
    if n := sum(not str(name).isascii() for name in table.columns):
        said.append(f"{n_of(n, 'name')} of columns with underscores")
    if not said:
        return ""
    return (
        f"FITS holds ASCII text alone: written are {' and '.join(said)}. VOTable and Parquet keep "
        "all text."
    )
