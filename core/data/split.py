"""The split into training, validation and test part, by a hash of source_id and a seed."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
from pandas.util import hash_array

from core.config import to_dict
from core.errors import DataError, SettingError

SPLIT_LABELS = {
    "test_fraction": "Test part",
    "validation_fraction": "Validation part, of the rest",
    "split_seed": "Split seed",
}
"""What people call the settings of a split; its seed by the name of the commands' option."""


@dataclass(frozen=True)
class SplitConfig:
    """How large the parts are; the defaults give 63 % / 27 % / 10 % as published.

    Attributes
    ----------
    test_fraction : float
        Expected share of the sources in the test part.
    validation_fraction : float
        Expected share of the rest in the validation part.
    seed : int
        Another seed gives an independent split.
    """

    test_fraction: float = 0.10
    validation_fraction: float = 0.30
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("test_fraction", "validation_fraction"):
            value = getattr(self, name)
            if not 0 <= value < 1:
                said = f"expected a share of at least 0 and below 1, received {value}."
                raise SettingError(name, SPLIT_LABELS[name], said)
        if not 0 <= self.seed < 2**63:
            said = f"expected a whole number from 0 to 2^63 - 1, received {self.seed}."
            raise SettingError("split_seed", SPLIT_LABELS["split_seed"], said)

    def sizes(self, n: int) -> tuple[float, float, float]:
        """Return about how many of n sources are to train, to validate and to test."""
        n_test = n * self.test_fraction
        n_validation = (n - n_test) * self.validation_fraction
        return n - n_test - n_validation, n_validation, n_test


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of each part, rising.

    Attributes
    ----------
    train, validation, test : np.ndarray of int, shape (n_part,)
    hash : str
        SHA-256 over the configuration and the ids of each part; the order of
        the rows does not matter.
    config : SplitConfig
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    hash: str
    config: SplitConfig


def split_by_source(source_id: np.ndarray, config: SplitConfig) -> Split:
    """Split sources so that none ever changes sides when others are added.

    The side of a source depends on its id, the seed and the fractions alone,
    so the parts have their nominal sizes only up to binomial scatter.

    Parameters
    ----------
    source_id : np.ndarray of int, shape (N,)
    config : SplitConfig

    Raises
    ------
    DataError
        If the ids are not integers.
    """
    source_id = np.asarray(source_id)
    if source_id.ndim != 1 or not np.issubdtype(source_id.dtype, np.integer):
        raise DataError(
            "Expected one whole number (source_id) per source to split by, received an array of "
            f"{source_id.dtype} with shape {source_id.shape}."
        )
    position = _uniform(source_id, config.seed)
    in_test = position < config.test_fraction
    # The range above the test fraction is uniform again, so the same number serves twice.
    rest = (position - config.test_fraction) / (1 - config.test_fraction)
    in_validation = ~in_test & (rest < config.validation_fraction)
    train, validation, test = (
        np.flatnonzero(part) for part in (~in_test & ~in_validation, in_validation, in_test)
    )
    digest = hashlib.sha256(json.dumps(to_dict(config), sort_keys=True).encode())
    for part in (train, validation, test):
        digest.update(b"|")
        digest.update(np.sort(source_id[part]).astype("<i8").data)
    return Split(train, validation, test, digest.hexdigest(), config)


def _uniform(source_id: np.ndarray, seed: int) -> np.ndarray:
    """Return a number in [0, 1) per id, by hashing.

    Ids carry the position on the sky in their upper bits: neighbours would share a side.
    """
    key = hash_array(np.array([seed + 1], np.uint64))
    hashed = hash_array(hash_array(source_id.astype(np.uint64)) ^ key)
    return (hashed >> np.uint64(11)) * 2.0**-53
