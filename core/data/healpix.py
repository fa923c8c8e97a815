"""Which sources a file of the Gaia Archive's bulk download may hold, told by its name."""

import re

import numpy as np

IDS_A_PIXEL = 2**43
"""A source_id divided by this is the source's HEALPix pixel of level 8, nested (Gaia DR3
documentation, section 20.1.1: source_id)."""

RANGE = re.compile(r"(?:Xp|Gaia)[A-Za-z]*_(\d{6})-(\d{6})(?:\.|$)")
"""Pixels of level 8 from the first to the last, as in XpContinuousMeanSpectrum_000000-003111; in
other names two such numbers may be dates."""


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
    found = RANGE.search(re.split(r"[\\/]", name)[-1])
    if found is None or int(found[1]) > int(found[2]):
        return True
    first, last = map(int, found.groups())
    bounds = [min(pixel * IDS_A_PIXEL, 2**63 - 1) for pixel in (first, last + 1)]
    start, end = np.searchsorted(ids, bounds)
    return bool(end > start)
