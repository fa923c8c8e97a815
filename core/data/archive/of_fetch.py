"""Jobs about a fetch that is done: each in a folder of its own within that of the fetch."""

import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from filelock import Timeout

from core.atomic import write_json
from core.data.account import Account
from core.data.archive.fetch_job import FetchJob
from core.errors import RunError
from core.jobs import Job
from core.jobs.folder import C, S
from core.jobs.queue import starting, submit
from core.jobs.roots import create
from core.stored import is_there

ACCOUNTS = "accounts.json"
SECONDS = 1.0


@dataclass(frozen=True)
class OfFetch(Job[C, S]):
    """A job about a fetch; a new one of its kind takes the place of the one before.

    ::

        fetches/JOB/FOLDER/accounts.json   what became of all that was read
    """

    folder: ClassVar[str] = ""

    device = None

    @property
    def fetch(self) -> FetchJob:
        """The fetch that it is about."""
        return FetchJob(self.path.parent)

    @property
    def root(self) -> Path:
        """The root of runs that the fetch lies in."""
        return self.fetch.root

    @property
    def called(self) -> str:
        """The job at the beginning of a sentence."""
        return f"The {self.kind} of '{self.fetch.config.title}'"

    @property
    def exists(self) -> bool:
        """Whether somebody has started one, whatever became of it."""
        return is_there(self.path / self.anchor)

    @property
    def is_done(self) -> bool:
        """Whether one has ended well."""
        return self.exists and self.status().state == "done"

    def keep_accounts(self, accounts: Sequence[Account], **told: Any) -> None:
        """Keep the accounts, and what else is `told` of the result."""
        write_json(
            self.path / ACCOUNTS, {"accounts": [each.to_json() for each in accounts], **told}
        )

    def accounts(self) -> tuple[Account, ...]:
        """Return what became of all that was read, of one that is done."""
        told = self.read_json(ACCOUNTS)
        with self.reading(ACCOUNTS):
            return tuple(map(Account.from_json, told["accounts"]))


J = TypeVar("J", bound=OfFetch[Any, Any])


def begin(job: J, config: Any, prepare: Callable[[J], None] = lambda job: None) -> J:
    """Start a job in the place of the one before; `prepare` puts into its folder what it needs.

    Raises a `RunError` if one works, or the fetch has been deleted.
    """
    with holding(job.fetch, SECONDS):
        forget(job)
        made = create(type(job), job.path.parent, job.folder, config)
        prepare(made)
    return submit(made)


def forget(job: OfFetch[Any, Any]) -> None:
    """Remove what an earlier one left, but for data sets; a `RunError` if it is at work."""
    if not job.exists:
        return
    gone = job.path.with_name(f".{job.folder}.{secrets.token_hex(4)}")
    with starting(job):
        os.rename(job.path, gone)
    shutil.rmtree(gone, ignore_errors=True)


def holding(fetch: FetchJob, seconds: float) -> ExitStack:
    """Return what keeps a fetch from being started, deleted or used for a new job meanwhile.

    Raises a `RunError` if it is not there any more, or held for longer than `seconds`.
    """
    gone = RunError(f"{fetch.called} is not there any more; it was deleted.")
    if not is_there(fetch.path / fetch.anchor):  # a lock would make its folder anew
        raise gone
    held = ExitStack()
    try:
        held.enter_context(fetch.start_lock().acquire(timeout=seconds))
    except Timeout as error:
        raise RunError(f"{fetch.called} is in use right now; try again.") from error
    if not is_there(fetch.path / fetch.anchor):
        held.close()
        raise gone
    return held
