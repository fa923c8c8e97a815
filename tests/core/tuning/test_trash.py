"""Searches that are deleted, and come back."""

import pytest

from core.errors import RunError
from core.jobs import delete, empty_trash, list_deleted, undelete
from core.tuning.search import Search, Trial, list_searches


@pytest.fixture
def search(make_search):
    """A search that ended."""
    search = make_search()
    search.write_ended(Trial(1, {"units_1": 9}, 2, state="done", mae=0.02))
    search.end("done")
    return search


def test_a_deleted_search_comes_back_with_its_trials(search):
    deleted = delete(search)
    assert list_searches(search.root) == []
    assert [each.was.path for each in list_deleted(Search, search.root)] == [search.path]
    with pytest.raises(RunError, match="Search 'toy' is not there any more"):
        delete(search)
    assert undelete(deleted) == search
    assert [trial.mae for trial in search.ended_trials()] == [0.02]
    assert list_deleted(Search, search.root) == []
    with pytest.raises(RunError, match="Another search 'toy' exists now"):
        undelete(deleted)


def test_the_trash_is_emptied_for_good(search):
    deleted = delete(search)
    assert empty_trash(Search, search.root, deleted.deleted) == 0
    assert empty_trash(Search, search.root) == 1
    with pytest.raises(RunError, match="Search 'toy' is not in the trash any more"):
        undelete(deleted)


def test_a_search_at_work_cannot_be_deleted(search):
    with search.worker_lock(), pytest.raises(RunError, match="'toy' is active; cancel it first"):
        delete(search)
    with search.trials_lock(1), pytest.raises(RunError, match="is active"):
        delete(search)
    assert list_searches(search.root) == [search]
