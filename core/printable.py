"""Text from files and people that a terminal, a table or a page shows and never obeys."""

import logging
import re
from typing import Any

# What XML, FITS headers or a reader of lines cannot take: control characters, halves of
# surrogate pairs, separators of lines, and the two that are no characters.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")

# Beside these, what lets text run backwards.
_OBEYED = re.compile(f"{UNPRINTABLE.pattern}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# Where Markdown sees links, icons, emoji, arrows and dashes in plain words, whatever is escaped:
# behind the colon of https://, of :red: and of :material/home:; behind the @ of an address and
# www; and in -> and -- that stand alone, unlike those of --release.
_LIVE = re.compile(
    r"(?<=:)(?=//|[^\s:]+:)|(?<=@)(?=\S)|(?<=www)(?=\.)|(?<=(?<!\S)[-<>~])(?=[-=>]+(?!\S))",
    re.IGNORECASE,
)


def plain_text(text: str, found: re.Pattern[str] = UNPRINTABLE) -> str:
    """Return `text` with the characters that are found as backslash escapes."""
    return found.sub(lambda match: repr(match[0])[1:-1], text)


def printable(text: object, *, lines: bool = False) -> str:
    r"""Return `text` as a terminal may show it: no colours, cursors, titles or reversed words.

    Ends of lines and tabs are escaped as well, unless the text has `lines` of our own.

    >>> printable("a\x1b[31mb\n")
    'a\\x1b[31mb\\n'
    """
    if not lines:
        return plain_text(str(text), _OBEYED)
    return re.sub(r"[^\n\t]+", lambda part: plain_text(part[0], _OBEYED), str(text))


def pieces(text: str) -> list[str]:
    """Return `text` cut wherever Markdown would make more of it than words.

    What joins the pieces has to keep them apart in Markdown, and to show and copy as nothing.
    """
    return _LIVE.split(text)


class PrintableFormatter(logging.Formatter):
    """What is logged, as a terminal may show it: logs name files too."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - as logging has it
        """Return the line."""
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return the lines of a traceback."""
        return printable(super().formatException(ei), lines=True)


def log_printable() -> None:
    """Let this process log what a terminal may show, where it has set up no log of its own."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(PrintableFormatter())
