import os

import pytest

from core.atomic import replacing


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    path = tmp_path / "model.keras"
    path.write_text("old")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half")
            assert path.read_text() == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert os.listdir(tmp_path) == ["model.keras"]
    with replacing(path) as temporary:
        assert temporary.suffix == ".keras"
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["model.keras"]
