"""Spaces in JSON files."""

import pytest

from core.errors import ConfigError
from core.tuning.space_file import read_space, space_from_json, space_to_json
from core.tuning.spaces import SPACES


@pytest.mark.parametrize("name", SPACES)
def test_a_space_comes_back_from_its_file(tmp_path, name):
    path = tmp_path / "space.json"
    path.write_text(space_to_json(SPACES[name]))
    assert read_space(path) == read_space(name) == SPACES[name]


def test_a_name_of_no_space_is_refused():
    with pytest.raises(ConfigError, match=r"compact, dissertation or a JSON file.*compact"):
        read_space("compakt")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1]", b"{" * 100_000, b"1" * 500, b""])
def test_what_is_no_space_is_refused(content):
    with pytest.raises(ConfigError, match=r"mine\.json: expected JSON"):
        space_from_json(content, "mine.json")
