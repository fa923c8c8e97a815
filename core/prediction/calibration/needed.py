"""How many galaxies a calibration takes, and what helps where there are fewer."""

import math

from core.amounts import n_of
from core.data.split import SplitConfig
from core.errors import DataError

# Fewest galaxies that a 95 % interval can rest on: (n + 1) 0.05 must reach 2.
MIN_GALAXIES = 39

MIN_TRAINING = 50
"""Ten for each principal component of the training domain."""


def check_enough(n_galaxies: int, what: str) -> None:
    """Raise a `DataError` if there are fewer than `MIN_GALAXIES`."""
    if n_galaxies < MIN_GALAXIES:
        raise DataError(
            f"{what}: expected at least {MIN_GALAXIES} galaxies in the validation part, received "
            f"{n_galaxies}. Train anew on more galaxies, or with a larger validation part."
        )


def shortage(n_train: float, n_validation: float, split: SplitConfig) -> str:
    """Return which part is too small for a calibration, and what helps; '' where none is."""
    to_train, to_validate, _ = split.sizes(1)
    parts = (
        ("validation", n_validation, MIN_GALAXIES, to_validate),
        ("training", n_train, MIN_TRAINING, to_train),
    )
    short = [
        f"expected at least {n_of(least, 'galaxy')} in the {part} part, received {n:,}"
        for part, n, least, _ in parts
        if n < least
    ]
    if not short:
        return ""
    # Rounded: 50 / 0.05 is a little above 1000.
    enough = max(math.ceil(round(least / share, 6)) for *_, least, share in parts if share)
    share = ", or give that part a larger share" if len(short) == 1 else ""
    return (
        f"{'; '.join(short)}. Train on about {n_of(enough, 'galaxy')} or more with this "
        f"split{share}."
    )
