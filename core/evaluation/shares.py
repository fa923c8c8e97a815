"""The 95 % interval of a share: Wilson's, which knows that none of 500 may be one of 200."""

import math
from statistics import NormalDist

OF_SHARES = "of shares beyond a fixed limit or inside an interval, Wilson's"
"""How people are told that these intervals are made, where those of all else are of resamples."""


def share_interval(hits: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share of n galaxies, n >= 1 (1927, JASA 22, 209).

    The bootstrap draws from the galaxies at hand: where none of them is an outlier, none is in any
    resample, and its interval would be 0 to 0.

    By its formula, as `scipy.stats` would double the time of every command that shows numbers.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, scale = hits / n, 1 + z**2 / n
    middle = (share + z**2 / (2 * n)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return 0.0 if hits == 0 else middle - half, 1.0 if hits == n else middle + half
