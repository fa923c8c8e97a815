"""Who works on something: a small file, renewed every few seconds.

On this machine locks tell at once who is alive. Other machines may not see them (some network file
systems keep locks to themselves); they see that the file goes on being renewed.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from core.atomic import write_json
from core.clock import utc_now
from core.config import from_dict, to_dict
from core.errors import XpzError
from core.stored import parse_table, read_text

SECONDS = 3.0
GONE_AFTER = 20.0
"""Seconds without a renewal after which whoever worked is taken for gone."""


@dataclass(frozen=True)
class Beat:
    """Who works: `host` is for people; `machine` tells one start of a machine from any other."""

    host: str
    machine: str
    pid: int
    since: str  # UTC, ISO-8601
    time: float  # when it was renewed [s since 1970 by the clock of that machine]
    device: str = ""  # of a worker: what it works on; of a job: `Device.keys` it has or waits for
    job: str = ""  # of a worker: the job at hand

    @property
    def is_here(self) -> bool:
        """Whether it comes from this machine, whose locks tell more."""
        return self.machine == machine()

    @property
    def is_elsewhere(self) -> bool:
        """Whether it may come from another machine that still works.

        One of this machine's name from before its last start ended with that.
        """
        return not self.is_here and not (self.host == host() and self.time < booted())

    @property
    def is_ours(self) -> bool:
        """Whether it comes from this process."""
        return self.is_here and self.pid == os.getpid()


@cache
def machine() -> str:
    """Return what tells this machine, since it was started, from all others."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return host()


def host() -> str:
    """Return what people call this machine."""
    return socket.gethostname()


def booted() -> float:
    """Return when this machine was started, by its clock [s since 1970]; 0 if that is unknown."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)  # of Linux; it goes on while a laptop sleeps
    return 0.0 if clock is None else time.time() - time.clock_gettime(clock)


def new_beat(**about: str) -> Beat:
    """Return the first beat of this process."""
    return Beat(host(), machine(), os.getpid(), utc_now(), time.time(), **about)


def read_beat(path: Path) -> Beat | None:
    """Return who said last that they work, None if nobody did."""
    try:
        return from_dict(Beat, parse_table(read_text(path)), path.name)
    except (XpzError, OSError, ValueError, RecursionError):
        return None


def write_beat(path: Path, beat: Beat) -> None:
    """Say that somebody works; a disk that is full is no reason to stop."""
    with suppress(OSError):
        write_json(path, to_dict(replace(beat, time=time.time())))


# Of each file of another machine: its last beat, when it was seen by our clock, its age then [s].
_seen: dict[Path, tuple[Beat, float, float]] = {}


def is_beating(path: Path) -> bool:
    """Whether somebody on another machine works, as far as can be told at once.

    Clocks of machines differ: a beat's own time counts at the first look alone.
    """
    beat = read_beat(path)
    if beat is None or not beat.is_elsewhere:
        _seen.pop(path, None)
        return False
    # Other threads look as well, and may forget what this one has just put down.
    now, known = time.monotonic(), _seen.get(path)
    if known is None:
        known = (beat, now, max(0.0, time.time() - beat.time))
    elif known[0] != beat:
        known = (beat, now, 0.0)
    _seen[path] = known
    _, seen, age = known
    return age + now - seen < GONE_AFTER


def has_gone(path: Path) -> bool:
    """Watch, for as long as it takes, whether whoever worked on another machine has gone."""
    first = read_beat(path)
    if first is None or not first.is_elsewhere:
        return True
    end = time.monotonic() + GONE_AFTER
    while time.monotonic() < end:
        time.sleep(min(0.2, GONE_AFTER / 10))
        beat = read_beat(path)
        if beat != first:
            return beat is None or beat.is_here
    return True


@contextmanager
def beating(
    path: Path, latest: Callable[[], Beat], *, fenced: bool = True
) -> Iterator[threading.Event]:
    """Keep saying, during the block, that this process works; `latest` returns what it says.

    Setting the event that is yielded says it at once. `fenced` ends the process as soon as another
    machine has taken over, as happens when this one slept: two must not write to one folder.
    """
    write_beat(path, latest())
    wake, done = threading.Event(), threading.Event()

    def renew() -> None:
        while True:
            wake.wait(SECONDS)
            wake.clear()
            if done.is_set():
                return
            other = read_beat(path)
            if fenced and other is not None and not other.is_here:
                print(f"{other.host} has taken over; this process ends.", flush=True)
                os._exit(1)
            write_beat(path, latest())

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield wake
    finally:
        done.set()
        wake.set()
        thread.join()
        beat = read_beat(path)
        if beat is not None and beat.is_ours:
            with suppress(OSError):
                path.unlink()
