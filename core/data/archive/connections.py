"""HTTP to one server and no other, which gives up on silence and on answers that trickle."""

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from core.amounts import n_of
from core.data.archive.config import ArchiveConfig
from core.data.archive.service import Service
from core.errors import DataError

BLOCK_BYTES = 2**16
MIN_BYTES_PER_S = 1000
"""An answer that is slower after `ArchiveConfig.timeout_s` counts as lost."""

MAX_WORDS_BYTES = 2**16
"""Of a refusal or a page, which is enough to tell people why."""

CONNECT_S = 4.0
"""That a server which has never answered gets to take a connection: a lost packet is sent again
twice in that time."""

PASSWORD_FIELD = re.compile(r"type\s*=\s*[\"']?password", re.IGNORECASE)


class PageError(OSError):
    """A page for a browser came in place of an answer."""


class Connections(requests.Session):
    """A session with one server; `answer` is that to the latest request, if there was one.

    `has_answered` tells whether it has ever answered, now or, as whoever opens this knows, before.
    """

    def __init__(
        self, config: ArchiveConfig, service: Service, *, has_answered: bool = False
    ) -> None:
        super().__init__()
        self.has_answered = has_answered
        self._server = service.parts
        self._timeout_s = config.timeout_s
        self.answer: requests.Response | None = None
        self._words: str | None = None
        self.hooks["response"].append(self._note)

    def request(self, *args: Any, page: bool = False, **options: Any) -> requests.Response:
        """Ask as `requests.Session.request`, with the patience of the configuration.

        Raises a `PageError` if a page for people comes, unless a `page` is asked for or it is a
        login's, or no job of a query.
        """
        connect_s = self._timeout_s if self.has_answered else min(CONNECT_S, self._timeout_s)
        timeouts = {"timeout": (connect_s, self._timeout_s)}
        answer = super().request(*args, **options | timeouts)
        is_page = "html" in answer.headers.get("Content-Type", "").lower()
        no_job = str(answer.request.method) == "POST" and answer.url.endswith("/async")
        if answer.ok and ((is_page and not page) or no_job) and not answer.url.endswith("/login"):
            raise PageError(start_of(answer) or "an empty answer")
        return answer

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send a request, also one that follows an answer; to the one server alone."""
        parts = urlsplit(request.url or "")
        there = parts.scheme, parts.hostname, parts.port
        if there != self._server:
            raise DataError(
                f"The archive sent us on to {parts.scheme}://{parts.netloc}, which was not asked "
                "for. Name that server itself (--service, --bulk), if you trust it."
            )
        return super().send(request, **options)

    def forget(self) -> None:
        """Forget the latest answer, and close it."""
        if self.answer is not None:
            self.answer.close()
        self.answer = self._words = None

    @property
    def status(self) -> int | None:
        """Status of the latest answer; None where none has come."""
        return None if self.answer is None else self.answer.status_code

    @property
    def words(self) -> str:
        """What the latest answer says, where it is a refusal; its start alone."""
        if self._words is None and self.answer is not None and self.answer.status_code >= 400:
            self._words = start_of(self.answer)
        return self._words or ""

    def save(self, answer: requests.Response, path: Path) -> None:
        """Write an answer that is still to be read to a file.

        Raises a TimeoutError if it comes too slowly, and requests' or urllib3's errors if it breaks
        off.
        """
        answer.raise_for_status()  # left open, for its words
        with answer:
            started, received = time.monotonic(), 0
            with path.open("wb") as file:
                while block := answer.raw.read1(BLOCK_BYTES, decode_content=True):
                    file.write(block)
                    received += len(block)
                    elapsed = time.monotonic() - started
                    if elapsed > self._timeout_s and received < MIN_BYTES_PER_S * elapsed:
                        raise TimeoutError(f"only {n_of(received, 'byte')} came in {elapsed:.0f} s")

    def _note(self, answer: requests.Response, **_: Any) -> None:
        self.has_answered = True
        self.forget()  # the one before: pyvo reads it and leaves it open
        self.answer = answer


def start_of(answer: requests.Response) -> str:
    """Return the start of an answer as text, at most `MAX_WORDS_BYTES`; it is closed then."""
    content = b""
    with answer:
        for block in answer.iter_content(4096):
            content += block
            if len(content) >= MAX_WORDS_BYTES:
                break
    return content.decode(errors="replace")
