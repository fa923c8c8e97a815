"""Files of arrays, whole and damaged."""

import numpy as np
import pytest

from core.npz import read_npz, write_npz


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "some.npz"
    digits = np.random.default_rng(0).integers(0, 9, 100)
    write_npz(path, name=np.array("some"), digits=digits)
    assert list(tmp_path.iterdir()) == [path]
    return path


def test_what_was_written_is_read(file):
    arrays = read_npz(file)
    assert list(arrays) == ["name", "digits"]
    assert str(arrays["name"]) == "some"
    assert len(arrays["digits"]) == 100


def test_a_turned_bit_is_a_known_error_or_does_no_harm(file):
    whole = file.read_bytes()
    n_refused = 0
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 8
        file.write_bytes(broken)
        try:
            read_npz(file)
        except (OSError, ValueError):
            n_refused += 1
    assert n_refused > len(whole) / 2


def test_other_files_are_value_errors(tmp_path):
    path = tmp_path / "other.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match="context manager"):
        read_npz(path)
    np.savez(path, objects=np.array({"a": 1}, dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="pickle"):
        read_npz(path)
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "none.npz")
