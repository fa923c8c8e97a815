"""Curves of a training on a page: an axis that shows all epochs but the far first."""

import re

from core.report.training import training_curves
from core.runs import SHIPPED_RUNS, Run


def test_a_first_epoch_far_above_the_others_is_told_and_does_not_squash_them():
    run = Run(SHIPPED_RUNS / "compact-20k")
    loss, _ = training_curves("mine", run)
    first = run.metrics()["loss"].iloc[0]
    assert first > 1
    assert loss.caption.endswith(f"▲ Above the axis: Training {first:.4g} in epoch 1.")
    numbers = re.findall(r">\N{MINUS SIGN}(\d\.\d+)</text>", loss.svg)
    assert numbers  # of the axis of y
    assert all(1.9 < float(number) < 2.4 for number in numbers)
