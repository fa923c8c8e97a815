"""Files of ours that hold what no page can show, or are read while others replace them."""

import errno
from pathlib import Path

import pytest

from core.errors import DamagedError
from core.stored import parse_table, read_json


@pytest.fixture
def stale(monkeypatch):
    """Let the next so many looks find what NFS says of a file that was just replaced."""
    read, left = Path.read_text, []

    def read_text(path, **how):
        if left:
            raise left.pop()
        return read(path, **how)

    monkeypatch.setattr(Path, "read_text", read_text)
    return lambda n: left.extend(OSError(errno.ESTALE, "Stale file handle") for _ in range(n))


def test_a_file_that_another_machine_replaced_is_read_again(tmp_path, stale):
    (tmp_path / "status.json").write_text('{"state": "running"}')
    stale(2)
    assert read_json(tmp_path / "status.json") == {"state": "running"}


def test_one_that_stays_out_of_reach_is_said_to_be(tmp_path, stale):
    (tmp_path / "status.json").write_text("{}")
    stale(99)
    with pytest.raises(DamagedError, match="its network disk has lost it"):
        read_json(tmp_path / "status.json")


@pytest.mark.parametrize("digits", ["9" * 309, "-" + "9" * 309, "9" * 5000])
def test_a_whole_number_that_no_float_holds_is_refused(digits):
    with pytest.raises(ValueError, match="received one too large"):
        parse_table(f'{{"epochs": [1, {digits}]}}')


def test_digits_in_words_are_no_number():
    assert parse_table(f'{{"notes": "{"9" * 400}", "seed": -3}}')["seed"] == -3
