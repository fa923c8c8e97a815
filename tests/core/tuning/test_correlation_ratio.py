import numpy as np
import pandas as pd

from core.tuning.correlation_ratio import telling


def test_what_never_varied_tells_least():
    trials = pd.DataFrame(
        {
            "mae": [0.1, 0.2, 0.3, 0.4, np.nan],
            "same": [1.0] * 5,
            "apart": ["a", "a", "b", "b", "a"],
            "missing": [np.nan, 1.0, 2.0, np.nan, 3.0],
        }
    )
    assert telling(trials, ["same", "missing", "apart"]) == ["apart", "missing", "same"]
    assert telling(trials.tail(1), ["same", "apart"]) == ["same", "apart"]
