import numpy as np
import pandas as pd
import pytest

from core.data.build import build_dataset
from core.data.card import DatasetCard
from core.data.dataset_files import read_card
from core.data.provenance import Origin, provenance
from core.data.writer import DatasetWriter
from core.errors import DataError

N = 3


@pytest.fixture
def write(tmp_path):
    """Write spectra of our own, with a card, or without one as CSV."""

    def write(origin, first_id=0, **about):
        flux = np.random.default_rng(first_id).uniform(1, 9, (N, 186))
        ids, z = np.arange(first_id, first_id + N), np.full(N, 0.2)
        if origin is None:
            path = tmp_path / f"{first_id}.csv"
            table = pd.DataFrame(flux, columns=[f"flux_{i}" for i in range(186)])
            table.assign(source_id=ids, z=z).to_csv(path, index=False)
            return path
        path = tmp_path / f"{origin}-{first_id}.parquet"
        with DatasetWriter(path, name=origin, origin=origin, **about) as writer:
            writer.write(ids, z, flux)
        return path

    return write


def test_a_simulated_data_set_stays_simulated_with_its_configuration(tmp_path, write):
    path = write("simulated", config_hash="abc", config={"seed": 3})
    built = build_dataset([path], tmp_path / "out.parquet")
    card = read_card(tmp_path / "out.parquet")
    assert card == built.card
    assert (card.origin, card.config_hash, card.config) == ("simulated", "abc", {"seed": 3})
    redshifts = tmp_path / "z.csv"
    redshifts.write_text("source_id,z\n1,0.3\n")
    card = build_dataset([path], tmp_path / "part.parquet", redshifts).card
    assert (card.origin, card.config_hash, card.config) == ("simulated", None, None)


@pytest.mark.parametrize("asked", ["observed", "unknown"])
def test_an_origin_that_contradicts_a_card_is_refused(tmp_path, write, asked):
    paths = [write("observed"), write("simulated", 10)]
    with pytest.raises(DataError, match=r"simulated-10\.parquet: .* says 'simulated', received"):
        build_dataset(paths, tmp_path / "out.parquet", origin=asked)
    assert not list(tmp_path.glob("*out*"))


def test_simulated_redshifts_make_a_data_set_simulated(tmp_path, write):
    built = build_dataset([write(None)], tmp_path / "out.parquet", write("simulated"))
    assert built.card.origin == "simulated"


@pytest.mark.parametrize(
    ("origins", "asked", "origin"),
    [
        (["observed", "simulated"], None, "simulated"),
        (["simulated", None], "simulated", "simulated"),
        (["observed", "observed"], None, "observed"),
        (["observed", None], None, "unknown"),
        (["observed", None], "simulated", "simulated"),
        (["unknown"], "observed", "observed"),
        ([None], None, "unknown"),
        ([None], "observed", "observed"),
    ],
)
def test_cards_count_and_a_word_where_they_do_not_tell(tmp_path, write, origins, asked, origin):
    paths = [write(given, 10 * i) for i, given in enumerate(origins)]
    built = build_dataset(paths, tmp_path / "out.parquet", origin=asked)
    assert (built.card.origin, built.card.config_hash) == (origin, None)


def test_what_was_fetched_is_observed():
    fetched = Origin("chunk.fits", is_fetched=True)
    assert provenance([fetched]) == {"origin": "observed"}
    assert provenance([fetched, Origin("mine.csv")])["origin"] == "unknown"
    card = DatasetCard("set", origin="observed")
    with pytest.raises(DataError, match="set: the card in this file says 'observed'"):
        provenance([fetched, Origin("set", card)], "simulated")
