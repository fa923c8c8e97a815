"""How long a run was trained: one figure, wherever it stands."""

from core.amounts import duration
from core.runs.run import Run
from core.runs.status import Status

TRAINING_TIME = "Training time"
ABOUT_TRAINING_TIME = (
    "By the clock, of all epochs with their validation: without waits and pauses, what a stop "
    "broke off, the start of Keras, the calibration and the evaluation."
)


def training_seconds(run: Run, status: Status | None = None) -> float | None:
    """Return how long the epochs of a run took by the clock [s]; None where there are none yet.

    Of a run at work, with the epoch that it is in; of one that was calibrated anew, the epochs of
    its network. `status` is the run's, if it was read already.
    """
    summary = run.summary()
    if summary is not None:
        return summary.get("train_seconds")
    status = status or run.status()
    if status.is_active:
        return status.seconds or None
    # What a stop broke off is trained again, and counts then.
    return float(run.metrics()["seconds"].sum()) or None


def training_time(run: Run, status: Status | None = None) -> str:
    """Return `training_seconds` in words, such as '1 min 20 s'; '' where it is not known."""
    seconds = training_seconds(run, status)
    return "" if seconds is None else duration(seconds, exact=True)
