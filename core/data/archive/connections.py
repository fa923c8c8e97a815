"""HTTP connections for astroquery that give up on silence, and are closed after use."""

import http.client
from typing import Any
from urllib.parse import urlsplit

from core.data.archive.config import ArchiveConfig


class Connections:
    """astroquery's source of connections (its `ConnectionHandler`) to one server.

    astroquery's own waits for ever on a server that says nothing, and turns to
    HTTPS on the standard port once someone logs in, whatever the address.
    `answer` is that to the latest request, if there was one.
    """

    def __init__(self, config: ArchiveConfig) -> None:
        parts = urlsplit(config.server)
        self._secure = parts.scheme == "https"
        self._address = (parts.hostname or "", parts.port)
        self._timeout_s = config.timeout_s
        self._connection: http.client.HTTPConnection | None = None
        self.answer: http.client.HTTPResponse | None = None

    def get_connection(self, **_: Any) -> http.client.HTTPConnection:
        """Return a new connection; the one before is closed."""
        self.close()
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        host, port = self._address
        self._connection = kind(host, port, timeout=self._timeout_s)
        self._connection.response_class = self._respond  # type: ignore[assignment]
        return self._connection

    get_connection_secure = get_connection  # logins ask for it by this name

    @property
    def status(self) -> int | None:
        """Status of the latest answer; None where none has come."""
        status = None if self.answer is None else self.answer.status
        return status if isinstance(status, int) else None  # a word before the first line came

    def close(self) -> None:
        """Close what is open."""
        if self.answer is not None:
            self.answer.close()
        if self._connection is not None:
            self._connection.close()
        self.answer = self._connection = None

    def _respond(self, *args: Any, **options: Any) -> http.client.HTTPResponse:
        self.answer = http.client.HTTPResponse(*args, **options)
        return self.answer
