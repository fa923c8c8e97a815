import errno
import os
import threading
import time

import pytest

from core.data import uploads
from core.data.uploads import Uploaded, find_upload, forget_upload, keep_upload

FILES = [Uploaded("a.csv", b"source_id,z\n1,0.1\n"), Uploaded("ü/../b.fits", b"\x00" * 10)]


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("XPZ_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "uploads"


def used(root, name, at):
    """Let an upload be used last at this time [s]."""
    os.utime(root / name, (at, at))


def test_an_upload_is_found_again_by_its_content(root):
    name = keep_upload(FILES)
    assert find_upload(name) == FILES
    assert keep_upload(FILES) == name  # of whoever uploads the same
    assert len(name) == 32
    assert keep_upload(FILES[::-1]) != name != keep_upload([Uploaded("c.csv", FILES[0].content)])
    assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []
    assert {path.stat().st_mode & 0o077 for path in (root, root / name)} == {0}
    forget_upload(name)
    forget_upload(name)
    assert find_upload(name) is None


@pytest.mark.parametrize("name", ["", ".", "../uploads", "0" * 32, "g" * 32, "/etc", "\0"])
def test_what_is_no_upload_is_not_looked_for(name):
    assert find_upload(name) is None
    forget_upload(name)


@pytest.mark.parametrize("damage", ["names", "cut", "gone"])
def test_a_damaged_upload_counts_as_gone_and_can_be_kept_again(root, damage):
    name = keep_upload(FILES)
    path = root / name / {"names": "names.json", "cut": "0", "gone": "1"}[damage]
    path.unlink() if damage == "gone" else path.write_bytes(path.read_bytes()[:5])
    assert find_upload(name) is None
    assert keep_upload(FILES) == name
    assert find_upload(name) == FILES


def test_an_upload_that_cannot_be_read_at_this_moment_stays(monkeypatch):
    name = keep_upload(FILES)

    def busy(_):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as moment:
        moment.setattr("pathlib.Path.read_bytes", busy)
        assert find_upload(name) is None
        assert keep_upload(FILES) == name
    assert find_upload(name) == FILES


def test_the_oldest_make_room(root, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_UPLOADS", 3)
    monkeypatch.setattr(uploads, "MOST_BYTES", 200)
    names = []
    for number in range(3):
        names.append(keep_upload([Uploaded("a", bytes([number]) * 10)]))
        used(root, names[-1], 1000 + number)
    find_upload(names[0])  # which is a use
    names.append(keep_upload([Uploaded("a", b"x" * 10)]))
    assert [find_upload(name) is not None for name in names] == [True, False, True, True]
    large = keep_upload([Uploaded("a", b"y" * 195)])
    assert [path.name for path in root.iterdir()] == [large]
    assert keep_upload([Uploaded("a", b"z" * 201)]) is None
    assert find_upload(large) is not None


def test_what_a_killed_process_left_is_removed_by_the_next(root):
    keep_upload(FILES)
    for name, age in ((".old", 2 * uploads.ABANDONED_S), (".new", 0)):
        (root / name).mkdir()
        used(root, name, time.time() - age)
    keep_upload([FILES[0]])
    assert sorted(path.name for path in root.iterdir() if path.name[0] == ".") == [".new"]


def test_a_disk_that_takes_nothing_is_no_trouble(root, monkeypatch):
    root.parent.mkdir()
    root.write_text("no folder")
    assert keep_upload(FILES) is None
    root.unlink()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    assert keep_upload(FILES) is None
    assert list(root.iterdir()) == []


def test_the_same_files_kept_and_removed_by_another_session_meanwhile_are_no_failure(
    monkeypatch, root
):
    def meanwhile(begun, folder):
        raise OSError(errno.ENOTEMPTY, "Directory not empty")

    with monkeypatch.context() as moment:
        moment.setattr("pathlib.Path.rename", meanwhile)
        name = keep_upload(FILES)
    assert find_upload(name) is None
    assert list(root.iterdir()) == []


def test_sessions_at_the_same_time_see_whole_uploads_or_none(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_UPLOADS", 2)
    content = [[Uploaded("a", bytes([number]) * 20_000)] for number in range(4)]
    wrong = []

    def session(first):
        for turn in range(25):
            files = content[(first + turn) % 4]
            name = keep_upload(files)
            found = find_upload(name)
            if name is None or found not in (None, files):
                wrong.append((name, found))

    threads = [threading.Thread(target=session, args=(each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
