"""The process that leads a search: ``python -m core.tuning.worker SEARCH_DIR``.

Holds the search's lock for its life, waits for a device, and has the trials run by
one process after another (`core.tuning.tuner`): memory grows with every network that
a process builds, and one that is killed for it takes only its trial along.
"""

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.data.card import utc_now
from core.errors import RunError
from core.training.devices import Device, select
from core.training.turn import CancelledError, turn
from core.training.worker import LOCK_SECONDS, sentence
from core.tuning.search import Search, SearchStatus, Trial, open_search

# How the process of the trials ends: the search is at its end, wants another process, or
# was asked to stop.
FINISHED, MORE, STOPPED = 0, 10, 11
# After so many failures on end the next one would fail too.
MAX_FAILURES = 5
STARTING = "Starting"

logger = logging.getLogger("core.tuning.worker")  # run with -m, our name is __main__


def work(search: Search) -> str:
    """Wait for a device, run the trials, and return the state in which the search ends."""
    with search.worker_lock().acquire(timeout=LOCK_SECONDS):
        try:
            with turn(search) as device:
                status = search.status()
                clock = time.monotonic() - status.seconds
                status = replace(status, state="running", started=utc_now())
                search.write_status(replace(status, device=device.label, message=STARTING))
                select(device, hide_gpus=search.config.device == "cpu")
                while _run_process(search, device, clock) == MORE:
                    pass
            _end(search, "done", search.status().message)
            search.remove_checkpoints([trial.number for trial in search.ended_trials()])
            search.cancel_path.unlink(missing_ok=True)
            return "done"
        except CancelledError:
            state = search.cancel_path.read_text() or "cancelled"
            _end(search, state, f"{state.capitalize()}; resume goes on {_where(search)}.")
            return state
        except Exception as error:  # nobody stands above: the search itself must say it
            logger.exception("The search failed")
            _end(search, "failed", sentence(error))
            return "failed"


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
            f"{MAX_FAILURES} trials on end failed, the last one so: {last[-1].message} Resume "
            "tries others; if they fail too, change the space."
        )


def _run_process(search: Search, device: Device, clock: float) -> int:
    """Run trials in a process of their own; return how it ended, `FINISHED` or `MORE`."""
    words = [str(search.path), device.id, str(clock)]
    command = [sys.executable, "-m", "core.tuning.tuner", *words]
    # It ends when the pipe breaks, with us.
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        outcome = process.wait()
    status = replace(search.status(), seconds=time.monotonic() - clock)
    if outcome == STOPPED:
        search.write_status(status)
        raise CancelledError
    if outcome < 0:
        trial = search.open_trial()
        if trial is None:
            raise RunError(f"The process of the trials was killed ({_name(outcome)}).")
        message = f"Its process was killed ({_name(outcome)}): was there too little memory?"
        search.write_ended(replace(trial, state="failed", message=message, ended=utc_now()))
        search.remove_checkpoints([trial.number])
        ended = search.ended_trials()
        search.write_status(counted(status, ended))
        check_failures(ended)
        return MORE
    if outcome not in (FINISHED, MORE):
        unsaid = status.message in ("", STARTING)
        raise RunError(
            "The trials' process came to grief; see the log." if unsaid else status.message
        )
    search.write_status(status)
    return outcome


def _name(outcome: int) -> str:
    return signal.Signals(-outcome).name


def _where(search: Search) -> str:
    trial = search.open_trial()
    if trial is None:
        return "with the next trial"
    epochs = len(search.curves(trial.number))
    where = f"after epoch {epochs}" if epochs else "from its start"
    return f"with trial {trial.number} {where}"


def _end(search: Search, state: str, message: str) -> None:
    logger.info("%s %s", state, message)
    status = replace(search.status(), state=state, message=message, ended=utc_now())
    search.write_status(replace(status, trial=None, epoch=0))


def main() -> int:
    """Lead the search that the command line names."""
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stdout)
    logging.getLogger("core").setLevel(logging.INFO)
    path = Path(sys.argv[1]).resolve()
    return int(work(open_search(path.parent.parent, path.name)) == "failed")


if __name__ == "__main__":
    sys.exit(main())
