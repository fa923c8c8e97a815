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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rate", " Did you mean learning_rate?"),
        ("Raet", " Did you mean learning_rate?"),
        ("lr", " Did you mean learning_rate?"),
        ("learning rate", " Did you mean learning_rate?"),
        ("lx", ""),
    ],
)
def test_a_name_is_told_by_what_people_call_it(name, said):
    assert alike(name, ["learning_rate"], {"Rate": "learning_rate"}) == said


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("mni", ["mini-20261129-192745-c17c"], " Did you mean mini-20261129-192745-c17c?"),
        ("minii", ["mini-20261129-192745-c17c", "mini"], " Did you mean mini?"),
        ("minni", ["mini.parquet"], " Did you mean mini.parquet?"),
        ("minni", ["other-20261129-192745-c17c"], ""),
    ],
)
def test_what_follows_a_name_in_an_id_or_a_file_makes_it_no_other_name(name, known, said):
    assert alike(name, known) == said


def test_a_file_is_told_from_those_beside_it(tmp_path, monkeypatch):
    (tmp_path / "simulated-20k.parquet").touch()
    (tmp_path / "simulated-20k.card.json").touch()  # no data set
    assert alike_beside(tmp_path / "simulated-20.parquet") == (
        " Did you mean simulated-20k.parquet?"
    )
    assert alike_beside(tmp_path / "gone" / "simulated-20k.parquet") == ""
    monkeypatch.chdir(tmp_path)
    assert "simulated-20k" in alike_beside(type(tmp_path)("simulated20k.parquet"))
