"""The known names that a mistyped one is close to."""

import difflib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def alike(name: object, known: Iterable[str]) -> str:
    """Return ' Did you mean ...?' with the known names that look like `name`; '' if none does.

    >>> alike("Dissertatoin", ["compact", "dissertation"])
    ' Did you mean dissertation?'
    """
    names = {each.lower(): each for each in known}
    found = difflib.get_close_matches(str(name).lower(), names)
    return f" Did you mean {' or '.join(names[each] for each in found)}?" if found else ""


def alike_beside(path: Path) -> str:
    """Return what `alike` says of a file or folder that is not there, by what lies beside it."""
    with suppress(OSError):
        return alike(path.name, (each.name for each in path.absolute().parent.iterdir()))
    return ""
