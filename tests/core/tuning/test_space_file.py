"""Spaces in JSON files."""

import pytest

from core.errors import ConfigError, SettingError
from core.tuning.space_file import read_space, space_from_json, space_to_json
from core.tuning.spaces import SPACES


@pytest.mark.parametrize("name", SPACES)
def test_a_space_comes_back_from_its_file(tmp_path, name):
    path = tmp_path / "space.json"
    path.write_text(space_to_json(SPACES[name]))
    assert read_space(path) == read_space(name) == SPACES[name]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_file_of_windows_is_read(tmp_path, encoding):
    path = tmp_path / "space.json"
    path.write_text(space_to_json(SPACES["compact"]), encoding=encoding)
    assert read_space(path) == SPACES["compact"]


def test_bytes_that_are_no_text_are_refused_in_words():
    with pytest.raises(ConfigError, match=r"mine\.json: expected JSON in UTF-8, received other"):
        space_from_json(b'{"name": "\xe4"}', "mine.json")


def test_a_value_of_the_file_is_told_with_its_place_and_not_as_an_option():
    text = space_to_json(SPACES["compact"]).replace('"epochs": 40', '"epochs": 0')
    place = r"^mine\.json\.base\.training\.epochs: expected a whole number from 1 .*received 0"
    with pytest.raises(ConfigError, match=place) as refused:
        space_from_json(text.encode(), "mine.json")
    assert not isinstance(refused.value, SettingError)


def test_a_name_of_no_space_is_refused():
    with pytest.raises(ConfigError, match=r"compact, dissertation or a JSON file.*compact"):
        read_space("compakt")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1]", b"{" * 100_000, b"1" * 500, b""])
def test_what_is_no_space_is_refused(content):
    with pytest.raises(ConfigError, match=r"mine\.json: expected JSON"):
        space_from_json(content, "mine.json")
