"""Wilson's interval, beside that of SciPy."""

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.shares import share_interval


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_is_scipys(sample):
    hits, n = sample
    theirs = scipy.stats.binomtest(hits, n).proportion_ci(0.95, "wilson")
    assert share_interval(hits, n) == pytest.approx((theirs.low, theirs.high), rel=1e-9, abs=1e-12)


def test_none_and_all_reach_the_end():
    assert share_interval(0, 559)[0] == 0
    assert share_interval(559, 559)[1] == 1
    assert share_interval(0, 559)[1] == pytest.approx(0.0068, abs=1e-4)
