"""The process that works on a job, whatever its kind.

Holds the job's lock for its life, waits for a device, lets the kind do its work, and
records how that ended. What it prints goes to the job's log.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from filelock import Timeout

from core.clock import utc_now
from core.errors import RunError, XpzError
from core.file_errors import sentence_of
from core.jobs.beat import beating, host, new_beat
from core.jobs.claim import remove_used
from core.jobs.devices import Device, candidates, select
from core.jobs.folder import Job
from core.jobs.leftovers import remove_leftovers
from core.jobs.stopping import asked_to_end
from core.jobs.turn import CancelledError, asked_of, turn
from core.printable import PrintableFormatter

# For a look of someone else at whether the lock is held, which takes it for an instant.
LOCK_SECONDS = 10.0
STARTING = "Starting"
GIVEN_BACK = "queued"

J = TypeVar("J", bound=Job[Any, Any])

logger = logging.getLogger(__name__)


@contextmanager
def at_work(
    job: Job[Any, Any], seconds: float = LOCK_SECONDS
) -> Iterator[Callable[[Iterable[Device]], None]]:
    """Hold a job's lock for the time of the block, and remove what a killed process left.

    Yielded is what tells others which devices the job works on or waits for, by `Device.keys`.
    Raises a `RunError` if another process works on the job and goes on to for `seconds`.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(job.worker_lock(seconds))
        except Timeout as error:
            raise RunError(f"{job.called} is active right now.") from error
        remove_leftovers(job)
        beat = new_beat()
        wake = stack.enter_context(beating(job.beat_path, lambda: beat))

        def tell(devices: Iterable[Device]) -> None:
            nonlocal beat
            beat = replace(beat, device=",".join(key for one in devices for key in one.keys))
            wake.set()

        yield tell


def work(job: J, do: Callable[[J, Device], str | None]) -> str:
    """Wait for the job's device, do its work, and return the state in which it ends.

    `do` obeys requests to stop (`core.jobs.turn.obey`), and returns what to say at the end, if
    anything.
    """
    with at_work(job) as tell:
        try:
            remove_used(job, job.status().takes)
            asked = asked_of(job)
            tell(() if asked is None else candidates(asked))
            with turn(job) as device:
                tell([device])
                on = {} if device.kind == "none" else {"device": device.label}
                job.update(state="running", started=utc_now(), host=host(), message=STARTING, **on)
                if on:
                    select(device, hide_gpus=asked == "cpu")
                message = do(job, device)
            return _end(job, "done", message or "")
        except CancelledError:
            state = asked_to_end(job) or "cancelled"
            if state == GIVEN_BACK:
                return _give_back(job)
            try:
                then = job.next_step(job.read_status())
            except XpzError as error:  # a damaged file must not hide that it was asked to stop
                then = str(error)
            return _end(job, state, f"{state.capitalize()}. {then}")
        except Exception as error:  # nobody stands above: the job itself must say that it failed
            logger.exception("%s failed", job.called)
            for_good = isinstance(error, XpzError) and error.for_good
            return _end(job, "failed", sentence(error, job.path), for_good=for_good)


def _give_back(job: Job[Any, Any]) -> str:
    """Let the next worker go on with a job whose own has to leave."""
    logger.info("Given back to the queue.")
    job.cancel_path.unlink(missing_ok=True)
    job.update(state=GIVEN_BACK, message="", host="", **job.afresh)
    return GIVEN_BACK


def _end(job: Job[Any, Any], state: str, message: str, *, for_good: bool = False) -> str:
    logger.info("%s %s", state, message)
    try:
        job.end(state, message, for_good=for_good)
    except OSError as error:  # its disk is full: the log alone can be told
        logger.error("%s", sentence_of(error))
        return "failed"
    if state == "done":
        job.cancel_path.unlink(missing_ok=True)
    return state


def sentence(error: Exception, folder: Path | None = None) -> str:
    """Return what went wrong, for people; in `folder`, where the system names no file."""
    kind = type(error).__name__
    if isinstance(error, XpzError):
        return str(error)
    # Python, TensorFlow, PyTorch and JAX each have their own way to say it.
    if (
        isinstance(error, MemoryError)
        or kind in ("ResourceExhaustedError", "OutOfMemoryError")
        or "RESOURCE_EXHAUSTED" in str(error)
    ):
        return "Out of memory: choose a smaller batch or network, or another device."
    if isinstance(error, OSError):
        return sentence_of(error, error.filename or folder)
    return f"The job failed with an unexpected {kind}; its log has the details."


def main(kind: type[J], work: Callable[[J], str]) -> int:
    """Work on the job whose folder the command line names; a kind's module ends with this."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(PrintableFormatter("%(asctime)s %(message)s"))
    logging.basicConfig(handlers=[handler])
    logging.getLogger("core").setLevel(logging.INFO)
    return int(work(kind(Path(sys.argv[1]).resolve())) == "failed")
