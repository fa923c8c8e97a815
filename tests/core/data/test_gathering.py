import numpy as np
import pytest

from core.data.dataset import load_dataset
from core.data.gathering import Gathering
from core.errors import DataError

FLUX = np.random.default_rng(0).uniform(1, 9, (6, 186)).astype(np.float32)
IDS, Z = np.arange(6) + 10, np.linspace(0.1, 0.6, 6)


def part(rows, **columns):
    """Return the arguments of `write` for some rows."""
    return {"source_id": IDS[rows], "z": Z[rows], "flux": FLUX[rows], **columns}


def test_parts_of_the_same_columns_become_the_data_set_as_they_are(tmp_path):
    out = tmp_path / "set.parquet"
    with Gathering(out, name="Mine") as gathering:
        for rows in (slice(0, 2), slice(2, 6)):
            gathering.write(**part(rows, g_mag=np.full(len(IDS[rows]), 17.0)))
        card = gathering.finish(np.ones(6, bool), origin="observed")
    dataset = load_dataset(out)
    assert dataset.card == card
    assert (card.name, card.origin, card.n_galaxies) == ("Mine", "observed", 6)
    np.testing.assert_array_equal(dataset.flux, FLUX)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set.card.json", "set.parquet"]


def test_columns_that_some_lack_are_empty_there_and_rows_can_be_taken_back(tmp_path):
    out = tmp_path / "set.parquet"
    keep = np.array([True, False, True, True, True, False])
    with Gathering(out, name="Mine") as gathering:
        gathering.write(**part(slice(0, 2)))
        gathering.write(**part(slice(2, 4), flux_error=np.full((2, 186), 0.5)))
        gathering.write(**part([4, 0], g_mag=np.array([17.0, 18.0])))  # the first id again
        assert gathering.columns == {"flux_error", "g_mag"}
        gathering.finish(keep)
    dataset = load_dataset(out)
    assert dataset.source_id.tolist() == [10, 12, 13, 14]
    np.testing.assert_array_equal(dataset.flux, FLUX[[0, 2, 3, 4]])
    np.testing.assert_array_equal(dataset.g_mag, [np.nan, np.nan, np.nan, 17])
    assert np.isfinite(dataset.flux_error).all(axis=1).tolist() == [False, True, True, False]


def test_nothing_is_left_of_what_fails(tmp_path):
    def fail():
        with Gathering(tmp_path / "a.parquet", name="A") as gathering:
            gathering.write(**part(slice(0, 2)))
            gathering.write(**part(slice(2, 4), flux_error=np.full((2, 186), np.inf)))

    with pytest.raises(DataError, match="finite"):
        fail()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataError, match=r"must end in '\.parquet'"):
        Gathering(tmp_path / "a.csv", name="A")
