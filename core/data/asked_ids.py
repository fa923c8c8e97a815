"""Sources that are asked for by their ids: a file, or what someone pasted."""

import re
import tempfile
from pathlib import Path

import numpy as np

from core.data.labels.release import EXPECTED
from core.data.source_tables import read_ids as _in_their_order
from core.data.tables.cells import ID_PATTERN
from core.errors import DataError


def read_ids(path: str | Path, release: str | None = EXPECTED) -> np.ndarray:
    """Return the Gaia source_ids of a file, each once and rising.

    Parameters
    ----------
    path : str or Path
        A text file with an id a line, or a table with a column source_id in any format that
        spectra come in.
    release : str, optional
        That of the spectra, such as 'DR3'; None: any that has spectra.

    Returns
    -------
    np.ndarray of int64, shape (n,)

    Raises
    ------
    DataError
        If there is no such file, column or id, one is no 64-bit whole number, or they tell that
        they are of another release, where the same number is another source.
    """
    return np.unique(_in_their_order(path, release))


def parse_ids(source: str | bytes, release: str = EXPECTED, name: str = "ids.txt") -> np.ndarray:
    """Return the Gaia source_ids of a text or of a file's bytes, in their order (int64).

    Parameters
    ----------
    source : str or bytes
        Pasted ids, apart by spaces, commas, semicolons or ends of lines, also as designations
        ('Gaia DR3 4111834567779557376'); or a file, as `read_ids` takes it.
    release : str, optional
        That of the spectra, such as 'DR3'.
    name : str, optional
        Of the file; for errors.

    Raises
    ------
    DataError
        As `read_ids`.
    """
    is_pasted = isinstance(source, str)
    if isinstance(source, str):
        source = _one_a_line(source).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(source)
        try:
            return _in_their_order(path, release)
        except DataError as error:

            def named(text: str) -> str:
                told = text.replace(str(path), path.name)
                return told.replace(path.name, "Pasted ids") if is_pasted else told

            renamed = DataError(named(str(error)))
            renamed.on_screens = named(error.on_screens)
            raise renamed from error


def id_digits(text: str) -> str:
    """Return the digits of one id or of a part of it, also of a designation; '' of other text."""
    found = ID_PATTERN.fullmatch(text.strip())
    return found[1] if found and found[1].isascii() and found[1].isdigit() else ""


def find_id(source_id: np.ndarray, text: str) -> int | None:
    """Return the row of the source that `text` names, as `id_digits` reads it; None of no source.

    By way of an integer, never of a float. An id beyond 64 bits equals none of them.
    """
    digits = id_digits(text)
    if not digits:
        return None
    rows = np.flatnonzero(source_id == int(digits))
    return int(rows[0]) if len(rows) else None


def _one_a_line(text: str) -> str:
    """Return pasted ids, one a line; a pasted table, whose first line names columns, as it is."""
    first = text.strip().partition("\n")[0]
    if "source_id" in first.lower():
        return text.strip()
    # A designation is one word, as its parts are no ids.
    joined = re.sub(r"(?i)(gaia)\s+(e?dr\d)\s+(?=\d)", r"\1_\2_", text)
    words = [word.replace("_", " ") for word in re.split(r"[\s,;]+", joined) if word]
    wrong = [word for word in words if word[0] == "-" or not ID_PATTERN.fullmatch(word)]
    if wrong or not words:
        received = f"'{wrong[0][:40]}'" if wrong else "none"
        raise DataError(
            "Source ids: expected whole numbers such as 4111834567779557376, received "
            f"{received}. Separate them by spaces, commas or lines."
        )
    return "\n".join(words)
