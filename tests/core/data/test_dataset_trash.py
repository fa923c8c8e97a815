"""A deleted data set is out of the way, comes back whole, and overwrites nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from core.data.dataset import save_dataset
from core.data.dataset_files import list_datasets
from core.data.dataset_trash import delete_dataset, undelete_dataset
from core.errors import DataError
from core.trash import TRASH


@pytest.fixture
def path(dataset, tmp_path):
    save_dataset(dataset, tmp_path / "mine.parquet")
    return tmp_path / "mine.parquet"


def test_it_goes_and_comes_back_whole(path):
    content = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    deleted = delete_dataset(path)
    assert list_datasets(path.parent) == []
    assert [each.name for each in path.parent.iterdir()] == [TRASH]
    assert undelete_dataset(deleted) == path
    files = [each for each in path.parent.iterdir() if each.is_file()]
    assert {each.name: each.read_bytes() for each in files} == content


def test_another_of_its_name_is_not_overwritten(path):
    deleted = delete_dataset(path)
    path.write_text("another")
    with pytest.raises(DataError, match=r"Another data set mine\.parquet exists now"):
        undelete_dataset(deleted)
    assert path.read_text() == "another"


def test_what_is_gone_is_a_sentence(path):
    deleted = delete_dataset(path)
    with pytest.raises(DataError, match="not there any more"):
        delete_dataset(path)
    deleted.path.unlink()
    with pytest.raises(DataError, match="not in the trash any more"):
        undelete_dataset(deleted)


def test_the_trash_keeps_a_month(path, dataset):
    deleted = delete_dataset(path)
    then = datetime.now(UTC) - timedelta(days=31)
    old = deleted.path.parent.rename(deleted.path.parents[1] / then.strftime("%Y%m%dT%H%M%S%fZ"))
    save_dataset(dataset, path)
    delete_dataset(path)
    assert not old.exists()
