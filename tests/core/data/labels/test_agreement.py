import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.data.labels.agreement import contradicting, one_each


def test_agreements_are_merged_and_contradictions_left_out():
    ids = np.array([7, 8, 7, 9, 8, 7])
    z = np.array([0.1, 0.2, 0.1004, 0.3, 0.5, 0.1002])
    error = np.array([3.0, 1, 1, 1, 1, np.inf])
    rows, n_repeated, n_contradicting = one_each(ids, z, error)
    assert (rows.tolist(), n_repeated, n_contradicting) == ([2, 3], 2, 2)
    assert one_each(ids, z)[0].tolist() == [0, 3]
    assert contradicting(ids, z).tolist() == [False, True, False, False, True, False]


def test_what_is_unknown_contradicts_nothing():
    assert not contradicting(np.array([1, 1, 2]), np.array([0.1, np.nan, np.nan])).any()


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1.5)), max_size=30), st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    kept = []
    for order in (rows, shuffled):
        ids, z = np.array(order).reshape(-1, 2).T
        chosen, *counts = one_each(ids.astype(int), z, z)
        kept.append((sorted(zip(ids[chosen], z[chosen], strict=True)), counts))
    assert kept[0] == kept[1]
