"""A metric that nobody knew when the runs of the tests were made."""

import numpy as np
import pytest

from core.evaluation.metrics import HEADLINE, Metric

NAME = "median_size"


@pytest.fixture
def new_metric(monkeypatch):
    """The metric, one entry of the registry; its name is `NAME`."""
    metric = Metric(
        "Median |e|",
        r"\mathrm{median}\,|e|",
        "Size of a typical normalised error.",
        "The tests",
        of=lambda d, e: np.median(np.abs(e)),
    )
    monkeypatch.setitem(HEADLINE, NAME, metric)
    return metric
