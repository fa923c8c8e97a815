"""A disk that is full at any moment of any write: a sentence, and what was there is there."""

import re
from pathlib import Path

import numpy as np
import pytest

from core.errors import XpzError
from tests.support import writers
from tests.support.faults import PAGE, SOAK, Calls, content, largest_file

NAMES = sorted(writers.WRITERS)
FULL = "no space is left on the disk of"
TOO_LARGE = "the file would become larger than files may be here"
TODO = re.compile(r"Free some (space )?there|Raise the limit|choose another folder")


@pytest.fixture(scope="module")
def house(healthy):
    return healthy


def skip_if_slow(name: str) -> None:
    if name == "run from a bundle" and not SOAK:
        pytest.skip("another process examines its network each time: make soak")


def check(writer, write, folder: Path, reason: str) -> None:
    """Let it fail: the sentence names the file, the reason and what to do; nothing is changed."""
    before = content(folder)
    with pytest.raises(XpzError) as caught:
        write()
    assert_told(caught.value, writer, reason)
    assert content(folder) == before


def assert_told(error: XpzError, writer, reason: str) -> None:
    told = str(error)
    assert writer.named in told
    assert reason in told
    assert TODO.search(told)
    assert "Errno" not in told
    assert told.endswith(".")


def moments(n: int, few: int = 2) -> list[int]:
    """All of `n`, or a few of them: the first and the last among them."""
    return list(range(n)) if SOAK else sorted({int(i) for i in np.linspace(0, n - 1, min(n, few))})


@pytest.mark.parametrize("name", NAMES)
def test_no_file_may_be_so_large(name, house, tmp_path):
    skip_if_slow(name)
    writer = writers.WRITERS[name]
    folder = tmp_path / "there"
    folder.mkdir()
    write = writer.make(folder, house)
    before = content(folder)
    write()
    after = content(folder)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    write = writer.make(fresh, house)
    assert content(fresh) == before
    size = max(len(new) for path, new in after.items() if new and new != before.get(path))
    for share in moments(size - 1, 3 if size > 1 else 1):
        if SOAK and share % max(1, size // 100):
            continue
        with largest_file(share):
            check(writer, write, fresh, TOO_LARGE)
    write()


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_left(name, house, disk):
    skip_if_slow(name)
    writer = writers.WRITERS[name]
    folder = disk.path / re.sub(r"\W", "-", name)
    folder.mkdir()
    write = writer.make(folder, house)
    used = disk.used()
    write()
    needed = (disk.used() - used) // PAGE
    assert needed > 0 or name in ("status", "notes")
    again = folder.with_name(f"{folder.name}-again")
    again.mkdir()
    write = writer.make(again, house)
    for pages in moments(needed):
        disk.set(f"size={disk.used() + pages * PAGE}")
        check(writer, write, again, FULL)
    disk.set("size=64m")
    write()


@pytest.mark.parametrize("name", NAMES)
def test_any_call_fails(name, house, tmp_path, monkeypatch):
    skip_if_slow(name)
    writer = writers.WRITERS[name]
    folder = tmp_path / "there"
    folder.mkdir()
    write = writer.make(folder, house)
    calls = Calls(monkeypatch, folder)
    before = content(folder)
    n_before = len(calls.made)
    write()
    n = len(calls.made) - n_before
    assert n > 0
    written = content(folder)
    assert written != before
    for moment in moments(n, 3):
        fresh = tmp_path / f"fresh-{moment}"
        fresh.mkdir()
        write = writer.make(fresh, house)
        calls.folder, calls.made, calls.fails_at = str(fresh), [], moment
        try:
            write()
            # It was done in another way, or concerned what can be spared.
            whole = {name for name in written if not name.endswith(".card.json")}
            assert whole <= content(fresh).keys()
        except XpzError as error:
            assert_told(error, writer, FULL)
            assert content(fresh) == before
            calls.fails_at = -1
            write()


def test_a_bundle_is_not_unpacked_in_part(house, tmp_path):
    writer = writers.WRITERS["run from a bundle"]
    folder = tmp_path / "runs"
    folder.mkdir()
    write = writer.make(folder, house)
    with largest_file(2000):
        check(writer, write, folder, TOO_LARGE)
