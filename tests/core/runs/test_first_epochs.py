"""Where an axis of epochs ends."""

import numpy as np
import pandas as pd
import pytest

from core.runs.first_epochs import axis_top


def table(values):
    return pd.DataFrame({"run": "", "epoch": range(1, len(values) + 1), "value": values})


@pytest.mark.parametrize("values", [[1.0, 0.5, 0.4], [0.5, 0.4, 0.6, 0.3, 0.45], [0.2] * 6])
def test_an_axis_that_nothing_squashes_is_left_alone(values):
    assert axis_top(table(values), ["value"]) == np.inf


def test_the_first_epoch_alone_does_not_set_the_axis():
    assert axis_top(table([9.0, 2.0, 1.5, 1.0]), ["value"]) == pytest.approx(2.3)
