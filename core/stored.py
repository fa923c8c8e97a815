"""Files that this program wrote, read so that whatever is wrong with one is a `DamagedError`."""

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from core.config import from_dict
from core.errors import MISSING, DamagedError
from core.file_errors import OF_THE_SYSTEM, number_of, reason_and_todo

T = TypeVar("T")

COPY_AGAIN = "Copy its folder again from its source, or delete it."
_MAX_REASON = 300
_MAX_LOOKS = 5
_TOO_MANY_DIGITS = 309
"""More than any float has before its point."""


class UnreadableError(DamagedError):
    """A file may be whole, but cannot be read as things are."""

    def __init__(self, error: OSError, where: object) -> None:
        reason, todo = reason_and_todo(error)
        super().__init__(reason, where, todo)
        self.args = (f"{where} cannot be read: {reason}. {todo}",)


@contextmanager
def reading(where: Path | str, todo: str = COPY_AGAIN, expected: str = "") -> Iterator[None]:
    """Turn whatever goes wrong inside, with the content of a file, into a `DamagedError`.

    It tells people the file (`where`), what they can do (`todo`), and what such a file holds
    (`expected`), where they may not know.
    """
    try:
        yield
    except (DamagedError, MemoryError):
        raise
    except FileNotFoundError as error:
        raise DamagedError(MISSING, where, todo, expected) from error
    except OSError as error:
        if number_of(error) in OF_THE_SYSTEM:
            raise UnreadableError(error, where) from error
        reason, _ = reason_and_todo(error)
        raise DamagedError(reason, where, todo, expected) from error
    except Exception as error:  # damaged bytes fail in ways that nobody can list
        reason = str(error) or type(error).__name__
        raise DamagedError(reason[:_MAX_REASON], where, todo, expected) from error


def is_there(path: Path) -> bool:
    """Return whether something has this name, be it no file or out of reach."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # a folder without permission: what is in it cannot be told
        return True
    return True


def read_json(
    path: Path, where: Path | str | None = None, todo: str = COPY_AGAIN
) -> dict[str, Any]:
    """Return the table in a JSON file; raise a `DamagedError` if it holds anything else."""
    with reading(path if where is None else where, todo):
        return parse_table(read_text(path))


def read_text(path: Path) -> str:
    """Return the text of a file that another machine may replace while it is read.

    On NFS the file that was opened is then gone ("stale file handle"): the new one is read.
    """
    for _ in range(_MAX_LOOKS - 1):
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
    return path.read_text(encoding="utf-8")


def parse_table(text: str) -> dict[str, Any]:
    """Return the table in a text of JSON that a page can show.

    Raises a ValueError or a RecursionError if the text holds anything else.
    """
    values = json.loads(text, parse_int=_whole_number)
    if not isinstance(values, dict):
        raise ValueError(f"expected a table, received {values!r:.60}")
    # Half a character, infinity and the like: JSON can name them, a page cannot show them.
    json.dumps(values, ensure_ascii=False, allow_nan=False).encode()
    return values


def _whole_number(text: str) -> int:
    if len(text.removeprefix("-")) >= _TOO_MANY_DIGITS:
        raise ValueError("expected numbers, received one too large: it has hundreds of digits")
    return int(text)


def read_lines(path: Path, where: Path | str | None = None, todo: str = COPY_AGAIN) -> list[dict]:
    """Return the tables in the lines of a file; none where there is no file.

    What stands behind the last line end is still being written, and is left out. Raises a
    `DamagedError` if the file cannot be read or a line holds anything else.
    """
    if not is_there(path):
        return []
    with reading(path if where is None else where, todo):
        text = read_text(path)
        lines = text[: text.rfind("\n") + 1].splitlines()
        return [parse_table(line) for line in lines]


def read_as(cls: type[T], path: Path, where: Path | str | None = None, todo: str = COPY_AGAIN) -> T:
    """Return the dataclass in a JSON file as `core.config.to_dict` gave it; or a `DamagedError`."""
    with reading(path if where is None else where, todo):
        return from_dict(cls, read_json(path, where, todo), path.name)
