"""The process that leads a search: ``python -m core.tuning.worker SEARCH_DIR``.

It has the trials run by one process after another (`core.tuning.tuner`), or by several side by
side: memory grows with every network that a process builds, and one that is killed for it takes
only its trial along.
"""

import os
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
from core.jobs.worker import STARTING
from core.model.backend import check_backend
from core.tuning.search import Search, Trial

# How the process of the trials ends: the search is at its end, wants another process, or
# was asked to stop.
FINISHED, MORE, STOPPED = 0, 10, 11
# After so many failures on end the next one would fail too.
MAX_FAILURES = 5
# Whoever kills the process of the trials kills us as well within so many seconds, or it alone.
SECONDS_TO_DIE_TOGETHER = 2.0
SECONDS_BETWEEN_LOOKS = 0.05


def work(search: Search) -> str:
    """Wait for a device, run the trials, and return the state in which the search ends."""
    state = worker.work(search, _run)
    if state == "done":
        search.remove_checkpoints([trial.number for trial in search.ended_trials()])
    return state


def _run(search: Search, device: Device) -> str:
    check_backend()
    clock = time.monotonic() - search.read_status().seconds
    with Trials(search, device, clock) as trials:
        trials.run()
    return search.read_status().message


def check_failures(ended: Sequence[Trial]) -> None:
    """Raise a `RunError` if the last `MAX_FAILURES` trials failed."""
    last = ended[-MAX_FAILURES:]
    if len(last) == MAX_FAILURES and all(trial.state == "failed" for trial in last):
        raise RunError(
            f"{MAX_FAILURES} trials in a row failed, the last with: {last[-1].message} Resume "
            "tries others; if they fail too, change the space."
        )


class Trials:
    """The processes of a search's trials, as many as it has workers; they end with the block."""

    def __init__(self, search: Search, device: Device, clock: float) -> None:
        self._search, self._device, self._clock = search, device, clock
        self._at_work: dict[int, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Trials":
        return self

    def __exit__(self, *about: object) -> None:
        for process in self._at_work.values():
            _close(process)  # it ends when the pipe breaks
        for process in self._at_work.values():
            process.wait()

    def run(self) -> None:
        """Run trials until the search ends.

        Raises a `CancelledError` if the search is asked to stop, a `RunError` if it cannot go on.
        """
        stopped = False
        for number in range(self._search.config.workers):
            self._start(number)
        while self._at_work:
            for number, process in list(self._at_work.items()):
                outcome = process.poll()
                if outcome is None:
                    continue
                del self._at_work[number]
                _close(process)
                stopped = stopped or outcome == STOPPED
                if self._goes_on(number, outcome) and not stopped:
                    self._start(number)
            time.sleep(SECONDS_BETWEEN_LOOKS)
        if stopped:
            raise CancelledError

    def _start(self, number: int) -> None:
        """Start one of the processes, on its part of the device."""
        parts, workers = self._device.parts, self._search.config.workers
        part = parts[number % len(parts)]
        environment = dict(os.environ)
        if len(parts) > 1:
            environment["CUDA_VISIBLE_DEVICES"] = part.removeprefix("gpu:")
        if workers > 1:
            # Each would else use all cores, and wait for the others most of the time.
            threads = str(max(1, (os.cpu_count() or 1) // workers))
            for variable in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
                environment.setdefault(variable, threads)
        words = [str(self._search.path), part, str(self._clock), str(number)]
        self._at_work[number] = subprocess.Popen(
            [sys.executable, "-m", "core.tuning.tuner", *words],
            stdin=subprocess.PIPE,
            env=environment,
        )

    def _goes_on(self, number: int, outcome: int) -> bool:
        """Whether another process follows one that ended so."""
        search = self._search
        status = search.change_status(seconds=time.monotonic() - self._clock)
        if outcome < 0:
            self._fail_trial(number, outcome)
        elif outcome not in (FINISHED, MORE, STOPPED):
            unsaid = status.message in ("", STARTING)
            raise RunError(
                "The process of the trials failed; see the log." if unsaid else status.message
            )
        return outcome not in (FINISHED, STOPPED)

    def _fail_trial(self, number: int, outcome: int) -> None:
        """Let the trial fail whose process was killed."""
        search = self._search
        # A trial that is killed with its search is the search's next one, not a failed one.
        time.sleep(SECONDS_TO_DIE_TOGETHER)
        trial = next((each for each in search.open_trials() if each.worker == number), None)
        if trial is None:
            raise RunError(f"The process of the trials was killed ({_name(outcome)}).")
        message = (
            f"Its process was killed ({_name(outcome)}): the machine may have run out of memory."
        )
        ended = search.write_ended(replace(trial, state="failed", message=message, ended=utc_now()))
        search.remove_checkpoints([trial.number])
        check_failures(ended)


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()


def _name(outcome: int) -> str:
    return signal.Signals(-outcome).name


if __name__ == "__main__":
    sys.exit(worker.main(Search, work))
