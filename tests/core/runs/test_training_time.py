"""One figure for how long a run was trained, of whatever state."""

from dataclasses import replace

import pytest

from core.runs import training_seconds, training_time

EPOCH = {
    "loss": 1.0, "mae": 0.1, "val_loss": 1.0, "val_mae": 0.1, "learning_rate": 0.001,
    "cpu_seconds": 90.0,
}  # fmt: skip


@pytest.fixture
def stopped(make_run):
    """A run that was stopped five seconds into its third epoch."""
    run = make_run()
    run.write_metrics([EPOCH | {"epoch": epoch, "seconds": 40.0} for epoch in (1, 2)])
    run.write_status(replace(run.status(), state="cancelled", epoch=2, seconds=85.0))
    return run


def test_what_a_stop_broke_off_does_not_count(stopped):
    assert training_seconds(stopped) == 80.0
    assert training_time(stopped) == "1 min 20 s"


def test_at_work_the_present_epoch_counts(stopped):
    running = replace(stopped.status(), state="running")
    assert training_time(stopped, running) == "1 min 25 s"


def test_a_complete_run_has_it_in_its_summary(stopped):
    stopped.write_summary({"run_id": stopped.run_id, "train_seconds": 120.4})
    assert training_seconds(stopped) == 120.4
    assert training_time(stopped) == "2 min 0 s"


def test_before_the_first_epoch_there_is_none(make_run):
    run = make_run()
    assert training_seconds(run) is None
    assert training_time(run) == ""
