"""The known names that a mistyped one is close to."""

import difflib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from core.names import STAMPED

# As a path 'https://...' has a single slash; 'C:/' is a disk.
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)

ON_THIS_MACHINE = (
    " xpz reads files on this machine: download it first. `xpz fetch` brings spectra of the Gaia "
    "Archive, and `xpz predict --bulk` reads its bulk files where they are."
)


def alike(name: object, known: Iterable[str], words: Mapping[str, str] | None = None) -> str:
    """Return ' Did you mean ...?' with the known names that look like `name`; '' if none does.

    `words` are others that people use for known names, each with its name.

    >>> alike("Dissertatoin", ["compact", "dissertation"])
    ' Did you mean dissertation?'
    >>> alike("Compact", ["compact", "compact-few"])
    ' Did you mean compact?'
    >>> alike("mine", ["compact", "mine-20261129-192745-c17c"])
    ' Did you mean mine-20261129-192745-c17c?'
    >>> alike("mnie", ["compact", "mine-20261129-192745-c17c"])
    ' Did you mean mine-20261129-192745-c17c?'
    >>> alike("LR", ["learning_rate", "dropout"])
    ' Did you mean learning_rate?'
    >>> alike("Step size", ["learning_rate"], {"Step size": "learning_rate"})
    ' Did you mean learning_rate?'
    """
    called = {**(words or {}), **{each: each for each in known}}
    names, asked = {word.lower(): each for word, each in called.items()}, str(name).lower()
    if names.get(asked, name) != name:
        return f" Did you mean {names[asked]}?"
    # Ids begin with what people called their runs, and long names with a short one.
    found = [each for each in names if asked and each.startswith((f"{asked}-", f"{asked}_"))]
    found = found or difflib.get_close_matches(asked, names)
    if not found:
        begins = {each: _begin(each) for each in names}
        near = difflib.get_close_matches(asked, begins.values())
        found = [each for each, begin in begins.items() if begin in near]
    found = found or [each for each in names if "_" in each and _initials(each) == asked]
    near_names = list(dict.fromkeys(names[each] for each in found))[:3]
    return f" Did you mean {' or '.join(near_names)}?" if found else ""


def _initials(name: str) -> str:
    return "".join(word[:1] for word in name.split("_"))


def _begin(name: str) -> str:
    """Return what people called what has an id, or a file, of this name."""
    return found[1] if (found := STAMPED.fullmatch(name)) else name.partition(".")[0]


def alike_beside(path: Path) -> str:
    """Return what `alike` says of a file or folder that is not there, by what lies beside it.

    Of an address that stands in place of a file: that no files are read from there.
    """
    if ADDRESS.match(str(path)):
        return ON_THIS_MACHINE
    with suppress(OSError):
        beside = (each.name for each in path.absolute().parent.iterdir())
        # Cards lie beside data sets and cannot be named in place of one.
        return alike(path.name, (name for name in beside if not name.endswith(".card.json")))
    return ""
