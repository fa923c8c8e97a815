"""A file that goes or cannot be written while a screen is drawn is a sentence on the page."""

import errno
import os

import pytest

from core.versions import FileVersion
from tests.dashboard.conftest import dataset, folders, open_screen, small
from tests.support.apps import texts

__all__ = ["dataset", "folders", "open_screen", "small"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "there is no such file or folder. Check the name."),
        (errno.EACCES, "you have no permission for it."),
        (errno.EMFILE, "this process has too many files open."),
    ],
)
def test_a_data_set_that_cannot_be_looked_at(
    number, words, folders, dataset, open_screen, monkeypatch
):
    path = folders / "data" / "small.parquet"

    def gone(_):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(FileVersion, "of", gone)
    app = open_screen("data", section="Single spectrum")
    assert not app.exception
    assert f"{path}: {words}" in texts(app.error)
    assert "Internal error" not in texts(app.error)
