"""What a network sees in each epoch: the training part in a new order, scaled."""

from dataclasses import dataclass

import numpy as np

from core.data.noise import BandNoise
from core.model.config import TrainingConfig
from core.model.scaling import Scaler
from core.model.shapes import n_inputs
from core.training.weighting import RarityWeights

# Spectra that get their noise at once: few enough to stay in the processor's cache.
NOISE_ROWS = 4096

Examples = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""Scaled spectra, shape (n, n_inputs), redshifts, shape (n, 1), and weights, shape (n,)."""


@dataclass(frozen=True, eq=False)
class TrainingPart:
    """The training part, from which every epoch is made.

    Order, draws and noise follow from the seed and the number of the epoch alone, so that a
    training that goes on sees what an unbroken one sees.
    """

    flux: np.ndarray  # (n, 186) [e-/s per sample]
    flux_error: np.ndarray | None  # as the flux; NaN or 0 where unknown
    z: np.ndarray
    scaler: Scaler  # fitted on this part, or on that of the run that the training starts from
    training: TrainingConfig
    scaled: np.ndarray | None  # the spectra (n, n_inputs), where every epoch sees the same
    noise: BandNoise | None  # stands in for unknown errors, where every epoch sees fresh noise
    weights: RarityWeights | None

    @classmethod
    def prepare(
        cls,
        training: TrainingConfig,
        scaler: Scaler,
        flux: np.ndarray,
        flux_error: np.ndarray | None,
        z: np.ndarray,
    ) -> "TrainingPart":
        """Do what is the same in every epoch."""
        scaled = noise = weights = None
        if training.noise_augmentation > 0:
            noise = scaler.noise or BandNoise.fit(flux, flux_error)
        else:
            scaled = scaler.transform(flux, flux_error)
        if training.weighting != "none":
            weights = RarityWeights.fit(z, training.weight_cap)
        return cls(flux, flux_error, z, scaler, training, scaled, noise, weights)

    def __len__(self) -> int:
        return len(self.flux)

    def epoch(self, epoch: int) -> Examples:
        """Return the examples of an epoch, counted from 0, in their order."""
        rng = np.random.default_rng((self.training.seed, epoch))
        if self.training.weighting == "balanced" and self.weights is not None:
            chances = self.weights.of(self.z)
            order = rng.choice(len(self), len(self), p=chances / chances.sum())
            weight = None
        else:
            order = rng.permutation(len(self))
            weight = self.sample_weight(self.z[order])
        x = self._noisy(order, epoch) if self.scaled is None else self.scaled[order]
        return x, targets(self.z[order]), weight

    def examples(self, flux: np.ndarray, flux_error: np.ndarray | None, z: np.ndarray) -> Examples:
        """Return spectra of another part as they are, weighted as this part is."""
        return self.scaler.transform(flux, flux_error), targets(z), self.sample_weight(z)

    def sample_weight(self, z: np.ndarray) -> np.ndarray | None:
        """Return the weights at these redshifts, of mean 1 over this part, or None."""
        if self.weights is None:
            return None
        return self.weights.of(z) / self.weights.of(self.z).mean()

    def _noisy(self, order: np.ndarray, epoch: int) -> np.ndarray:
        """Return the spectra with fresh white noise, scaled; by chunks, to save memory."""
        assert self.noise is not None
        # NumPy's fastest generator, with a stream of its own.
        rng = np.random.Generator(np.random.SFC64((self.training.seed, epoch, 1)))
        amplitude = np.float32(self.training.noise_augmentation)
        features = np.empty((len(order), n_inputs(self.scaler.method)), np.float32)
        for start in range(0, len(order), NOISE_ROWS):
            rows = order[start : start + NOISE_ROWS]
            flux = np.asarray(self.flux[rows], np.float32)
            given = None if self.flux_error is None else self.flux_error[rows]
            errors = self.noise.errors(flux, given)
            noise = rng.standard_normal(flux.shape, np.float32)
            noise *= errors
            noise *= amplitude
            noise += flux
            # With the errors as they were: the noise of the spectrum that it stands for.
            features[start : start + len(rows)] = self.scaler.transform(noise, errors)
        return features


def targets(z: np.ndarray) -> np.ndarray:
    """Return redshifts as Keras takes them, shape (n, 1), float32."""
    return np.asarray(z, dtype=np.float32).reshape(-1, 1)
