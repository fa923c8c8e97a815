"""Which sources a file of the Gaia Archive's bulk download may hold, told by its name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

LEVEL = 8
"""Of the HEALPix that names of DR3's files tell, nested."""

ID_LEVEL, IDS_A_FINEST = 12, 2**35
"""A source_id divided by this is the source's HEALPix pixel of level 12, nested; by four times as
much for each level below, so by 2**43 that of level 8 (Gaia DR3 documentation, section 20.1.1:
source_id)."""

RANGE = re.compile(r"(?:Xp|Gaia)[A-Za-z]*_(\d{6})-(\d{6})(?:\.|$)")
"""Pixels of level 8 from the first to the last, as in XpContinuousMeanSpectrum_000000-003111; in
other names two such numbers may be dates."""

ANY_RANGE = re.compile(r"(?<!\d)(\d+)-(\d+)(?=\.|$)")
"""As above, in names of which an archive's list tells that they are of bulk files."""


@dataclass(frozen=True)
class PixelRange:
    """HEALPix pixels, nested, from the first to the last of a level."""

    first: int
    last: int
    level: int = LEVEL

    def holds(self, ids: np.ndarray) -> bool:
        """Return whether one of these source_ids (int64, rising) lies in the range."""
        ids_a_pixel = IDS_A_FINEST * 4 ** (ID_LEVEL - self.level)
        bounds = [min(p * ids_a_pixel, 2**63 - 1) for p in (self.first, self.last + 1)]
        start, end = np.searchsorted(ids, bounds)
        return bool(end > start)


def may_hold(name: str, ids: np.ndarray) -> bool:
    """Return whether a file may hold one of some sources; False only if its name excludes it.

    Parameters
    ----------
    name : str
        The file's name, with or without its folder.
    ids : np.ndarray of int64, shape (n,)
        Gaia's source_ids, rising.

    Examples
    --------
    >>> import numpy as np
    >>> from core.data import may_hold
    >>> ids = np.array([3112 * 2**43])
    >>> may_hold("XpContinuousMeanSpectrum_000000-003111.csv.gz", ids)
    False
    >>> may_hold("XpContinuousMeanSpectrum_003112-005263.csv.gz", ids)
    True
    """
    found = _range_of(re.split(r"[\\/]", name)[-1], RANGE)
    return found is None or found.holds(ids)


def ranges_of(names: Iterable[str]) -> dict[str, PixelRange]:
    """Return the pixels of the files of a bulk folder by their names, of those that tell them.

    The level is that whose last pixel is the last of all; 8, as in DR3, where none fits.
    """
    found = {name: each for name in names if (each := _range_of(name, ANY_RANGE)) is not None}
    last = max((each.last for each in found.values()), default=-1)
    level = next((n for n in range(ID_LEVEL + 1) if 12 * 4**n - 1 == last), LEVEL)
    return {name: PixelRange(each.first, each.last, level) for name, each in found.items()}


def _range_of(name: str, pattern: re.Pattern[str]) -> PixelRange | None:
    found = pattern.search(name)
    if found is None or int(found[1]) > int(found[2]):
        return None
    return PixelRange(int(found[1]), int(found[2]))
