"""Asking a busy archive over a poor network: try again, give up, say why."""

import contextlib
import errno
import html
import http.client
import io
import re
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import TypeVar
from xml.parsers.expat import ExpatError

from core.data.archive.config import ArchiveConfig
from core.data.archive.connections import Connections
from core.errors import DataError, XpzError

T = TypeVar("T")

# What a broken network, a busy server or half an answer looks like.
PASSING = (
    OSError,
    EOFError,
    ValueError,
    ExpatError,
    http.client.HTTPException,
    zipfile.BadZipFile,
    zlib.error,
)

# 4xx blames the request, and the same request would be blamed again; but for these three.
PASSING_STATUS = (408, 425, 429)

# Our own disk's trouble, which the archive cannot mend.
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

MAX_WAIT_S = 300.0


def ask_patiently(
    ask: Callable[[], T],
    connections: Connections,
    config: ArchiveConfig,
    say: Callable[[str], None],
) -> T:
    """Return what `ask` returns; after a failure that may pass, wait and ask again.

    The waits double; `say` takes a sentence before each. Raises a `DataError` if the archive
    refuses the request (HTTP 4xx), with its own words, or gives no usable answer in any try.
    """
    wait_s = config.first_wait_s
    for attempt in range(1, config.tries + 1):
        try:
            with _quiet():
                return ask()
        except XpzError:
            raise
        except PASSING as error:
            if isinstance(error, OSError) and (error.filename or error.errno in DISK):
                raise
            status = connections.status
            reason = _reason(error, connections)
            if status and 400 <= status < 500 and status not in PASSING_STATUS:
                raise DataError(f"The archive refused the request ({status}): {reason}") from error
            if attempt == config.tries:
                break
            say(f"Trying again in {wait_s:g} s: {reason}")
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, MAX_WAIT_S)
    if connections.answer is None:  # no request got as far as waiting for one
        raise DataError(
            f"{config.server} could not be reached in {config.tries} tries; the last time: "
            f"{reason}. Check the network. Everything received so far is kept: run the same "
            "command again to continue."
        )
    raise DataError(
        f"{config.server} gave no usable answer in {config.tries} tries; the last time: {reason}. "
        "Everything received so far is kept: run the same command again to continue, with a "
        "smaller --chunk if the request is too large for the archive."
    )


def plain_words(text: str) -> str:
    """Return an answer for people: no tags, no status in front, no more than a few lines."""
    text = re.sub(r"^Error \d+:", "", text.strip())
    text = re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", text, flags=re.DOTALL)
    text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())
    return text if len(text) <= 500 else text[:500] + "..."


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what astroquery prints and logs of its progress off the screen."""
    from astroquery import log

    level = log.level
    log.setLevel("WARNING")
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on units of columns
            yield
    finally:
        log.setLevel(level)


def _reason(error: BaseException, connections: Connections) -> str:
    """Return the archive's own words where it sent some, else what went wrong, in short."""
    from astroquery.utils.tap import taputils

    said = getattr(error, "strerror", None) or str(error)
    answer, status = connections.answer, connections.status
    if answer is not None and status is not None and status >= 400:
        with contextlib.suppress(*PASSING):  # astroquery leaves the words of some refusals unread
            rest = answer.read().decode(errors="replace")
            said = taputils.parse_http_response_error(rest, status) if rest else said
    return plain_words(said) or type(error).__name__
