"""The 95 % interval of a share: Wilson's, which knows that none of 500 may be one of 200."""


def share_interval(hits: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share of n galaxies, n >= 1 (1927, JASA 22, 209).

    The bootstrap draws from the galaxies at hand: where none of them is an outlier, none is in any
    resample, and its interval would be 0 to 0.
    """
    import scipy.stats  # which not everyone who asks for metrics needs

    found = scipy.stats.binomtest(hits, n).proportion_ci(confidence, "wilson")
    return float(found.low), float(found.high)
