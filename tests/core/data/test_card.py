"""What a data set is called."""

from pathlib import Path

from core.data import list_datasets
from core.data.card import DatasetCard

SHIPPED = Path(__file__).parents[3] / "data"


def test_a_simulated_set_that_nobody_named_has_the_name_of_its_file_alone():
    (entry,) = list_datasets(SHIPPED)
    assert entry.path.stem == "simulated-20k"
    assert entry.card.name == "Simulated XP galaxies (20,000, seed 0)"
    assert entry.card.given_name == ""


def test_a_name_that_was_given_stays():
    assert DatasetCard("Mine", "simulated", config_hash="00").given_name == "Mine"
    begins_alike = "Simulated XP galaxies of my thesis"
    assert DatasetCard(begins_alike, "simulated", config_hash="00").given_name == begins_alike
    assert DatasetCard("Simulated XP galaxies by others").given_name
