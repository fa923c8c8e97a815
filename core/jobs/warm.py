"""Processes that have imported what a kind of job takes, and wait to be told which job.

For jobs that people wait for: Python and the libraries take longer to start than the work does.
``python -m core.jobs.warm MODULE LIBRARY ...`` then reads one line, ``["FOLDER", "LOG"]``, and goes
on as ``python -m MODULE FOLDER`` would, its output in that file. Without a line it ends. The
libraries are not the module itself, which is run as the program.
"""

import importlib
import json
import os
import runpy
import select
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.jobs import own_process

SECONDS_TO_WAIT = 300.0

_lock = threading.Lock()
_waiting: "dict[str, _Warm]" = {}


@dataclass(frozen=True)
class _Warm:
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]  # that it was started in

    @property
    def fits(self) -> bool:
        """Whether it lives, and a process that is started now would be like it."""
        return self.process.poll() is None and self.environment == dict(os.environ)

    def leave(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        threading.Thread(target=self.process.wait, daemon=True).start()


def prepare(module: str, libraries: Sequence[str]) -> None:
    """Have a process wait for a job of this module, if none does; return at once."""
    with _lock:
        one = _waiting.get(module)
        if one is not None and one.fits:
            return
        if one is not None:
            one.leave()
        process = own_process.start(
            ["core.jobs.warm", module, *libraries],
            {},
            stdin=subprocess.PIPE,
            output=subprocess.DEVNULL,
        )
        _waiting[module] = _Warm(process, dict(os.environ))


def hand_over(module: str, words: Sequence[str], log: Path) -> "subprocess.Popen[bytes] | None":
    """Have the process that waits for a job of this module work on it; None if none waits."""
    with _lock:
        one = _waiting.pop(module, None)
    if one is None:
        return None
    if not one.fits:
        one.leave()
        return None
    assert one.process.stdin is not None
    try:
        with one.process.stdin as told:
            told.write(json.dumps([*words, str(log)]).encode() + b"\n")
    except OSError:  # it ended just now
        one.leave()
        return None
    return one.process


def main(module: str, libraries: Sequence[str]) -> None:
    """Import, wait for a job's folder, and become its process."""
    for name in libraries:
        importlib.import_module(name)
    if not select.select([sys.stdin], [], [], SECONDS_TO_WAIT)[0]:
        return
    told = sys.stdin.readline()
    if not told:  # nobody needs it any more
        return
    *words, log = json.loads(told)
    with open(log, "ab") as output, open(os.devnull, "rb") as nothing:
        for stream, descriptor in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(stream.fileno(), descriptor)
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
