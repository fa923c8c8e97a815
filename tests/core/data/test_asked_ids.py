import numpy as np
import pytest

from core.data import read_ids
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
