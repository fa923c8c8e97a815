"""Whether what is asked for fits in memory: told before it starts, not by the system's killer."""

from pathlib import Path

from core.errors import XpzError

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


class MemoryShortError(XpzError):
    """What is asked for needs more memory than there is."""


def require_memory(what: str, n_bytes: float, todo: str) -> None:
    """Raise a `MemoryShortError` unless so much memory is to be had.

    Parameters
    ----------
    what : str
        What needs it, as a sentence begins: 'reading 5,000,000 galaxies'.
    n_bytes : float
        Its peak, beyond what this process holds already.
    todo : str
        A sentence that says what to do instead.
    """
    free = available_bytes()
    if n_bytes > free:
        raise MemoryShortError(
            f"{what}: needs about {_words(n_bytes)} of memory, {_words(free)} are free. {todo}"
        )


def available_bytes() -> int:
    """Return how much memory this process can still take without anything being swapped out.

    That is what the machine has left, what its container or its job of a cluster may still take
    (control groups of Linux, version 2), or what its own limit leaves (`ulimit -v`), whichever is
    least.
    """
    import psutil  # here, since not everyone who imports this asks

    left = [psutil.virtual_memory().available, *_left_in_cgroups()]
    if hasattr(psutil, "RLIMIT_AS"):  # Linux alone
        process = psutil.Process()
        limit = process.rlimit(psutil.RLIMIT_AS)[0]
        if limit != psutil.RLIM_INFINITY:
            left.append(limit - process.memory_info().vms)
    return max(0, min(left))


def _left_in_cgroups() -> list[int]:
    """Return what each control group that this process is in leaves, where it sets a limit."""
    try:
        line = next(
            line
            for line in OWN_CGROUP.read_text(encoding="utf-8").splitlines()
            if line.startswith("0::/")
        )
    except (OSError, StopIteration):
        return []
    group, left = CGROUPS / line.removeprefix("0::/"), []
    while group.is_relative_to(CGROUPS):
        try:
            limit = (group / "memory.max").read_text(encoding="utf-8").strip()
            if limit != "max":
                used = int((group / "memory.current").read_text(encoding="utf-8"))
                for entry in (group / "memory.stat").read_text(encoding="utf-8").splitlines():
                    if entry.startswith("inactive_file "):  # kept of files, given up at once
                        used -= int(entry.split()[1])
                left.append(int(limit) - used)
        except (OSError, ValueError):  # the root has none of these files
            pass
        group = group.parent
    return left


def _words(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:,.0f} MB"
