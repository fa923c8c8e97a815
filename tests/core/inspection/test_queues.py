import numpy as np
import pandas as pd
import pytest

from core.errors import ConfigError
from core.inspection.queues import (
    DISAGREEMENT,
    LARGEST_ERRORS,
    LEAST_EXPECTED,
    disagreement,
    queue,
    scaled_error,
    sigma,
)


@pytest.fixture
def predictions():
    """Errors of 0.02, -0.06 and 0.04; the last one is the least expected."""
    return pd.DataFrame(
        {
            "source_id": [2**62 + 1, 2**62 + 2, 2**62 + 3],
            "z_spec": [0.1, 0.2, 0.3],
            "z_pred": [0.12, 0.14, 0.34],
            "sigma_z": [0.02, 0.03, 0.01],
        }
    )


def test_the_largest_errors_come_first(predictions):
    table = queue(predictions, LARGEST_ERRORS)
    assert table["row"].tolist() == [1, 2, 0]
    assert table["source_id"].tolist() == [2**62 + 2, 2**62 + 3, 2**62 + 1]
    np.testing.assert_allclose(table["e"], [-0.05, 0.04 / 1.3, 0.02 / 1.1])


def test_the_least_expected_errors_come_first(predictions):
    table = queue(predictions, LEAST_EXPECTED)
    assert table["row"].tolist() == [2, 1, 0]
    np.testing.assert_allclose(table["scaled_error"], [4, 2, 1])


def test_without_p_z_the_interval_gives_sigma(predictions):
    with_interval = predictions.drop(columns="sigma_z").assign(z_lower=0.1, z_upper=[0.2, 0.3, 0.1])
    np.testing.assert_allclose(sigma(with_interval), [0.05, 0.1, 0])
    # Nothing is divided by an interval without width.
    np.testing.assert_allclose(scaled_error(with_interval), [0.4, 0.6, np.nan])
    assert queue(with_interval, LEAST_EXPECTED)["row"].tolist() == [1, 0]


def test_disagreement_is_symmetric_and_leaves_out_what_is_unknown(predictions):
    other = [0.12, np.nan, 0.30]
    table = queue(predictions, DISAGREEMENT, other)
    assert table["row"].tolist() == [2, 0]
    np.testing.assert_allclose(table["disagreement"], [0.04 / 1.32, 0], atol=1e-15)
    assert disagreement([0.1], [0.5]) == disagreement([0.5], [0.1])


@pytest.mark.parametrize("which", ["best", DISAGREEMENT, LEAST_EXPECTED])
def test_an_order_that_cannot_be_is_refused(predictions, which):
    with pytest.raises(ConfigError, match=f"received '{which}'"):
        queue(predictions.drop(columns="sigma_z"), which)
