"""Starting, stopping and resuming jobs; safe in a process that must not import Keras."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

from filelock import Timeout

from core.atomic import write_text
from core.clock import utc_now
from core.errors import RunError
from core.jobs import detached
from core.jobs.claim import claimed
from core.jobs.folder import Job, S

# Whoever only looks whether a lock is held holds it for an instant.
LOCK_SECONDS = 1.0

_ENDED = {each: f"was {each}" for each in ("cancelled", "paused", "lost")}

J = TypeVar("J", bound=Job[Any, Any])


def submit(job: J, *, to_workers: bool = False) -> J:
    """Start the process of a job that was just made, or leave it to the workers of its root."""
    if to_workers:
        job.update(for_workers=True)
        return job
    with starting(job):
        start_process(job)
    return job


def stop(job: Job[Any, Any], state: str = "cancelled") -> None:
    """Ask a waiting or working job to stop within moments, and to end as 'cancelled' or 'paused'.

    Not every kind knows 'paused'. Raises a `RunError` if it neither waits nor works.
    """
    now = job.status()
    if not now.is_active and not (now.for_workers and now.state == "lost"):
        what = "cancel" if state == "cancelled" else "pause"
        raise RunError(f"{job.called} is {now.state}; there is nothing to {what}.")
    if now.for_workers and not job.is_alive():
        # Nobody is there to obey; unless a worker takes it at this moment.
        with suppress(RunError), starting(job):
            now = job.read_status()
            if now.is_active:
                job.end(state, f"{state.capitalize()}. {job.next_step(now)}")
            return
    write_text(job.cancel_path, state)


def resume(
    job: Job[Any, Any], prepare: Callable[[], None] = lambda: None, *, to_workers: bool = False
) -> None:
    """Go on with a job that stopped; `prepare` is called once nobody else can resume it.

    It goes on here, even if it waits for a worker; `to_workers` leaves it to them instead. Raises a
    `RunError` if it cannot be resumed in its state, or someone else just resumes it.
    """
    status = job.status()
    if not job.can_resume(status) and not status.waits_for_worker:
        if status.for_good:
            raise RunError(f"{job.called} would fail again. {status.message}")
        raise RunError(
            f"{job.called} is {status.state}; only a {job.kind} that is "
            f"{' or '.join(job.resumable)} can be resumed."
        )
    with starting(job), claimed(job, status) as number:
        prepare()
        job.cancel_path.unlink(missing_ok=True)
        again = {"message": "", "submitted": utc_now(), "ended": None, "takes": number}
        again |= {"losses": 0, "for_workers": to_workers, "host": "", **job.afresh}
        job.write_status(replace(status, state="queued", **again))
        if to_workers:
            job.beat_path.unlink(missing_ok=True)
        else:
            start_process(job)


def wait(job: Job[Any, S], progress: Callable[[S], None] | None = None) -> S:
    """Wait until a job neither waits nor works and return its last status.

    `progress` is called with the status about twice a second, and at the end.
    """
    while True:
        status = job.status()
        if progress is not None:
            progress(status)
        if not status.is_active:
            return status
        time.sleep(0.5)


def finish(job: J, progress: Callable[[Any], None] | None = None) -> J:
    """Wait as `wait` does, and return the job; raise a `RunError` unless it ends as 'done'."""
    status = wait(job, progress)
    if status.state != "done":
        why = status.message or f"see {job.log_path}"
        raise RunError(f"{job.called} {_ENDED.get(status.state, status.state)}: {why}")
    return job


@contextmanager
def starting(job: Job[Any, Any]) -> Iterator[None]:
    """Make sure that nobody works on a job or starts a process for it during the block.

    Raises a `RunError` if somebody does.
    """
    try:
        with job.start_lock().acquire(timeout=LOCK_SECONDS):
            if job.has_worker(LOCK_SECONDS):
                raise RunError(f"{job.called} is active right now.")
            yield
    except Timeout as error:
        raise RunError(f"{job.called} is being started right now.") from error


def start_process(
    job: Job[Any, Any], words: Sequence[str] = (), variables: Mapping[str, str] | None = None
) -> None:
    """Start the process of a job and return when it holds the job's lock; see `starting`.

    `variables` are added to its environment.
    """
    words = [str(job.path), *words]
    status = detached.start(job.module, words, job.log_path, job.has_worker, variables)
    if status and not job.has_worker():
        # One that was killed is lost, as its status tells, and is no defect of the job.
        if status > 0 or not job.status_path.exists():
            job.not_started()
        job.beat_path.unlink(missing_ok=True)
