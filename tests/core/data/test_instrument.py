"""Of which instrument spectra are, as files, cards and runs tell it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.config import from_dict, to_dict
from core.data.build import build_dataset
from core.data.card import DatasetCard
from core.data.dataset import load_dataset, make_dataset, save_dataset
from core.data.dataset_files import read_card
from core.data.instrument import DR3, Instrument, instruments_of, joined
from core.data.spectra.files import open_spectra
from core.data.spectra.xp_bases import BASES_VARIABLE
from core.errors import DataError
from core.runs import SHIPPED_RUNS, DataReference, list_runs
from core.simulation.config import SimulationConfig
from core.simulation.simulate import _card
from core.spectra import SampleGrid, Spectra

ROOT = Path(__file__).parents[3]
DR4 = Instrument("Gaia DR4", 156, 57, 51, 55)


@pytest.fixture
def dr4(xp_archive, tmp_path, monkeypatch):
    """A file of spectra with bases that GaiaXPy does not know, and redshifts."""
    (tmp_path / "bases.xml").write_text(xp_archive.bases_file(n_bp=51, bp_basis_id=156))
    monkeypatch.setenv(BASES_VARIABLE, str(tmp_path / "bases.xml"))
    path = tmp_path / "dr4.csv"
    z = np.linspace(0.1, 0.5, 6)
    sources = xp_archive.make_sources(6, n_bp=51, bp_basis_id=156, extra={"z": z})
    path.write_bytes(sources.to_bytes("csv"))
    return path


def told(path):
    """Return the instruments of a file's spectra."""
    parts = list(open_spectra(path).chunks())
    return [instrument for instrument, _ in instruments_of(Spectra.concatenate(parts))]


def test_coefficients_tell_bases_their_number_and_so_the_release(dr4, xp_archive, tmp_path):
    assert told(dr4) == [replace(DR4, grid=SampleGrid())]
    (tmp_path / "dr3.csv").write_bytes(xp_archive.make_sources(3).to_bytes("csv"))
    assert told(tmp_path / "dr3.csv") == [replace(DR3, grid=SampleGrid())]


@pytest.mark.parametrize(("n_bp", "basis_id", "release"), [(51, 56, "DR3"), (55, 156, None)])
def test_bases_tell_more_than_the_number_of_coefficients(
    xp_archive, tmp_path, n_bp, basis_id, release
):
    """Fewer of DR3's bases are DR3's; as many as DR3's of other bases are not."""
    sources = xp_archive.make_sources(2, n_bp=n_bp, bp_basis_id=basis_id)
    (tmp_path / "xp.csv").write_bytes(sources.to_bytes("csv"))
    (table,) = open_spectra(tmp_path / "xp.csv").tables
    assert table.release == release


def test_samples_tell_by_their_ids_or_by_the_card_of_our_own_files(dataset, tmp_path):
    frame = pd.DataFrame(dataset.flux[:2], columns=[f"flux_{i}" for i in range(186)])
    frame.to_csv(tmp_path / "plain.csv")
    assert told(tmp_path / "plain.csv") == [Instrument()]
    frame.insert(0, "designation", ["Gaia DR4 123", "Gaia DR4 456"])
    frame.to_csv(tmp_path / "told.csv", index=False)
    assert told(tmp_path / "told.csv") == [Instrument("Gaia DR4")]
    save_dataset(dataset, tmp_path / "ours.parquet")
    assert told(tmp_path / "ours.parquet") == [replace(DR3, grid=dataset.card.grid)]


def test_rows_of_several_instruments_are_told_apart():
    rows = np.stack([DR3.row(), DR4.row(), np.full(5, np.nan, np.float32), DR3.row()])
    spectra = Spectra(np.ones((4, 186), np.float32), np.arange(4), instrument=rows)
    found = {instrument: of.tolist() for instrument, of in instruments_of(spectra)}
    assert found == {
        DR3: [True, False, False, True],
        DR4: [False, True, False, False],
        Instrument(): [False, False, True, False],
    }
    assert instruments_of(spectra.take(np.arange(0))) == []


def test_only_what_both_tell_can_differ():
    assert DR3.differences(DR4) == ("the release", "the bases of BP")
    assert DR3.differences(Instrument()) == ()
    assert not DR3.can_be_compared(Instrument())
    assert DR3.can_be_compared(Instrument("Gaia DR3"))
    assert DR3.can_be_compared(Instrument("", 56, 57))
    assert not DR3.can_be_compared(Instrument("", 56))
    fewer = replace(DR3, bp_coefficients=20)
    assert DR3.differences(fewer) == ()
    ours, theirs = (replace(DR3, grid=SampleGrid(bp_start=start)) for start in (42.6, 42.0))
    assert ours.differences(theirs) == ("the grid of samples",)


def test_cards_and_runs_keep_it_and_those_of_old_say_what_is_certain():
    card = DatasetCard("x", "observed", instrument=DR4)
    again = from_dict(DatasetCard, json.loads(json.dumps(to_dict(card))))
    assert again.known_instrument == replace(DR4, grid=SampleGrid())
    reference = DataReference("x", "x", "0", 1, "observed", card.known_instrument)
    assert from_dict(DataReference, json.loads(json.dumps(to_dict(reference)))) == reference

    assert DatasetCard("old", "simulated").known_instrument == replace(DR3, grid=SampleGrid())
    assert not DatasetCard("old", "observed").known_instrument.is_told
    account = {"spectra": {"release": "Gaia DR4"}}
    assert DatasetCard("old", account=account).known_instrument.release == "Gaia DR4"
    account = {"spectra": {"release": "Gaia DR3 and Gaia DR4"}}
    assert not DatasetCard("old", account=account).known_instrument.is_told
    # Simulated by others, and said to be of no release: not of old.
    assert not DatasetCard("x", "simulated", instrument=Instrument()).known_instrument.is_told
    assert DataReference("x", "x", "0", 1, "simulated").known_instrument == DR3
    assert not DataReference("x", "x", "0", 1, "observed").known_instrument.is_told


def test_a_built_data_set_is_of_its_spectras_instrument(dr4, tmp_path):
    build_dataset([dr4], tmp_path / "set.parquet")
    card = load_dataset(tmp_path / "set.parquet").card
    assert card.instrument == DR4
    assert card.known_instrument == replace(DR4, grid=SampleGrid())


def test_a_data_set_of_two_instruments_is_refused(dr4, dataset, tmp_path):
    plain = replace(dataset.card, instrument=Instrument("", 56, 57, 55, 55))
    save_dataset(replace(dataset, card=plain), tmp_path / "other.parquet")
    with pytest.raises(DataError, match=r"of one instrument, found .*bases 56 and 57.*bases of BP"):
        build_dataset([dr4, tmp_path / "other.parquet"], tmp_path / "set.parquet")
    assert not (tmp_path / "set.parquet").exists()


def test_what_not_all_spectra_tell_nobody_knows():
    assert joined([DR3, Instrument("Gaia DR3")], "x") == Instrument("Gaia DR3")
    assert joined([DR3, Instrument()], "x") == Instrument()
    assert joined([DR3, replace(DR3, bp_coefficients=40)], "x") == DR3
    assert joined([], "x") == Instrument()


def test_a_simulation_knows_its_instrument():
    assert DatasetCard(**_card(SimulationConfig(n=10))).instrument == DR3


def test_what_is_shipped_is_of_dr3():
    assert read_card(ROOT / "data" / "simulated-20k.parquet").known_instrument.release == "Gaia DR3"
    runs = list_runs(SHIPPED_RUNS)
    assert runs
    assert {run.config.data.known_instrument for run in runs} == {DR3}


def test_words_name_release_bases_and_coefficients():
    assert DR4.words == "Gaia DR4 (bases 156 and 57, 51 + 55 coefficients)"
    assert Instrument().words == "an unknown release"
    assert make_dataset(np.ones((2, 186)), np.ones(2), name="x").card.instrument is None


def test_fetched_spectra_are_of_the_release_that_was_asked_for(xp_archive, tmp_path):
    """Which their number of coefficients alone would not tell."""
    (tmp_path / "xp").mkdir()
    path = tmp_path / "xp" / "chunk-00001.csv"
    path.write_bytes(xp_archive.make_sources(2, bp_basis_id=156).to_bytes("csv"))
    state = tmp_path / "fetch.json"
    for content, release in (
        (json.dumps({"question": {"release": "Gaia DR5"}, "server": "x"}), "DR5"),
        ("{", None),
        (json.dumps({"question": {}, "server": "other"}), None),
    ):
        state.write_text(content)
        (table,) = open_spectra(path).tables
        assert table.release == release
    state.unlink()
    assert open_spectra(path).tables[0].release is None
