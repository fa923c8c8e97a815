"""The training process: ``python -m core.training.worker RUN_DIR``.

Holds the run's lock for its life, waits for a device, then imports Keras and
trains. What it prints goes to the run's worker.log.
"""

import logging
import sys
from dataclasses import replace
from pathlib import Path

from core.data.card import utc_now
from core.errors import XpzError
from core.runs import Run, open_run
from core.training.devices import select
from core.training.turn import CancelledError, turn

# For a look of someone else at whether the lock is held, which takes it for an instant.
LOCK_SECONDS = 10.0

logger = logging.getLogger("core.training.worker")  # run with -m, our name is __main__


def work(run: Run) -> str:
    """Wait for a device, train, and return the state in which the run ends."""
    with run.worker_lock().acquire(timeout=LOCK_SECONDS):
        try:
            with turn(run) as device:
                status = replace(run.status(), state="running", started=utc_now())
                run.write_status(replace(status, device=device.label, message="Starting"))
                select(device, hide_gpus=run.config.device == "cpu")
                # Keras looks for devices when it is imported, and takes 10 s to do so.
                from core.training.job import train

                train(run, device)
            _end(run, "done", "")
            for no_longer_needed in (run.checkpoint_path, run.cancel_path):
                no_longer_needed.unlink(missing_ok=True)
            # Its model cards take a second to import, for which whoever starts us would wait.
            from core.sharing.mlflow import mirror_if_asked

            mirror_if_asked(run)
            return "done"
        except CancelledError:
            done = run.status().epoch
            _end(run, "cancelled", f"Cancelled after epoch {done}; resume goes on from there.")
            return "cancelled"
        except Exception as error:  # nobody stands above: the run itself must say that it failed
            logger.exception("The training failed")
            _end(run, "failed", sentence(error))
            return "failed"


def _end(run: Run, state: str, message: str) -> None:
    logger.info("%s %s", state, message)
    run.write_status(replace(run.status(), state=state, message=message, ended=utc_now()))


def sentence(error: Exception) -> str:
    """Return what went wrong, for people."""
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
    return f"The training met an unexpected {kind}; its log says more."


def main() -> int:
    """Train the run that the command line names."""
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stdout)
    logging.getLogger("core").setLevel(logging.INFO)
    path = Path(sys.argv[1]).resolve()
    return int(work(open_run(path.parent, path.name)) == "failed")


if __name__ == "__main__":
    sys.exit(main())
