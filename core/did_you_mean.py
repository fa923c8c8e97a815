"""The known names that a mistyped one is close to."""

import difflib
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

# As a path 'https://...' has a single slash; 'C:/' is a disk.
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)

ON_THIS_MACHINE = (
    " xpz reads files on this machine: download it first. `xpz fetch` brings spectra of the Gaia "
    "Archive, and `xpz predict --bulk` reads its bulk files where they are."
)


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
    """Return what `alike` says of a file or folder that is not there, by what lies beside it.

    Of an address that stands in place of a file: that no files are read from there.
    """
    if ADDRESS.match(str(path)):
        return ON_THIS_MACHINE
    with suppress(OSError):
        return alike(path.name, (each.name for each in path.absolute().parent.iterdir()))
    return ""
