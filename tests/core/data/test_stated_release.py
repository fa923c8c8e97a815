"""The release of a saved data set that its file does not tell."""

import json
from dataclasses import replace

import numpy as np
import pytest
from pyarrow import parquet as pq

from core.data.dataset import load_dataset, save_dataset
from core.data.dataset_files import read_card
from core.data.instrument import Instrument
from core.data.stated_release import state_release
from core.errors import DataError, SettingError


@pytest.fixture
def path(dataset, tmp_path):
    path = tmp_path / "mine.parquet"
    card = replace(dataset.card, origin="observed", config=None, instrument=Instrument())
    save_dataset(replace(dataset, card=card), path)
    return path


def test_the_card_tells_it_and_the_galaxies_stay(path):
    before = load_dataset(path)
    assert not before.card.known_instrument.is_told
    card = state_release(path, "Gaia DR3")
    assert card == read_card(path)
    assert card.known_instrument.release == "Gaia DR3"
    after = load_dataset(path)
    assert replace(after.card, instrument=before.card.instrument) == before.card
    for name in ("source_id", "z", "flux", "flux_error", "g_mag"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    beside = json.loads(path.with_suffix(".card.json").read_text())
    assert beside["instrument"]["release"] == "Gaia DR3"


def test_a_release_that_is_told_is_not_replaced_by_another(path):
    state_release(path, "Gaia DR4")
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"release is not told; its spectra are of Gaia DR4"):
        state_release(path, "Gaia DR3")
    assert path.read_bytes() == before


@pytest.mark.parametrize("release", ["nonsense", "Gaia DR2"])
def test_what_is_no_release_with_spectra_is_refused(path, release):
    before = path.read_bytes()
    with pytest.raises(SettingError, match="elease"):
        state_release(path, release)
    assert path.read_bytes() == before


def test_a_release_may_be_called_in_short(path):
    assert state_release(path, "dr4").known_instrument.release == "Gaia DR4"


def test_galaxies_that_are_not_those_of_the_card_are_told(path):
    table = pq.read_table(path)
    others = table.set_column(1, "z", [table["z"].to_numpy() + 0.01])
    pq.write_table(others, path)
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"galaxies of its card .*the file was changed"):
        state_release(path, "Gaia DR3")
    assert path.read_bytes() == before


def test_what_a_link_leads_to_is_written(path, tmp_path):
    link = tmp_path / "link.parquet"
    link.symlink_to(path)
    state_release(link, "Gaia DR3")
    assert link.is_symlink()
    assert read_card(path).known_instrument.release == "Gaia DR3"
