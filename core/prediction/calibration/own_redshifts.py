"""How common redshifts are among the galaxies of a recalibration, and whether p(z) gains by it."""

import numpy as np
from numpy.typing import ArrayLike

from core.model.mixture import Mixtures
from core.prediction.calibration.correction import WRONG_RANGE, WRONG_SHARE, folds
from core.prediction.density import Density, chunks
from core.prediction.prior import DEFAULT_CAP, SMOOTHING, Prior, training_density

OTHERS_SHARE = 0.01
"""Of galaxies like those of a recalibration that may have any redshift of the training part."""


def own_helps(mixtures: Mixtures, z_spec: np.ndarray, z: np.ndarray, n_z: np.ndarray) -> bool:
    """Return whether p(z) of galaxies under the n(z) of the others is likelier, not by accident."""
    gain = np.zeros(len(z_spec))
    for fitted, left in folds(len(z_spec)):
        own = own_density(z_spec[fitted], z, n_z)
        ratio = Prior.table(z, own, DEFAULT_CAP).ratio(z, n_z)
        for rows in chunks(len(left)):
            density = Density.from_mixtures(mixtures.take(left[rows]), z).filled()
            true = z_spec[left[rows]]
            before, after = (_at(each, true) for each in (density, density.reweighted(ratio)))
            gain[left[rows]] = np.log(after / before)
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))


def own_density(z_spec: np.ndarray, z: np.ndarray, n_z: np.ndarray) -> np.ndarray:
    """Return n(z) of few galaxies on a grid, of which a share is left to the training part's.

    That few hundred galaxies have no redshift like it does not exclude that one like them has.
    """
    return (1 - OTHERS_SHARE) * _few_density(z_spec, z) + OTHERS_SHARE * n_z


def _at(density: Density, z_true: np.ndarray) -> np.ndarray:
    """Return the densities at the true redshifts, at least a hundredth [1 / redshift]: blunders."""
    values = [
        np.interp(true, density.z, pdf) for true, pdf in zip(z_true, density.pdf, strict=True)
    ]
    return np.maximum(np.nan_to_num(values), WRONG_SHARE / WRONG_RANGE)


def _few_density(z_spec: ArrayLike, z: np.ndarray) -> np.ndarray:
    """Return the density n(z) of n galaxies, of which there may be few, as `training_density`.

    Smoothed by the rule of Silverman (1986, Density Estimation for Statistics and Data Analysis,
    equation 3.31): a Gaussian of 0.9 min(s, q / 1.34) n^(-1/5), s the standard deviation and q the
    interquartile range.
    """
    true = np.asarray(z_spec, float)
    spread = np.subtract(*np.quantile(true, [0.75, 0.25])) / 1.34
    narrow = 0.9 * min(float(true.std()), float(spread)) * len(true) ** -0.2
    return training_density(z_spec, z, max(SMOOTHING, narrow))
