"""Which seeds give the galaxies of a data set that is there already."""

from collections.abc import Iterable

from core.data.card import DatasetCard
from core.simulation.config import SimulationConfig, config_hash

OF_SHIPPED = 0
"""The seed of the shipped data set, and of those that the shipped runs were trained on."""

NEW = OF_SHIPPED + 1
"""The first seed of galaxies that no shipped run has learnt from."""


def seed_of(card: DatasetCard) -> int | None:
    """Return the seed of a set that was simulated with the usual settings, else None.

    Such sets of one seed share their galaxies: the larger one begins with the smaller one.
    """
    settings = card.config or {}
    n, seed = settings.get("n"), settings.get("seed")
    if not (isinstance(n, int) and isinstance(seed, int) and n >= 1 and seed >= 0):
        return None
    usual = config_hash(SimulationConfig(n=n, seed=seed))
    return seed if card.config_hash == usual else None


def new_seed(cards: Iterable[DatasetCard]) -> int:
    """Return the lowest seed, from `NEW`, whose galaxies none of these sets has."""
    used = {seed_of(card) for card in cards}
    seed = NEW
    while seed in used:
        seed += 1
    return seed
