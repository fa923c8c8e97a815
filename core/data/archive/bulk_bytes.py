"""The bytes of one bulk file, asked for in pieces where the line breaks."""

import re
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import requests
from urllib3.exceptions import ProtocolError

from core.amounts import n_of
from core.atomic import write_json
from core.config import to_dict
from core.data.archive.bulk import BulkFile
from core.data.archive.config import ArchiveConfig
from core.data.archive.connections import (
    BLOCK_BYTES,
    MIN_BYTES_PER_S,
    Connections,
    PageError,
)
from core.data.archive.patience import (
    LoginError,
    NoAnswerError,
    RefusedError,
    UnreachableError,
    ask_patiently,
)
from core.errors import DamagedError, DataError, RunError
from core.stored import is_there, read_as

MIN_GAIN_BYTES = 2**20
"""Bytes that a round of tries must bring for another round, where none brought the whole."""

GZIP = b"\x1f\x8b"

# Told how many bytes have come of how many, None while that is unknown.
Told = Callable[[int, int | None], None]


class ServerError(RunError):
    """The server as a whole cannot be asked further; other files would fare no better."""


@dataclass(frozen=True)
class Begun:
    """What is known of a file that has come in part.

    Attributes
    ----------
    url, version : str
        Of the `BulkFile`.
    etag, modified : str
        What the server called the content; '' for neither.
    size : int or None
        Of the whole [bytes].
    """

    url: str
    version: str
    etag: str = ""
    modified: str = ""
    size: int | None = None

    @property
    def validator(self) -> str:
        """What If-Range takes: a weak ETag is none (RFC 9110, section 13.1.5)."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


def read_begun(state: Path, file: BulkFile) -> Begun | None:
    """Return what is known of this version of the file, None where nothing of it has come."""
    if not is_there(state):
        return None
    try:
        begun = read_as(Begun, state)
    except DamagedError:
        return None
    return begun if (begun.url, begun.version) == (file.url, file.version) else None


class Getting:
    """The bytes of one file, as far as they have come."""

    def __init__(
        self,
        file: BulkFile,
        part: Path,
        state: Path,
        connections: Connections,
        config: ArchiveConfig,
        say: Callable[[str], None],
        told: Told,
    ) -> None:
        self.file, self.part, self.state = file, part, state
        self.connections, self.config, self.told = connections, config, told
        self.say = lambda sentence: say(f"{file.name}: {sentence}")
        self.begun = read_begun(state, file)

    @property
    def n_bytes(self) -> int:
        """What has come so far."""
        return self.part.stat().st_size if self.begun and self.part.exists() else 0

    def go_on(self) -> None:
        """Ask until the whole has come; as long as it grows, the patience begins anew."""
        while True:
            before = self.n_bytes
            try:
                ask_patiently(self._ask, self.connections, self.config, self.say, quiet=False)
            except LoginError as error:
                raise ServerError(
                    f"{self.file.url}: the server answered with a page to log in. Name a server "
                    "that gives its files to everyone."
                ) from error
            except RefusedError as error:
                self._refuse(error)
            except UnreachableError as error:
                if self.n_bytes < before + MIN_GAIN_BYTES:
                    raise ServerError(str(error)) from error
            except NoAnswerError as error:
                if self.n_bytes < before + MIN_GAIN_BYTES:
                    raise DataError(
                        f"{self.file.url}: gave no usable answer in "
                        f"{n_of(self.config.tries, 'try')}; the last time: {error.reason}."
                    ) from error
            else:
                return

    def _refuse(self, error: RefusedError) -> None:
        status = self.connections.status
        sentence = f"{self.file.url}: the server refuses it (HTTP {status}): {error.words}"
        if status in (401, 403, 407):  # so it would the others
            raise ServerError(sentence) from error
        raise DataError(sentence) from error

    def _ask(self) -> None:
        """Ask for what lacks, and receive it."""
        have, begun = self.n_bytes, self.begun
        if begun is not None and have and have == begun.size:
            return None
        # A .gz is to come as it is, and not as a way to send what is in it.
        words = {"Accept-Encoding": "identity"}
        # Without a validator only a checksum can tell that the pieces are of one file.
        if begun is not None and have and (begun.validator or self.file.digest):
            words["Range"] = f"bytes={have}-"
            if begun.validator:
                words["If-Range"] = begun.validator
        answer = self.connections.get(self.file.url, headers=words, stream=True)
        if have and answer.status_code == requests.codes.requested_range_not_satisfiable:
            answer.close()  # it has fewer bytes than have come: it is another file
            self._start_over()
            return self._ask()
        answer.raise_for_status()  # left open, for its words
        with answer:
            if answer.status_code == requests.codes.partial_content:
                self._check_range(answer, have)
            else:
                have = 0
                self._start_over()
                length = answer.headers.get("Content-Length", "")
                self.begun = Begun(
                    self.file.url,
                    self.file.version,
                    answer.headers.get("ETag", ""),
                    answer.headers.get("Last-Modified", ""),
                    int(length) if length.isdecimal() else None,
                )
                write_json(self.state, to_dict(self.begun))
            return self._receive(answer, have)

    def _start_over(self) -> None:
        self.part.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)
        self.begun = None

    def _check_range(self, answer: requests.Response, have: int) -> None:
        """Refuse a piece that does not follow what has come, or is one of another file."""
        text = answer.headers.get("Content-Range", "")
        told = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", text.strip())
        size = None if self.begun is None else self.begun.size
        follows = told is not None and int(told[1]) == have
        is_other = told is not None and told[3] != "*" and size not in (None, int(told[3]))
        etag, known = answer.headers.get("ETag"), self.begun.etag if self.begun else ""
        if not follows or is_other or (etag and known and etag != known):
            self._start_over()
            raise EOFError(f"expected the bytes from {have:,} on, received '{text}'; begins anew")
        if told and told[3] != "*" and size is None and self.begun is not None:
            self.begun = replace(self.begun, size=int(told[3]))
            write_json(self.state, to_dict(self.begun))

    def _receive(self, answer: requests.Response, have: int) -> None:
        assert self.begun is not None
        size, timeout_s = self.begun.size, self.config.timeout_s
        since, lately = time.monotonic(), 0
        # Where the size is known, it tells that the line broke, in plainer words.
        broken = suppress(ProtocolError) if size is not None else nullcontext()
        with self.part.open("ab" if have else "wb") as part, broken:
            while block := answer.raw.read1(BLOCK_BYTES, decode_content=False):
                if not have and self.file.name.endswith(".gz") and not block.startswith(GZIP[:1]):
                    raise PageError(block.decode(errors="replace"))
                part.write(block)
                have, lately = have + len(block), lately + len(block)
                self.told(have, size)
                elapsed = time.monotonic() - since
                if elapsed > timeout_s:
                    if lately < MIN_BYTES_PER_S * elapsed:
                        raise TimeoutError(f"only {n_of(lately, 'byte')} came in {elapsed:.0f} s")
                    since, lately = time.monotonic(), 0
        if not have:
            raise EOFError("an empty answer")
        if size is not None and have != size:  # else the end of the connection is that of the file
            raise EOFError(f"broke off after {have:,} of {n_of(size, 'byte')}")
