"""Asking a busy archive over a poor network: try again, give up, say why."""

import contextlib
import html
import re
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import TypeVar
from xml.parsers.expat import ExpatError

from pyvo.dal.exceptions import DALAccessError, DALQueryError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    SSLError,
)

from core.amounts import n_of
from core.data.archive.config import ArchiveConfig
from core.data.archive.connections import PASSWORD_FIELD, Connections, PageError
from core.errors import DataError, XpzError
from core.file_errors import UNWRITABLE

T = TypeVar("T")

# What a broken network, a busy server or half an answer looks like.
PASSING = (
    OSError,  # requests' errors as well
    EOFError,
    ValueError,
    IndexError,  # of astropy, on a VOTable without a table
    ExpatError,
    HTTPError,
    DALAccessError,
    zipfile.BadZipFile,
    zlib.error,
)

# 4xx blames the request, and the same request would be blamed again; but for these three.
PASSING_STATUS = (408, 425, 429)

# ESA's archive answers some requests that it will never grant as if it were broken (HTTP 500).
FINAL_WORDS = re.compile(
    r"(unknown|invalid|unsupported|unrecogni[sz]ed|not a valid|no such)\W+(\w+\W+){0,3}?"
    r"(retrieval|(data )?release|data.?structure|format\b)"
    r"|(retrieval.?type|release)\b.{0,60}(not (valid|supported|available|recogni[sz]ed)|unknown)"
    r"|maximum number of source",
    re.IGNORECASE | re.DOTALL,
)

MAX_WAIT_S = 300.0

FIRST_CONTACT_S = 5.0
"""After which a server that nobody has got to yet counts as out of reach: nothing is lost then, and
people wait for the word that their network is down, or the address wrong."""

# What stands between us and a server, of whatever address, before it can answer.
NO_CONTACT = (
    NewConnectionError,  # refused, or the name is not resolved
    ConnectTimeoutError,
    ProxyError,
    SSLError,
)


class RefusedError(DataError):
    """The archive will not grant this request, however often it is made; `words` are its own."""

    for_good = True

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words


class LoginError(DataError):
    """The archive wants to know who asks."""


class NoAnswerError(DataError):
    """No try brought a usable answer; `reason` is why the last one did not."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnreachableError(NoAnswerError):
    """No try got as far as an answer: the network, or the archive, is down."""


def ask_patiently(
    ask: Callable[[], T],
    connections: Connections,
    config: ArchiveConfig,
    say: Callable[[str], None],
    *,
    quiet: bool = True,
) -> T:
    """Return what `ask` returns; after a failure that may pass, wait and ask again.

    The waits double; `say` takes a sentence before each. A server that has never answered and
    takes no connection is given up after `FIRST_CONTACT_S`. `quiet` keeps Python's warnings of the
    whole process off the screen, and is not for one of several threads. Raises a `RefusedError` at
    once if the archive refuses the request for good (HTTP 4xx, or `FINAL_WORDS` with whatever
    status), a `LoginError` if it wants a login, a `NoAnswerError` if no try brings a usable answer.
    """
    wait_s, address, began = config.first_wait_s, config.service.address, time.monotonic()
    for attempt in range(1, config.tries + 1):
        connections.forget()
        try:
            with _quiet() if quiet else contextlib.nullcontext():
                return ask()
        except XpzError:
            raise
        except PASSING as error:
            # Our own disk's trouble, which the archive cannot mend.
            if isinstance(error, OSError) and (error.filename or error.errno in UNWRITABLE):
                raise
            reason = _reason(error, connections)
            _raise_if_final(error, reason, connections)
            is_new = not connections.has_answered and _is_no_contact(error)
            waited_s = time.monotonic() - began + wait_s
            if attempt == config.tries or (is_new and waited_s > FIRST_CONTACT_S):
                break
            say(f"Trying again in {wait_s:g} s: {reason}")
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, MAX_WAIT_S)
    if connections.answer is None:  # no request got as far as its answer
        todo = (
            "the network, then ask again; anything received before is kept"
            if connections.has_answered
            else "the network (a proxy or a firewall, too), the address, and whether the archive "
            "is up, then ask again"
        )
        raise UnreachableError(
            f"{address} could not be reached in {n_of(attempt, 'try')}; the last time: {reason}. "
            f"Check {todo}.",
            reason,
        )
    raise NoAnswerError(
        f"{address} gave no usable answer in {n_of(config.tries, 'try')}; the last time: "
        f"{reason}. Everything received so far is kept: run the same command again to continue, "
        "with a smaller --chunk if the request is too large for the archive.",
        reason,
    )


def _is_no_contact(error: BaseException | None) -> bool:
    """Return whether an error came before the server could have said anything."""
    while error is not None:
        if isinstance(error, NO_CONTACT):
            return True
        error = error.__cause__ or error.__context__
    return False


def plain_words(text: str) -> str:
    """Return an answer for people: no tags, no status in front, no more than a few lines."""
    text = re.sub(r"^(Error \d+:|Query Error:)", "", text.strip())
    message = re.search(r"<b>\s*Message:\s*</b>(.*?)</", text, re.DOTALL | re.IGNORECASE)
    text = message[1] if message else text
    text = re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"<(style|script|head)\b.*?</\1>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())
    return text if len(text) <= 500 else text[:500] + "..."


def _raise_if_final(error: Exception, reason: str, connections: Connections) -> None:
    status = connections.status
    if isinstance(error, PageError) and PASSWORD_FIELD.search(str(error)):
        raise LoginError(
            f"The archive answered with a page to log in ({reason}). Log in with --login."
        ) from error
    if isinstance(error, DALQueryError) and status is not None and status < 400:
        raise RefusedError(f"The archive refused the query: {reason}", reason) from error
    if status is None or status < 400 or status in PASSING_STATUS:
        return
    if status < 500 or FINAL_WORDS.search(connections.words):
        raise RefusedError(
            f"The archive refused the request ({status}): {reason}"
            + " Try a smaller --chunk." * ("maximum number" in reason.lower()),
            reason,
        ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what is told of units of columns off the screen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _reason(error: BaseException, connections: Connections) -> str:
    """Return the archive's own words where it sent some, else what went wrong, in short."""
    if connections.status is not None and connections.status >= 400:
        with contextlib.suppress(*PASSING):  # the words may break off as well
            if said := plain_words(connections.words):
                return said
    deepest = error
    while (inner := deepest.__cause__ or deepest.__context__) is not None:
        deepest = inner
    said = getattr(deepest, "strerror", None) or str(deepest)
    return plain_words(said) or type(error).__name__
