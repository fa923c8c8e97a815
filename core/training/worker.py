"""The training process: ``python -m core.training.worker RUN_DIR``; see `core.jobs.worker`."""

import sys

from core.jobs import worker
from core.jobs.devices import Device
from core.model.backend import check_backend
from core.runs import Run


def work(run: Run) -> str:
    """Wait for a device, train, and return the state in which the run ends."""
    state = worker.work(run, _train)
    if state == "done":
        run.checkpoint_path.unlink(missing_ok=True)
        # Its model cards take a second to import, for which whoever starts us would wait.
        from core.sharing.mlflow import mirror_if_asked

        mirror_if_asked(run)
    return state


def _train(run: Run, device: Device) -> str:
    check_backend()
    # Keras looks for devices when it is imported, and takes 10 s to do so.
    from core.training.job import train

    return train(run, device)


if __name__ == "__main__":
    sys.exit(worker.main(Run, work))
