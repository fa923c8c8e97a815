"""Memory given back when the last visitor has gone: what was kept for them, and free pages."""

import contextlib
import ctypes
import gc
import logging
import threading
import time
from collections.abc import Callable

from streamlit.runtime import Runtime, RuntimeState

from dashboard.shared import store

IDLE_SECONDS = 180.0
"""Longer than Streamlit keeps what a visitor whose connection broke had chosen."""

LOOK_SECONDS = 15.0

logger = logging.getLogger(__name__)
_watch = threading.Lock()


def watch_visitors() -> None:
    """Give memory back once nobody has visited for a while; one thread does so for all visitors."""
    # A test of a screen has a stand-in. The lock is held as long as the process lives.
    is_server = Runtime.exists() and type(Runtime.instance()) is Runtime
    if is_server and _watch.acquire(blocking=False):
        threading.Thread(target=_watch_for_ever, daemon=True, name="idle").start()


def _watch_for_ever() -> None:
    idle = Idle(has_visitors, give_back)
    while True:
        time.sleep(LOOK_SECONDS)
        idle.look(time.monotonic())


class Idle:
    """Calls `then` once, when nobody has been there for `IDLE_SECONDS`; again after a visit."""

    def __init__(self, has_visitors: Callable[[], bool], then: Callable[[], None]) -> None:
        self.has_visitors, self.then = has_visitors, then
        self._since: float | None = None
        self._is_done = False

    def look(self, now: float) -> None:
        """See whether somebody is there, at a time [s] that only rises."""
        if self.has_visitors():
            self._since, self._is_done = None, False
        elif self._since is None:
            self._since = now
        elif now - self._since >= IDLE_SECONDS and not self._is_done:
            self._is_done = True
            self.then()


def has_visitors() -> bool:
    """Whether a browser is connected."""
    return Runtime.instance().state != RuntimeState.NO_SESSIONS_CONNECTED


def give_back() -> None:
    """Forget what was read and computed, and return to the system what that frees."""
    store.forget()
    with contextlib.suppress(AttributeError):  # another Streamlit may keep them elsewhere
        # What visitors who have gone had chosen; Streamlit looks at its age when the next comes.
        sessions = Runtime.instance()._session_mgr._session_storage._cache  # type: ignore[attr-defined]
        len(sessions)
    gc.unfreeze()
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
    logger.info("Nobody is there: memory was given back.")
