"""A process for what nobody vouches for: with little memory and time, and it ends with us.

What is asked for here holds on Linux. macOS limits the time but no memory; there the process still
is another one, and is ended when it takes too long.
"""

import math
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

_KEPT = (
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG", "LC_ALL"),
    *("TMPDIR", "PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS"),
    "OMP_NUM_THREADS",  # of workers side by side, each of which has one core
)
"""What such a process is told of our environment, where passwords and keys may stand as well."""

_THREAD_BYTES = 16 * 2**20
"""Of address space that a thread of ONNX Runtime takes, nearly all of it never touched."""


def start(module: str, *words: str) -> subprocess.Popen[bytes]:
    """Start a module of ours that calls `confine`, with pipes to it and from it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # Arrow's own takes a GB of address space before the first byte, which a limit would refuse.
    kept["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    return subprocess.Popen(
        [sys.executable, "-m", module, *words],
        # `-m` looks here first: our own `core`, whatever lies where we were called.
        cwd=Path(__file__).parents[1],
        env=kept | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def confine(memory_bytes: int, *, threads: int = 0) -> None:
    """Limit this process to so much memory more than it has, to no files, and to its parent's life.

    Call it when everything is imported. `threads` will be started, and take no part of the memory.
    """
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    held = _data_bytes()
    if held is None:
        return
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_DATA, held + _THREAD_BYTES * threads + memory_bytes),
    ):
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))


def allow_seconds(seconds: float) -> None:
    """Let this process compute for so many seconds from now; it is ended when they are used up."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = math.ceil(time.process_time() + seconds)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def ask(module: str, *words: str, seconds: float) -> str:
    """Return what such a process writes on one line, its last; a `TimeoutError` if it takes longer.

    A `RuntimeError` says how it ended if it was ended.
    """
    with start(module, *words) as process:
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"it took more than {seconds:.0f} s") from error
        finally:
            reason = ending(process)
    lines = said.decode(errors="replace").splitlines()
    if process.returncode or not lines:
        raise RuntimeError(reason)
    return lines[-1]


def ending(process: subprocess.Popen[bytes]) -> str:
    """Return how a process that broke off ended, for people; it is ended if it has not yet."""
    process.kill()
    code = process.wait()
    if code == -signal.SIGXCPU:
        return "it computed for too long"
    return f"its process was ended by signal {-code}" if code < 0 else f"its process ended ({code})"


def _data_bytes() -> int | None:
    """Return what the kernel counts as this process's data; None where it does not say."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmData:"):
                return 1024 * int(line.split()[1])
    return None


def _end_with(parent: int) -> None:
    """End this process soon after its parent.

    The kernel's own signal would come with the end of the *thread* that started us; those of the
    dashboard live for a moment.
    """
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
