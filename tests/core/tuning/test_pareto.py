import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.tuning.pareto import pareto_front


@pytest.mark.parametrize(
    ("costs", "front"),
    [
        ([(1, 4), (2, 2), (4, 1), (3, 3), (2, 3)], [True, True, True, False, False]),
        ([(1, 1), (1, 1), (1, 2)], [True, True, False]),
        ([(1, 3), (np.nan, 0), (0, np.nan), (2, 2)], [True, False, False, True]),
        ([(5, 5)], [True]),
    ],
)
def test_front_of_points_known_by_eye(costs, front):
    assert pareto_front(np.array(costs, float)).tolist() == front


def test_of_no_points_none_is_on_the_front():
    assert pareto_front(np.empty((0, 2))).tolist() == []


@given(
    arrays(np.int64, st.tuples(st.integers(1, 30), st.integers(1, 3)), elements=st.integers(0, 9))
)
def test_who_is_off_the_front_is_beaten_by_someone_on_it(costs):
    front = pareto_front(costs.astype(float))
    assert front.any()
    for row, on in zip(costs, front, strict=True):
        beaten = ((costs[front] <= row).all(axis=1) & (costs[front] < row).any(axis=1)).any()
        assert beaten == (not on)
