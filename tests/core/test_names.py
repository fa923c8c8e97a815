"""Names for people: each tells one from all others."""

import pytest

from core.names import distinct_names


@pytest.mark.parametrize(
    ("ids", "given", "names"),
    [
        (["a", "b"], ["Deep", ""], ["Deep", "b"]),
        (["a", "b"], ["Deep", "Deep"], ["Deep (a)", "Deep (b)"]),
        (["a", "b"], ["b", ""], ["b (a)", "b"]),
        (["a", "b"], ["a", "Deep"], ["a", "Deep"]),  # a name that is its own id
        (["a", "b"], ["UGC", "z"], ["UGC (a)", "z"]),
        # One that is called what another one is with its id.
        (["a", "b", "c"], ["Deep", "Deep", "Deep (a)"], ["a", "b", "c"]),
        ([], [], []),
    ],
)
def test_a_name_stands_alone_where_it_is_that_of_one(ids, given, names):
    assert distinct_names(ids, given, {"UGC"}) == names
