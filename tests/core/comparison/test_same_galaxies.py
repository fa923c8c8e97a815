import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.same_galaxies import aligned, rows_of_same
from core.errors import DataError, RunError


def test_a_galaxy_has_one_true_redshift(subject):
    first = subject("first", [1, 2, 3], [0.1, 0.2, 0.3], [0.1, 0.2, 0.3])
    rounded = subject("rounded", [3, 2], np.float32([0.3, 0.2]), [0.3, 0.2])
    assert len(aligned([first, rounded])[0].predictions) == 2
    other = subject("other", [3, 2], [0.3, 0.25], [0.3, 0.2])
    with pytest.raises(DataError, match=r"that of 2 is 0\.20000 in 'first' and 0\.25000 in"):
        aligned([first, other])
    unknown = subject("unknown", [3, 2], [np.nan, 0.2], [0.3, 0.2])
    with pytest.raises(DataError, match="1 such galaxy"):
        aligned([first, unknown])


@given(st.lists(st.sets(st.integers(-5, 10), min_size=1), min_size=2, max_size=4), st.randoms())
def test_alignment_keeps_each_galaxys_own_row(subject, sets, random):
    tables = []
    for number, members in enumerate(sets):
        ids = np.array(random.sample(sorted(members), len(members)))
        tables.append(subject(str(number), ids, ids / 10, ids / 10 + number))
    shared = sorted(set.intersection(*sets))
    if not shared:
        with pytest.raises(RunError, match="no galaxies in common"):
            aligned(tables)
        return
    for number, each in enumerate(aligned(tables)):
        assert each.predictions["source_id"].tolist() == shared
        assert each.predictions["z_pred"].to_numpy() == pytest.approx(
            np.array(shared) / 10 + number
        )


def test_the_same_galaxy_has_the_same_id_and_true_redshift():
    found = rows_of_same(
        np.array([7, 8, 9]), np.array([0.1, 0.2, 0.3]), np.array([9, 7]), np.array([0.3, 0.15])
    )
    assert found.tolist() == [-1, -1, 0]
