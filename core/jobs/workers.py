"""Workers: processes that take the jobs which were left to them, of a root that machines may share.

A worker does one job after the other, each in a process of its own, as whoever starts one directly
does. It is known to others by a file in `.workers` of the root that it renews every few seconds.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from core.amounts import n_of
from core.errors import DamagedError, RunError, XpzError
from core.file_errors import sentence_of
from core.jobs.beat import Beat, beating, host, is_beating, new_beat, read_beat
from core.jobs.claim import claimed
from core.jobs.devices import candidates, check_device, list_devices
from core.jobs.folder import Job
from core.jobs.locks import is_held
from core.jobs.queue import start_process, starting
from core.jobs.roots import JOB_ID, open_job
from core.jobs.status import JobStatus
from core.jobs.stopping import ask_once, asked_to_end
from core.jobs.turn import WORKER_DEVICE, hold, taken
from core.jobs.worker import GIVEN_BACK

FOLDER = ".workers"
MAX_LOSSES = 3
"""A job that workers lost so often in a row, with nothing done in between, is left to people."""

Kind = type[Job[Any, Any]]

logger = logging.getLogger(__name__)


class Worker:
    """A worker: what it works on, and the jobs that it takes.

    `device` is 'auto' (a free GPU of this machine, or else its CPU), or as `Job.device`. `tell`
    gets a sentence for people about whatever happens. Raises a `ConfigError` if the device is not
    there.
    """

    def __init__(
        self,
        kinds: Iterable[Kind],
        root: Path,
        device: str = "auto",
        tell: Callable[[str], None] = logger.info,
    ) -> None:
        check_device(device)
        self.kinds, self.root, self.device = tuple(kinds), Path(os.path.realpath(root)), device
        self._tell = tell
        self._leave = threading.Event()
        self._beat = new_beat(device=", ".join(one.label for one in candidates(device)))
        # When a job was found to be none for us, by its status file: hundreds are done for good.
        self._passed: dict[Path, tuple[int, int]] = {}
        self._left: set[Path] = set()  # of which people were told that we leave them
        self._waits = ""  # of what we can take but for a device; what people were told last

    def leave(self) -> None:
        """Give the job at hand back to the queue, in the state of its last epoch, and end."""
        self._leave.set()

    def run(self, *, once: bool = False, seconds: float = 5.0) -> int:
        """Work off what waits, looking every `seconds`; return how many jobs were worked on.

        With `once` it ends when nothing waits that it can take, now or once a device is free.
        """
        folder = self.root / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        forget_the_dead(self.root)
        # Hosts' names are not always told apart.
        path = folder / f"{self._beat.machine[:8]}-{os.getpid()}.beat"
        worked = 0
        with ExitStack() as stack:
            stack.enter_context(_lock(path))
            stack.callback(lambda: path.with_suffix(".lock").unlink(missing_ok=True))
            wake = stack.enter_context(beating(path, lambda: self._beat, fenced=False))
            while not self._leave.is_set():
                job = self._take()
                if job is not None:
                    worked += 1
                    self._beat = replace(self._beat, job=job.id)
                    wake.set()
                    self._attend(job)
                    self._beat = replace(self._beat, job="")
                    wake.set()
                elif once and not self._waits:
                    break
                else:
                    self._leave.wait(seconds)
        return worked

    def _take(self) -> Job[Any, Any] | None:
        """Start the process of the job that waits for longest; None if there is none for us now."""
        by: list[str] = []
        for job, status in sorted(self._waiting(), key=lambda each: each[1].submitted or ""):
            if self._leave.is_set():
                break
            try:
                if holder := self._device_holder(job):
                    by.append(holder)
                elif self._start(job, status):
                    self._waits = ""
                    return job
            except DamagedError as error:
                self._tell_once(job, str(error))
            except RunError:  # another worker was faster
                pass
            except OSError as error:  # a full disk, a folder that may not be written
                self._tell_once(job, sentence_of(error, error.filename or job.path))
        waits = ""
        if by:
            verb = "waits" if len(by) == 1 else "wait"
            waits = f"{n_of(len(by), 'job')} {verb}: the device is taken by {by[0]}."
        if waits not in ("", self._waits):
            self._tell(waits)
        self._waits = waits
        return None

    def _waiting(self) -> Iterator[tuple[Job[Any, Any], JobStatus]]:
        """Yield the jobs that wait for a worker, or that one lost."""
        for kind in self.kinds:
            folder = self.root / kind.place
            for path in sorted(folder.iterdir()) if folder.is_dir() else []:
                with suppress(OSError, XpzError):
                    file = kind(path).status_path.stat()
                    version = (file.st_mtime_ns, file.st_ino)
                    if not JOB_ID.fullmatch(path.name) or self._passed.get(path) == version:
                        continue
                    job = open_job(kind, self.root, path.name)
                    status = job.status()
                    if status.waits_for_worker or (status.for_workers and status.state == "lost"):
                        if self._can(job, status):
                            yield job, status
                    elif not status.is_active:
                        self._passed[path] = version

    def _can(self, job: Job[Any, Any], status: JobStatus) -> bool:
        """Whether this worker can do a job; people are told once of one that it cannot."""
        why, asked = "", job.device
        losses = status.losses + (status.state == "lost")
        if asked not in (None, "auto") and not set(str(asked).split(",")) <= self._devices():
            why = f"it asks for {asked}"
        elif hasattr(job.config, "data") and not job.data_path.is_file():
            why = f"its data set is not at {job.data_path} on this machine"
        elif losses >= MAX_LOSSES and job.reached(status) <= status.reached:
            why = f"it was lost {n_of(losses, 'time')} at the same place; resume it yourself"
        if why:
            self._tell_once(job, why)
        return not why

    def _tell_once(self, job: Job[Any, Any], why: str) -> None:
        if job.path not in self._left:
            self._left.add(job.path)
            self._tell(f"{job.called} is left: {why.rstrip('.')}.")

    def _devices(self) -> set[str]:
        found = list_devices() if self.device == "auto" else candidates(self.device)
        return {part for one in found for part in one.parts}

    def _device_holder(self, job: Job[Any, Any]) -> str:
        """Return who has the device that the job needs; "" if one is free: we may take the job."""
        if job.device is None:
            return ""
        asked = self.device if job.device == "auto" else job.device
        busy, holder = taken(job), ""
        for device in candidates(asked):
            with ExitStack() as held:
                by = [busy[part] for part in device.parts if part in busy]
                if not by and hold(self.root, device, held):
                    return ""
            holder = holder or (by[0] if by else "another process")
        return holder

    def _start(self, job: Job[Any, Any], seen: JobStatus) -> bool:
        """Start the process of a job; return whether it is ours.

        Raises a `RunError` if somebody else starts it or works on it.
        """
        with starting(job):
            written = job.read_status()
            if written.updated != seen.updated:
                return False
            asked = asked_to_end(job)
            if asked not in (None, GIVEN_BACK):  # to stop, when its worker was killed
                job.end(asked, f"{asked.capitalize()}. {job.next_step(seen)}")
                return False
            changes: dict[str, Any] = {}
            if seen.state == "lost" or written.host:  # else it was left or given back
                reached = job.reached(seen)
                losses = seen.losses + 1 if reached <= seen.reached else 1
                changes = {"losses": losses, "reached": reached}
            with claimed(job, seen) as number:
                if asked_to_end(job) == GIVEN_BACK:  # what people asked meanwhile is obeyed
                    job.cancel_path.unlink(missing_ok=True)
                changes |= {"message": "", "ended": None, "host": host(), "takes": number}
                changes |= job.afresh
                job.write_status(replace(seen, state="queued", **changes))
                self._tell(f"{job.called} is taken.")
                start_process(job, variables={WORKER_DEVICE: self.device})
        return True

    def _attend(self, job: Job[Any, Any]) -> None:
        """Wait until nobody works on the job any more; give it back if we are to leave."""
        asked = False
        while job.is_alive():
            if self._leave.wait(0.5) and not asked:
                asked = True
                self._tell(f"{job.called} is given back; it goes on from what it has finished.")
                ask_once(job, GIVEN_BACK)
            elif asked:
                threading.Event().wait(0.2)
        with suppress(DamagedError):
            status = job.status()
            state = "waiting again" if status.waits_for_worker else status.state
            message = status.message.removeprefix(f"{state.capitalize()}. ")
            self._tell(f"{job.called} is {state}. {message}".rstrip())


def list_workers(root: Path) -> list[Beat]:
    """Return the workers of a root that are alive, those that came first at the beginning."""
    paths = (Path(os.path.realpath(root)) / FOLDER).glob("*.beat")
    found = [read_beat(path) for path in paths if _is_alive(path)]
    return sorted((one for one in found if one is not None), key=lambda one: one.since)


def forget_the_dead(root: Path) -> None:
    """Remove the files of workers that have gone."""
    for path in (root / FOLDER).glob("*.beat"):
        if not _is_alive(path):
            for each in (path, path.with_suffix(".lock")):
                each.unlink(missing_ok=True)


def _lock(path: Path) -> FileLock:
    return FileLock(path.with_suffix(".lock"))


def _is_alive(path: Path) -> bool:
    beat = read_beat(path)
    return is_beating(path) if beat is not None and not beat.is_here else is_held(_lock(path))
