"""Whether galaxies with a large predicted error really have large errors."""

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from core.errors import ConfigError
from core.evaluation.metrics import Definition, check_pair

# Of a normal distribution this share lies within one sigma of its mean; sigma_z is half the
# width of an interval of the same share.
SHARE = 0.68

ERROR_BY_SIGMA = Definition(
    "Error against predicted error",
    r"q_{68}(|d|) \mathrm{\ against\ mean\ } \sigma_z,\ \mathrm{equal\ numbers\ per\ bin}",
    "In bins of the predicted error sigma_z, the limit below which 68 % of the true errors lie: "
    "the two are equal where sigma_z is honest for every galaxy and not only on average.",
    "As the reliability diagram of Levi et al. (2022), Sensors 22, 5540, with percentiles in "
    "place of root mean squares",
)


def errors_by_sigma(
    z_spec: ArrayLike, z_pred: ArrayLike, sigma_z: ArrayLike, n_bins: int = 10
) -> pd.DataFrame:
    """Return how large errors are in bins of the predicted error, with equal numbers.

    Parameters
    ----------
    z_spec, z_pred, sigma_z : array-like, shape (n,)
        True and predicted redshifts; half the width of each 68 % interval [redshift].
    n_bins : int
        At most; fewer if there are fewer galaxies.

    Returns
    -------
    pd.DataFrame
        sigma_low, sigma_high, n, sigma_z (mean), error (68th percentile of |d|),
        error_low and error_high (its 95 % interval, from the binomial
        distribution of the rank), mae. All but n in redshift; from low to high sigma_z.

    Raises
    ------
    DataError
        If an array is empty, not finite or of another shape.
    ConfigError
        If `n_bins` is below 1.
    """
    if n_bins < 1:
        raise ConfigError(f"Bins of the predicted error: expected at least 1, received {n_bins}.")
    true, predicted = check_pair(z_spec, z_pred)
    _, sigma = check_pair(true, sigma_z)
    error = np.abs(predicted - true)
    rows = []
    for members in np.array_split(np.argsort(sigma, kind="stable"), min(n_bins, len(sigma))):
        ordered, n = np.sort(error[members]), len(members)
        # Ranks from 0 of the percentile and of the ends of its interval.
        low, high = (int(scipy.stats.binom.ppf(tail, n, SHARE)) for tail in (0.025, 0.975))
        rows.append(
            {
                "sigma_low": sigma[members].min(),
                "sigma_high": sigma[members].max(),
                "n": n,
                "sigma_z": sigma[members].mean(),
                "error": np.quantile(ordered, SHARE),
                "error_low": ordered[max(low - 1, 0)],
                "error_high": ordered[min(high, n - 1)],
                "mae": ordered.mean(),
            }
        )
    return pd.DataFrame(rows)
