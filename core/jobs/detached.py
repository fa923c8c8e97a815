"""Processes of ours that outlive whoever starts them."""

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from core.jobs import own_process
from core.jobs.warm import hand_over

LOG_BYTES = 65_536


def start(
    module: str,
    words: Sequence[str],
    log: Path,
    ready: Callable[[], bool],
    variables: Mapping[str, str] | None = None,
) -> int | None:
    """Start ``python -m module words`` in a session of its own; return when it is ready.

    Its output goes to the end of `log`; `ready` says whether it has begun its work; `variables` are
    added to its environment. Returns its exit status if it has ended by then. A process that waits
    for just this (`core.jobs.warm`) does it instead of a new one.
    """
    process = None if variables else hand_over(module, words, log)
    if process is None:
        with log.open("ab") as output:
            process = own_process.start(
                [module, *words], variables or {}, stdin=subprocess.DEVNULL, output=output
            )
    while process.poll() is None and not ready():
        time.sleep(0.02)
    status = process.poll()
    # Collect the process when it ends, else it stays as a zombie for as long as we live.
    threading.Thread(target=process.wait, daemon=True).start()
    return status


def read_log(log: Path, tail: int) -> str:
    """Return the last `tail` lines of what a process wrote; '' where there is no file."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_BYTES))
        text = file.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-tail:])
