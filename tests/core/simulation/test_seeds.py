"""Whose galaxies a seed gives."""

from dataclasses import replace

from core.config import to_dict
from core.data.card import DatasetCard
from core.simulation import SimulationConfig, config_hash, new_seed, seed_of


def card_of(config: SimulationConfig) -> DatasetCard:
    """Return the card of a set that was simulated in this way."""
    hashed = config_hash(config)
    return DatasetCard("Sim", "simulated", config.n, config_hash=hashed, config=to_dict(config))


def test_the_seed_of_a_set_is_told_by_its_settings_however_many_galaxies_it_has():
    assert seed_of(card_of(SimulationConfig(n=500, seed=7))) == 7
    assert seed_of(card_of(SimulationConfig(n=20, seed=0))) == 0
    # Other galaxies come of other settings; of tables that people brought nothing is known.
    assert seed_of(card_of(SimulationConfig(n=500, seed=7, brightest_sample=50.0))) is None
    assert seed_of(DatasetCard("Mine", "simulated", 9)) is None
    assert seed_of(replace(card_of(SimulationConfig()), config={"n": "many"})) is None


def test_the_lowest_seed_that_no_set_and_no_shipped_run_has_is_new():
    assert new_seed([]) == 1
    cards = [card_of(SimulationConfig(n=n, seed=seed)) for n, seed in ((9, 0), (5, 1), (5, 3))]
    assert new_seed(cards) == 2
