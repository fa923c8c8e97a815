import os

import pytest

from core import versions
from core.versions import FileVersion


def test_a_file_written_in_place_with_its_old_time_is_another_version(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"one")
    before = path.stat()
    version = FileVersion.of(path)
    assert version == FileVersion.of(str(path))
    with path.open("r+b") as file:
        file.write(b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (3, before.st_mtime_ns)
    assert FileVersion.of(path) != version


def test_of_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        FileVersion.of(tmp_path / "none")


def test_a_file_settles(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"one")
    version = FileVersion.of(path)
    assert not version.is_settled
    changed = path.stat().st_ctime
    monkeypatch.setattr(versions.time, "time", lambda: changed + 2.1)
    assert version.is_settled
