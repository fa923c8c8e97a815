"""Options of the command in messages of `core`, by the names of the fields that a screen has."""

import re
from collections.abc import Mapping

Z_UNIT = "z-unit"


def with_fields(text: str, fields: Mapping[str, str], where: str = "") -> str:
    """Return a message with the names of fields, by option without its dashes, in their place.

    With a unit behind it, that of redshifts becomes `Unit of the redshifts: km/s`. `where` the
    fields are is said if one is named.
    """

    def named(found: re.Match[str]) -> str:
        return f"`{fields[found[1]]}{f': {found[2]}' if found[2] else ''}`"

    options = "|".join(map(re.escape, fields))
    value = rf"(?:(?<=--{Z_UNIT}) ([\w/]+))?"
    text, n = re.subn(rf"--({options})(?![\w-]){value}", named, text)
    return f"{text.rstrip('.')}. {where}" if n and where else text
