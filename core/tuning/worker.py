"""The process that leads a search: ``python -m core.tuning.worker SEARCH_DIR``.

It has the trials run by one process after another (`core.tuning.tuner`): memory grows with every
network that a process builds, and one that is killed for it takes only its trial along.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from core.clock import utc_now
from core.errors import RunError
from core.jobs import worker
from core.jobs.devices import Device
from core.jobs.turn import CancelledError
from core.tuning.search import Search, SearchStatus, Trial

# How the process of the trials ends: the search is at its end, wants another process, or
# was asked to stop.
FINISHED, MORE, STOPPED = 0, 10, 11
# After so many failures on end the next one would fail too.
MAX_FAILURES = 5
# Whoever kills the process of the trials kills us as well within so many seconds, or it alone.
SECONDS_TO_DIE_TOGETHER = 2.0


def work(search: Search) -> str:
    """Wait for a device, run the trials, and return the state in which the search ends."""
    state = worker.work(search, _run)
    if state == "done":
        search.remove_checkpoints([trial.number for trial in search.ended_trials()])
    return state


def _run(search: Search, device: Device) -> str:
    clock = time.monotonic() - search.read_status().seconds
    while _run_process(search, device, clock) == MORE:
        pass
    return search.read_status().message


def counted(status: SearchStatus, ended: Sequence[Trial]) -> SearchStatus:
    """Return the status with these trials ended and none under way."""
    errors = [trial.mae for trial in ended if trial.mae is not None]
    return replace(
        status,
        trials_done=len(errors),
        trials_failed=len(ended) - len(errors),
        best_mae=min(errors, default=None),
        trial=None,
        epoch=0,
    )


def check_failures(ended: Sequence[Trial]) -> None:
    """Raise a `RunError` if the last `MAX_FAILURES` trials failed."""
    last = ended[-MAX_FAILURES:]
    if len(last) == MAX_FAILURES and all(trial.state == "failed" for trial in last):
        raise RunError(
            f"{MAX_FAILURES} trials in a row failed, the last with: {last[-1].message} Resume "
            "tries others; if they fail too, change the space."
        )


def _run_process(search: Search, device: Device, clock: float) -> int:
    """Run trials in a process of their own; return how it ended, `FINISHED` or `MORE`."""
    words = [str(search.path), device.id, str(clock)]
    command = [sys.executable, "-m", "core.tuning.tuner", *words]
    # It ends when the pipe breaks, with us.
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        outcome = process.wait()
    status = replace(search.read_status(), seconds=time.monotonic() - clock)
    if outcome == STOPPED:
        search.write_status(status)
        raise CancelledError
    if outcome < 0:
        # A trial that is killed with its search is the search's next one, not a failed one.
        time.sleep(SECONDS_TO_DIE_TOGETHER)
        trial = search.open_trial()
        if trial is None:
            raise RunError(f"The process of the trials was killed ({_name(outcome)}).")
        message = (
            f"Its process was killed ({_name(outcome)}): the machine may have run out of memory."
        )
        search.write_ended(replace(trial, state="failed", message=message, ended=utc_now()))
        search.remove_checkpoints([trial.number])
        ended = search.ended_trials()
        search.write_status(counted(status, ended))
        check_failures(ended)
        return MORE
    if outcome not in (FINISHED, MORE):
        unsaid = status.message in ("", worker.STARTING)
        raise RunError(
            "The process of the trials failed; see the log." if unsaid else status.message
        )
    search.write_status(status)
    return outcome


def _name(outcome: int) -> str:
    return signal.Signals(-outcome).name


if __name__ == "__main__":
    sys.exit(worker.main(Search, work))
