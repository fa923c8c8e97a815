"""Searches by their ids and given names."""

import pytest

from core.errors import RunError
from core.tuning.finding import given_name, open_folder, search_folder


def test_a_search_goes_by_its_id_or_its_name(make_search):
    first = make_search("first")
    assert given_name(first) == "Toy"
    for called in ("first", "Toy", "toy"):
        assert search_folder(called, first.root) == first.path
    assert search_folder("none", first.root) == first.path.parent / "none"
    with pytest.raises(RunError, match=r"no search 'Toys', by its id or by .* mean Toy\?"):
        open_folder(search_folder("Toys", first.root))
    assert open_folder(first.path) == first
    make_search("second")
    with pytest.raises(RunError, match="2 searches are called 'Toy': first, second"):
        search_folder("Toy", first.root)


def test_the_name_of_the_space_is_nobodys(make_search, toy_space):
    space = type(toy_space)("Toy", toy_space.base, toy_space.dimensions)
    assert given_name(make_search(space=space)) == ""


@pytest.mark.parametrize(
    ("called", "meant"),
    [
        *(("Toyy", "Toy"), ("to", "Toy"), ("Toy 2", "Toy")),
        *(("frist", "first"), ("no such", "the searches with their ids")),
    ],
)
def test_one_that_is_not_there_is_told_by_what_looks_like_it_alike(make_search, called, meant):
    search = make_search("first")
    with pytest.raises(RunError, match=rf"no search '{called}', by its id or by its name.*{meant}"):
        open_folder(search_folder(called, search.root))
