"""What a data set is called, where it comes from and what exactly it holds."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.clock import utc_now
from core.config import require
from core.data.instrument import DR3, Instrument
from core.spectra import SampleGrid

ORIGINS = ("simulated", "observed", "unknown")


def simulated_name(n: int, seed: int) -> str:
    """Return what a simulated set is called that nobody named."""
    return f"Simulated XP galaxies ({n:,}, seed {seed})"


_SIMULATED = re.compile(r"Simulated XP galaxies \([\d,]+, seed \d+\)")


@dataclass(frozen=True)
class DatasetCard:
    """The identity of a data set, kept inside its file."""

    name: str
    origin: str = "unknown"  # of `ORIGINS`; simulated data are called so wherever they are shown
    n_galaxies: int = 0
    hash: str = ""  # `ContentHash` of the rows (hexadecimal); '' where it was not computed yet
    description: str = ""
    licence: str = ""
    created: str = field(default_factory=utc_now)  # ISO 8601 in UTC; '' where not known
    grid: SampleGrid = field(default_factory=SampleGrid)
    # Settings that made a simulated set, and their hash.
    config_hash: str | None = None
    config: dict[str, Any] | None = None
    # What became of all that was read, and which columns hold what; see `core.data.account`.
    account: dict[str, Any] | None = None
    # Of the spectra, but for their grid; None in files of old, see `known_instrument`.
    instrument: Instrument | None = None

    def __post_init__(self) -> None:
        require(
            self.origin in ORIGINS,
            f"Origin: expected one of {', '.join(ORIGINS)}, received '{self.origin}'.",
        )

    @property
    def given_name(self) -> str:
        """What people called it, '' of a simulated set that has no name but its file's."""
        unnamed = self.config_hash is not None and _SIMULATED.fullmatch(self.name)
        return "" if unnamed else self.name

    @property
    def known_instrument(self) -> Instrument:
        """What is known of the instrument of the spectra.

        Of files of old what is certain: xpz simulated no other instrument than DR3's, and others
        tell the release of their ids in their account.
        """
        known = self.instrument
        if known is None:
            spectra = (self.account or {}).get("spectra", {})
            release = str(spectra.get("release", "")) if isinstance(spectra, dict) else ""
            one = release if " and " not in release else ""
            known = DR3 if self.origin == "simulated" else Instrument(one)
        return replace(known, grid=self.grid)


class ContentHash:
    """SHA-256 over the digests of source_id, z and flux, however the rows are cut into chunks."""

    def __init__(self) -> None:
        self._columns = [(hashlib.sha256(), dtype) for dtype in ("<i8", "<f8", "<f4")]

    def update(self, source_id: np.ndarray, z: np.ndarray, flux: np.ndarray) -> None:
        """Add rows: ids (n,), redshifts (n,) and fluxes (n, 186)."""
        for (digest, dtype), values in zip(self._columns, (source_id, z, flux), strict=True):
            digest.update(np.ascontiguousarray(values, dtype).data)

    def hexdigest(self) -> str:
        """Return the hash of all rows so far, 64 hexadecimal digits."""
        return hashlib.sha256(b"".join(digest.digest() for digest, _ in self._columns)).hexdigest()


def origin_words(origin: str) -> str:
    """Return where data come from, for people: 'simulated', or that it is unknown."""
    return "origin unknown" if origin == "unknown" else origin
