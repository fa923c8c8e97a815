from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError, DataError
from core.inspection.inspections import MAX_COMMENT, Inspection, InspectionFile

BIG = 2**63 - 1


def look(source_id=BIG, quality=3, comment="", data_hash="ab"):
    return Inspection(data_hash, source_id, 0.1, 0.3, quality, comment)


@pytest.fixture
def file(tmp_path):
    return InspectionFile(tmp_path / "inspections" / "run.jsonl")


def test_what_is_saved_is_read_again(file):
    assert file.read().empty
    file.save(look(comment="z too high? [O II] at 4 µm\nnew line"))
    file.save(look(7, None, "dim"))
    table = file.read()
    assert table["source_id"].tolist() == [BIG, 7]
    assert table["quality"].fillna(-1).tolist() == [3, -1]
    assert table["comment"].tolist() == ["z too high? [O II] at 4 µm\nnew line", "dim"]
    assert table["time"].str.startswith("20").all()


def test_another_look_takes_the_place_of_the_first(file):
    for quality in (1, 4):
        file.save(look(), quality=quality)
    assert file.read()["quality"].tolist() == [4]
    file.save(look(), quality=None, comment=" ")
    assert file.read().empty


def test_a_quality_and_a_comment_leave_each_other_as_they_are(file):
    nothing = look(quality=None)
    file.save(nothing, quality=2)
    file.save(nothing, comment="a second galaxy")
    file.save(look(7, None), comment="alone")
    table = file.read()
    assert table["quality"].fillna(-1).tolist() == [2, -1]
    assert table["comment"].tolist() == ["a second galaxy", "alone"]
    file.save(nothing, quality=None)
    assert file.read()["comment"].tolist() == ["alone", "a second galaxy"]
    file.save(nothing, comment="")
    assert file.read()["source_id"].tolist() == [7]


def test_who_saves_is_given_what_was_kept_before(file):
    nothing = look(quality=None)
    assert file.save(nothing, quality=2).is_empty
    former = file.save(nothing, comment="two peaks")
    assert (former.quality, former.comment) == (2, "")
    former = InspectionFile(file.path).save(nothing, quality=None, comment="")
    assert (former.source_id, former.quality, former.comment) == (BIG, 2, "two peaks")
    assert file.save(look(), quality=1).is_empty


def test_data_sets_are_kept_apart(file):
    file.save(look(1, 0, data_hash="ab"))
    file.save(look(1, 4, data_hash="cd"))
    assert file.read("ab")["quality"].tolist() == [0]
    assert file.read("cd")["quality"].tolist() == [4]
    assert len(file.read()) == 2


def test_of_many_at_work_nobody_loses_a_line(file):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: InspectionFile(file.path).save(look(i)), range(24)))
    assert set(file.read()["source_id"]) == set(range(24))


@given(comment=st.text(max_size=MAX_COMMENT))
def test_any_comment_comes_back(tmp_path_factory, comment):
    file = InspectionFile(tmp_path_factory.mktemp("looks") / "run.jsonl")
    file.save(look(comment=comment))
    file.save(look(8))
    assert file.read()["comment"].tolist() == [comment, ""]


@pytest.mark.parametrize("line", ["{", "[1]", '{"data_hash": "a"}', "\udcff", "null"])
def test_a_damaged_file_is_named_and_left_as_it_is(file, line):
    file.save(look())
    damaged = file.path.read_bytes() + line.encode(errors="surrogateescape") + b"\n"
    file.path.write_bytes(damaged)
    with pytest.raises(DataError, match=r"run\.jsonl"):
        file.save(look(9))
    assert file.path.read_bytes() == damaged


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DataError, match="cannot be written"):
        InspectionFile(tmp_path / "taken" / "run.jsonl").save(look())


@pytest.mark.parametrize("quality", [5, -1, "4"])
def test_an_unknown_quality_is_refused(quality):
    with pytest.raises(ConfigError, match="from 0 to 4"):
        look(quality=quality)


def test_a_long_comment_is_refused():
    with pytest.raises(ConfigError, match="at most 300"):
        look(comment="x" * 301)
