"""Spaces in JSON files: what `xpz tune --show-space` and `xpz tune space` print, and Tune reads."""

import json
from pathlib import Path

from core.config import from_dict, to_dict
from core.data.tables.lines import as_utf8
from core.did_you_mean import alike, alike_beside
from core.errors import ConfigError
from core.stored import parse_table
from core.tuning.space import Space
from core.tuning.spaces import SPACES


def read_space(name: str | Path) -> Space:
    """Return one of our spaces, or that of a JSON file.

    Raises
    ------
    ConfigError
        If there is no such space, or the file holds none.
    """
    if str(name) in SPACES:
        return SPACES[str(name)]
    path = Path(name)
    if not path.is_file():
        raise ConfigError(
            f"Space: expected {', '.join(SPACES)} or a JSON file, received '{name}'."
            f"{alike(name, SPACES) or alike_beside(path)}"
        )
    return space_from_json(path.read_bytes(), str(path))


def space_from_json(content: bytes, name: str) -> Space:
    """Return the space in the content of a file called `name`; raises as `read_space`."""
    try:
        values = parse_table(as_utf8(content).decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: expected JSON in UTF-8, received other bytes.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"{name}: expected JSON, as `xpz tune --show-space` prints it ({error})."
        ) from error
    return from_dict(Space, values, Path(name).name)


def space_to_json(space: Space) -> str:
    """Return the text of a file that holds a space."""
    return json.dumps(to_dict(space), indent=1)
