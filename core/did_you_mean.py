"""The known names that a mistyped one is close to."""

import difflib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def alike(name: object, known: Iterable[str]) -> str:
    """Return ' Did you mean ...?' with the known names that look like `name`; '' if none does.

    >>> alike("Dissertatoin", ["compact", "dissertation"])
    ' Did you mean dissertation?'
    >>> alike("Compact", ["compact", "compact-few"])
    ' Did you mean compact?'
    >>> alike("mine", ["compact", "mine-20261129-192745-c17c"])
    ' Did you mean mine-20261129-192745-c17c?'
    """
    names, asked = {each.lower(): each for each in known}, str(name).lower()
    if names.get(asked, name) != name:
        return f" Did you mean {names[asked]}?"
    # Ids begin with what people called their runs.
    longer = [each for each in names if asked and each.startswith(f"{asked}-")]
    found = longer[:3] or difflib.get_close_matches(asked, names)
    return f" Did you mean {' or '.join(names[each] for each in found)}?" if found else ""


def alike_beside(path: Path) -> str:
    """Return what `alike` says of a file or folder that is not there, by what lies beside it."""
    with suppress(OSError):
        return alike(path.name, (each.name for each in path.absolute().parent.iterdir()))
    return ""
