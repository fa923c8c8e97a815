import numpy as np
import pytest

from core.data import find_id, id_digits, parse_ids, read_ids
from core.errors import DataError

IDS = [4_111_834_567_779_557_376, 12, 4_111_834_567_779_557_376, 7]


def test_each_once_and_rising(tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("# mine\n" + "\n".join(map(str, IDS)))
    ids = read_ids(path)
    assert ids.dtype == np.int64
    assert ids.tolist() == sorted(set(IDS))
    table = tmp_path / "ids.csv"
    table.write_text("ra,source_id\n" + "".join(f"1.5,{i}\n" for i in IDS))
    assert read_ids(table).tolist() == ids.tolist()


def test_ids_of_another_release_are_refused(tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("Gaia DR2 12\n")
    with pytest.raises(DataError, match="expected identifiers of Gaia DR3"):
        read_ids(path)


@pytest.mark.parametrize(
    "text",
    [
        "11, 12;13",
        "11\n12\n13\n",
        " Gaia DR3 11 Gaia DR3 12\nGaia DR3 13",
        "source_id,x\n11,1\n12,2\n13,3",
    ],
)
def test_pasted_ids_are_read_in_their_order(text: str) -> None:
    assert parse_ids(text).tolist() == [11, 12, 13]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "received none"),
        ("11 M87", "received 'M87'"),
        ("Gaia DR2 11", "^Pasted ids: .*found those of Gaia DR2"),
        ("11 -5", "received '-5'"),
        ("99999999999999999999", "received '99999999999999999999'"),
    ],
)
def test_pasted_words_that_are_no_ids_are_said(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        parse_ids(text)


def test_a_files_bytes_are_read_under_its_name() -> None:
    assert parse_ids(b"source_id\n12\n11\n", name="mine.csv").tolist() == [12, 11]
    with pytest.raises(DataError, match=r"^mine\.csv: "):
        parse_ids(b"z\n1\n", name="../mine.csv")


@pytest.mark.parametrize("before", ["", " ", "Gaia DR2 ", "Gaia DR3 ", "gaia edr3  ", "Gaia DR4 "])
def test_an_id_is_read_by_its_digits(before: str) -> None:
    # As floats, the first two are the same number.
    source_id = np.array([IDS[0] + 1, *IDS[:2]])
    assert id_digits(f"{before}{IDS[0]} ") == str(IDS[0])
    assert find_id(source_id, f"{before}{IDS[0]}") == 1
    assert id_digits(f"{before}007") == "007"  # of a part of an id every digit counts


@pytest.mark.parametrize("text", ["", " ", "Gaia DR3", "M87", "-12", "1e1", "1" * 20, "٣", "12 7"])
def test_what_is_no_id_names_no_source(text: str) -> None:
    assert id_digits(text) == ""
    assert find_id(np.array(IDS), text) is None


def test_an_id_that_is_not_there_has_no_row() -> None:
    for text in ("411183456777955737", "13", "9" * 19):
        assert find_id(np.array(IDS), text) is None
