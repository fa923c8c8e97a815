"""What a data set is called, where it comes from and what exactly it holds."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.clock import utc_now
from core.config import require
from core.spectra import SampleGrid

ORIGINS = ("simulated", "observed", "unknown")


@dataclass(frozen=True)
class DatasetCard:
    """The identity of a data set, kept inside its file.

    Attributes
    ----------
    name : str
        What people call it.
    origin : str
        One of `ORIGINS`; simulated data must be called so wherever it is shown.
    n_galaxies : int
        Number of rows.
    hash : str
        `ContentHash` of the rows (hexadecimal); '' where it was not computed yet.
    description, licence : str
        For people; may be empty.
    created : str
        Time of creation, ISO 8601 in UTC; '' where it is not known.
    grid : SampleGrid
        Where the 186 samples lie in wavelength.
    config_hash, config : str and dict, or None
        Settings that made a simulated set, and their hash.
    """

    name: str
    origin: str = "unknown"
    n_galaxies: int = 0
    hash: str = ""
    description: str = ""
    licence: str = ""
    created: str = field(default_factory=utc_now)
    grid: SampleGrid = field(default_factory=SampleGrid)
    config_hash: str | None = None
    config: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        require(
            self.origin in ORIGINS,
            f"DatasetCard.origin: expected one of {', '.join(ORIGINS)}, received '{self.origin}'.",
        )


class ContentHash:
    """SHA-256 over source_id, z and flux of rows that arrive in chunks.

    Each column has its own digest and the result is the digest of the three,
    so it does not depend on how the rows were cut into chunks.
    """

    def __init__(self) -> None:
        self._columns = [(hashlib.sha256(), dtype) for dtype in ("<i8", "<f8", "<f4")]

    def update(self, source_id: np.ndarray, z: np.ndarray, flux: np.ndarray) -> None:
        """Add rows: ids (n,), redshifts (n,) and fluxes (n, 186)."""
        for (digest, dtype), values in zip(self._columns, (source_id, z, flux), strict=True):
            digest.update(np.ascontiguousarray(values, dtype).data)

    def hexdigest(self) -> str:
        """Return the hash of all rows so far, 64 hexadecimal digits."""
        return hashlib.sha256(b"".join(digest.digest() for digest, _ in self._columns)).hexdigest()
