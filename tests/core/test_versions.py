import os
import threading

import pytest

from core import versions
from core.versions import FileVersion, kept


@pytest.fixture
def settled(monkeypatch):
    """What has just been written counts as long unchanged."""
    monkeypatch.setattr(versions, "SETTLED_SECONDS", -1e9)


class Reader:
    def __init__(self, path):
        self.path, self.calls = path, 0

    def __call__(self):
        self.calls += 1
        return self.path.read_text()


def test_a_file_is_read_once_until_it_changes(settled, tmp_path):
    path = tmp_path / "status.json"
    path.write_text("one")
    read = Reader(path)
    assert [kept(path, read), kept(path, read)] == ["one", "one"]
    assert read.calls == 1
    path.write_text("another")
    assert kept(path, read) == "another"
    path.with_suffix(".new").write_text("replaced")
    os.replace(path.with_suffix(".new"), path)
    assert kept(path, read) == "replaced"
    assert read.calls == 3


def test_a_file_in_anothers_place_with_its_size_and_time_is_another(settled, tmp_path):
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_text("one")
    other.write_text("two")
    stamps = path.stat()
    read = Reader(path)
    assert kept(path, read) == "one"
    os.utime(other, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))
    os.replace(other, path)
    assert kept(path, read) == "two"


def test_each_use_of_a_file_is_kept_for_itself(settled, tmp_path):
    path = tmp_path / "a"
    path.write_text("12")
    assert kept(path, path.read_text, "text") == "12"
    assert kept(path, lambda: int(path.read_text()), "number") == 12


def test_errors_and_what_is_declined_are_not_kept(settled, tmp_path):
    path = tmp_path / "a"
    read = Reader(path)
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            kept(path, read)
    path.write_text("moving")
    for _ in range(2):
        assert kept(path, read, keep=lambda text: text != "moving") == "moving"
    assert read.calls == 4


def test_what_changed_just_now_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(versions, "SETTLED_SECONDS", 60.0)
    path = tmp_path / "a"
    path.write_text("one")
    read = Reader(path)
    kept(path, read)
    kept(path, read)
    assert read.calls == 2


def test_no_more_is_kept_than_the_limit(settled, tmp_path, monkeypatch):
    monkeypatch.setattr(versions, "MAX_KEPT", 3)
    paths = [tmp_path / str(number) for number in range(5)]
    readers = [Reader(path) for path in paths]
    for path, read in zip(paths, readers, strict=True):
        path.write_text("text")
        kept(path, read)
    assert len(versions._kept) == 3
    for path, read in zip(paths, readers, strict=True):
        kept(path, read)
    assert sum(read.calls for read in readers) > 5


def test_many_threads_see_one_content(settled, tmp_path):
    path, seen = tmp_path / "a", []
    path.write_text("one")

    def look():
        seen.extend(kept(path, path.read_text) for _ in range(200))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {"one"}
    assert len(seen) == 800


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
