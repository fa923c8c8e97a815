"""Requests to stop: a file in the job's folder, whose text is the state that the job is to end in.

See `core.jobs.queue.stop` for what people ask, and `core.jobs.turn.obey` for who obeys.
"""

import os
from typing import Any

from core.jobs.folder import Job


def ask_once(job: Job[Any, Any], state: str) -> None:
    """Ask a job to stop and to end in a state, unless it was asked before."""
    whole = job.cancel_path.with_name(f".{job.cancel_path.name}-{os.getpid()}")
    whole.write_text(state, encoding="utf-8")
    try:
        # Unlike a renaming, a link replaces nothing.
        os.link(whole, job.cancel_path)
    except FileExistsError:
        pass
    finally:
        whole.unlink()


def asked_to_end(job: Job[Any, Any]) -> str | None:
    """Return the state in which a job was asked to end, None if it was not."""
    try:
        return job.cancel_path.read_text(encoding="utf-8") or "cancelled"
    except FileNotFoundError:
        return None
