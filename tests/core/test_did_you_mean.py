import pytest

from core.did_you_mean import alike, alike_beside

PRESETS = ["dissertation", "compact", "compact-few"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dissertatoin", " Did you mean dissertation?"),
        ("DISSERTATION", " Did you mean dissertation?"),
        ("compct", " Did you mean compact or compact-few?"),
        ("mixture", ""),
        ("", ""),
    ],
)
def test_names_that_look_alike_are_told(name, said):
    assert alike(name, PRESETS) == said


def test_a_file_is_told_from_those_beside_it(tmp_path, monkeypatch):
    (tmp_path / "simulated-20k.parquet").touch()
    assert alike_beside(tmp_path / "simulated-20.parquet") == (
        " Did you mean simulated-20k.parquet?"
    )
    assert alike_beside(tmp_path / "gone" / "simulated-20k.parquet") == ""
    monkeypatch.chdir(tmp_path)
    assert "simulated-20k" in alike_beside(type(tmp_path)("simulated20k.parquet"))
