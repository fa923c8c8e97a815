"""Names for people: each tells one from all others."""

import pytest

from core.errors import RunError
from core.names import distinct_names, of_taken, one_called


@pytest.mark.parametrize(
    ("ids", "given", "names"),
    [
        (["a", "b"], ["Deep", ""], ["Deep", "b"]),
        (["a", "b"], ["Deep", "Deep"], ["Deep (a)", "Deep (b)"]),
        (["a", "b"], ["a", "a"], ["a", "a (b)"]),  # nobody takes it from whose id it is
        (["a", "b"], ["b", ""], ["b (a)", "b"]),
        (["a", "b"], ["a", "Deep"], ["a", "Deep"]),  # a name that is its own id
        (["a", "b"], ["UGC", "z"], ["UGC (a)", "z"]),
        (
            ["deep-20261129-192745-c17c", "other-20261130-101500-04af"],
            ["Deep", "Deep"],
            ["Deep (c17c)", "Deep (04af)"],
        ),
        (  # ends that tell nothing
            ["deep-20261129-192745-c17c", "deep-20261130-101500-c17c"],
            ["Deep", "Deep"],
            ["Deep (deep-20261129-192745-c17c)", "Deep (deep-20261130-101500-c17c)"],
        ),
        # One that is called what another one is with its id.
        (["a", "b", "c"], ["Deep", "Deep", "Deep (a)"], ["a", "b", "c"]),
        ([], [], []),
    ],
)
def test_a_name_stands_alone_where_it_is_that_of_one(ids, given, names):
    assert distinct_names(ids, given, {"UGC"}) == names


def test_the_only_one_of_a_name_is_found_in_its_spelling_first():
    names = {"a-1": "Best", "a-2": "best", "b-1": "Wide"}
    assert one_called("Best", names, "run") == "a-1"
    assert one_called("WIDE", names, "run") == "b-1"
    assert one_called("none", names, "run") is None
    with pytest.raises(RunError, match=r"^2 runs are called 'BEST': a-1, a-2. Give the id of one"):
        one_called("BEST", names, "run")


def test_of_a_name_that_another_has_it_is_told_what_follows():
    assert of_taken("Deep", ["Wide", "Deep"], "run") == (
        "Another run is called 'Deep' already. Both can be; commands then take their ids, not this "
        "name."
    )
    assert of_taken("deep", ["Deep"], "run") == of_taken("", [""], "run") == ""
