"""Which spectra are like those that a run was trained on, and which of these are nearest."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy
from threadpoolctl import threadpool_limits

from core.data.shape import mean_flux
from core.errors import DataError
from core.model.scaling import check_flux
from core.prediction.calibration.needed import MIN_TRAINING
from core.spectra import BANDS, N_SAMPLES

N_SHAPES = 5
"""Principal components of the shape. With more, the density spreads too thin to notice a star."""

MAX_GAUSSIANS = 8
SPECTRA_PER_GAUSSIAN = 500
N_STARTS = 3
MAX_SPECTRA = 20_000

# Shapes of faint spectra are noise: below this mean [e-/s per sample] they weigh less.
FULL_WEIGHT_FLUX = 3.0

# What the components leave over counts as at least this [e-/s per sample], a hundredth of the
# noise: it keeps the logarithm finite for spectra without any.
RESIDUAL_FLOOR = 0.002

QUANTILE = 0.99
MAX_BRIGHTNESSES = 10
MIN_PER_BRIGHTNESS = 50

# What never varies in the data may not vary at all: a small scale, not 0.
SMALLEST = 1e-6
LOG_2PI = np.log(2 * np.pi)
CHUNK_ROWS = 32_768


@dataclass(frozen=True, eq=False)
class Domain:
    """The density of a run's training spectra, and the distance of others from them.

    A spectrum is described by eight numbers: the first five principal components
    of its shape (flux over its own mean), the logarithm of that mean, and, for
    BP and RP, the logarithm of what the components leave over [e-/s per
    sample], which is noise for a galaxy and more for anything else. A mixture
    of Gaussians describes the training part in them. The density p of a faint
    spectrum is lower, for noise spreads faint galaxies out; what counts is how
    it compares with that of validation galaxies of the same mean flux:

        distance = (median - ln p) / (median - 5th percentile), at least 0,

    with median and percentile those of their ln p. A typical galaxy is at 0,
    and one in twenty is beyond 1, at any brightness.
    """

    mean_shape: np.ndarray  # (186,)
    shapes: np.ndarray  # (186, 5), principal components, each of length 1
    centre: np.ndarray  # (8,), mean of the eight numbers over the training part
    scale: np.ndarray  # (8,), their standard deviation
    # The mixture of k Gaussians of the eight numbers, standardised: what scikit-learn calls so.
    weights: np.ndarray  # (k,)
    means: np.ndarray  # (k, 8)
    precisions_cholesky: np.ndarray  # (k, 8, 8), upper triangles, of the inverse covariances
    # (3, n_brightness): ln of the mean flux, rising; the median of ln p there, and its distance
    # from the 5th percentile. Read by linear interpolation.
    usual: np.ndarray
    threshold: float  # distance that 1 % of the validation part exceed
    reference: pd.DataFrame  # source_id and z of at most 20,000 training galaxies
    reference_shape: np.ndarray  # (n_reference, 5), float16, their components

    @classmethod
    # The matrices are small: threads would only wait for each other.
    @threadpool_limits.wrap(limits=1, user_api="blas")
    def fit(
        cls,
        flux: np.ndarray,
        z: np.ndarray,
        source_id: np.ndarray,
        validation_flux: np.ndarray,
        seed: int = 0,
    ) -> "Domain":
        """Describe a training part; what is far from it is measured on `validation_flux`, (m, 186).

        `flux`, shape (n, 186) [e-/s per sample], `z` and `source_id` are of the same galaxies; of
        more than 20,000, as many are drawn. The seed is that of the draws and of the mixture's
        first guesses. A `DataError` says if there are too few spectra, or a flux is not finite.
        """
        if len(flux) < MIN_TRAINING or not len(validation_flux):
            raise DataError(
                f"Training domain: expected at least {MIN_TRAINING} spectra in the training part "
                f"and 1 in the validation part, received {len(flux)} and {len(validation_flux)}."
            )
        from sklearn.mixture import GaussianMixture  # takes a second, which only fitting pays

        kept = drawn(len(flux), seed)
        fitted = check_flux(flux[kept])
        mean_shape, shapes = _principal_shapes(fitted)
        numbers = _describe(fitted, mean_shape, shapes)
        centre, scale = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), SMALLEST)
        mixture = GaussianMixture(
            int(np.clip(len(fitted) // SPECTRA_PER_GAUSSIAN, 1, MAX_GAUSSIANS)),
            random_state=seed,
            max_iter=300,
            n_init=N_STARTS,
        ).fit((numbers - centre) / scale)
        domain = cls(
            mean_shape,
            shapes,
            centre,
            scale,
            **{name: getattr(mixture, f"{name}_") for name in _MIXTURE},
            usual=np.array([[0.0], [0.0], [1.0]]),
            threshold=0.0,
            reference=pd.DataFrame({"source_id": source_id[kept], "z": z[kept]}),
            reference_shape=_scores(fitted, mean_shape, shapes).astype(np.float16),
        )
        return domain.measured_on(validation_flux)

    @threadpool_limits.wrap(limits=1, user_api="blas")
    def measured_on(self, flux: np.ndarray) -> "Domain":
        """Return the domain with what is usual, and what is far, measured on other spectra.

        `flux`, shape (m, 186) [e-/s per sample]; a `DataError` says if one is not finite.
        """
        domain = replace(self, usual=_usual(*self._log_density(check_flux(flux))))
        distance = domain.distance(flux)
        return replace(domain, threshold=float(np.quantile(distance, QUANTILE, method="higher")))

    @threadpool_limits.wrap(limits=1, user_api="blas")
    def distance(self, flux: np.ndarray) -> np.ndarray:
        """Return how far spectra are from the training part, shape (n,), no unit.

        NaN for a spectrum with a sample that is not finite. A `DataError` says if `flux` [e-/s per
        sample] is not of shape (n, 186).
        """
        flux = np.asarray(flux)
        if flux.ndim != 2 or flux.shape[1] != N_SAMPLES:
            raise DataError(f"Expected flux of shape (n, {N_SAMPLES}), received {flux.shape}.")
        distance = np.full(len(flux), np.nan)
        usable = np.flatnonzero(np.isfinite(flux).all(axis=1))
        for start in range(0, len(usable), CHUNK_ROWS):
            rows = usable[start : start + CHUNK_ROWS]
            log_mean, log_density = self._log_density(flux[rows])
            median, spread = (np.interp(log_mean, self.usual[0], row) for row in self.usual[1:])
            distance[rows] = np.maximum((median - log_density) / spread, 0)
        return distance

    def _log_density(self, flux: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the logarithms of mean flux and of the mixture's density, each (n,)."""
        numbers = _describe(flux, self.mean_shape, self.shapes)
        log_density = self._log_mixture((numbers - self.centre) / self.scale)
        return numbers[:, N_SHAPES], log_density

    def _log_mixture(self, numbers: np.ndarray) -> np.ndarray:
        """Return ln p of standardised numbers, as `GaussianMixture.score_samples` of scikit-learn.

        With L L^T the inverse covariance of a Gaussian of mean m in d dimensions, its ln p is
        ln det L - (d ln 2 pi + |(x - m) L|^2) / 2.
        """
        logs = np.empty((len(numbers), len(self.weights)))
        gaussians = zip(self.weights, self.means, self.precisions_cholesky, strict=True)
        for k, (weight, mean, root) in enumerate(gaussians):
            square = np.sum(np.square(numbers @ root - mean @ root), axis=1)
            log_density = np.sum(np.log(np.diag(root))) - (len(mean) * LOG_2PI + square) / 2
            logs[:, k] = log_density + np.log(weight)
        return scipy.special.logsumexp(logs, axis=1)

    def nearest(self, flux: np.ndarray, k: int = 5) -> pd.DataFrame:
        """Return the `k` training galaxies of most similar shape that are kept, nearest first.

        Columns: source_id, z, distance: root mean square over the samples of the difference in flux
        over mean flux, as far as the five components show it. A `DataError` says if `flux`, shape
        (1, 186) [e-/s per sample], is not one finite spectrum.
        """
        flux = check_flux(flux)
        if len(flux) != 1:
            raise DataError(f"Expected one spectrum, received {len(flux)}.")
        scores = _scores(flux, self.mean_shape, self.shapes)
        distances = scipy.spatial.distance.cdist(scores, self.reference_shape.astype(float))
        distance = distances[0] / np.sqrt(N_SAMPLES)
        rows = np.argsort(distance, kind="stable")[:k]
        table = self.reference.iloc[rows].reset_index(drop=True)
        return table.assign(distance=distance[rows])

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store."""
        return {
            **{name: getattr(self, name) for name in _ARRAYS},
            "threshold": np.array(self.threshold),
            "source_id": self.reference["source_id"].to_numpy(),
            "z": self.reference["z"].to_numpy(np.float32),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Domain":
        """Build from what `to_arrays` gave."""
        sizes = {len(arrays[name]) for name in ("source_id", "z", "reference_shape")}
        if len(sizes) != 1 or arrays["reference_shape"].shape[1:] != (N_SHAPES,):
            raise ValueError("the reference galaxies do not fit together")
        domain = cls(
            **{name: arrays[name] for name in _ARRAYS},
            threshold=float(arrays["threshold"]),
            reference=pd.DataFrame({"source_id": arrays["source_id"], "z": arrays["z"]}),
        )
        # Fails where the arrays do not fit together.
        if not np.isfinite(domain.distance(np.ones((1, N_SAMPLES)))).all():
            raise ValueError("the arrays give no distance")
        return domain


_MIXTURE = ("weights", "means", "precisions_cholesky")
_ARRAYS = ("mean_shape", "shapes", "centre", "scale", *_MIXTURE, "usual", "reference_shape")


def drawn(n: int, seed: int = 0) -> np.ndarray:
    """Return which of `n` spectra of a training part describe it, rising: at most `MAX_SPECTRA`."""
    return np.sort(np.random.default_rng(seed).permutation(n)[:MAX_SPECTRA])


def _usual(log_mean: np.ndarray, log_density: np.ndarray) -> np.ndarray:
    """Return how the density of galaxies depends on brightness; see `Domain.usual`."""
    n_bins = int(np.clip(len(log_mean) // MIN_PER_BRIGHTNESS, 1, MAX_BRIGHTNESSES))
    columns = []
    for rows in np.array_split(np.argsort(log_mean, kind="stable"), n_bins):
        low, median = np.quantile(log_density[rows], [0.05, 0.5])
        columns.append([log_mean[rows].mean(), median, max(median - low, SMALLEST)])
    return np.transpose(columns)


def _shape_and_mean(flux: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return flux over its mean, (n, 186), and the mean, (n, 1), no less than the floor."""
    flux = flux.astype(float)
    mean = mean_flux(flux)
    return flux / mean, mean


def _principal_shapes(flux: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    shape, mean = _shape_and_mean(flux)
    mean_shape = shape.mean(axis=0)
    weighted = (shape - mean_shape) * np.minimum(mean / FULL_WEIGHT_FLUX, 1)
    vectors = np.linalg.eigh(weighted.T @ weighted)[1]  # of rising eigenvalues
    return mean_shape, np.ascontiguousarray(vectors[:, : -N_SHAPES - 1 : -1])


def _scores(flux: np.ndarray, mean_shape: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    return (_shape_and_mean(flux)[0] - mean_shape) @ shapes


def _describe(flux: np.ndarray, mean_shape: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Return the eight numbers of every spectrum, shape (n, 8)."""
    shape, mean = _shape_and_mean(flux)
    shape -= mean_shape
    scores = shape @ shapes
    shape -= scores @ shapes.T
    left_over = [
        np.sqrt(np.mean(band**2, axis=1)) * mean[:, 0]
        for band in (shape[:, samples] for samples in BANDS)
    ]
    logarithms = np.log(np.maximum(np.transpose(left_over), RESIDUAL_FLOOR))
    return np.hstack([scores, np.log(mean), logarithms])
