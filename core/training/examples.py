"""What a network sees in each epoch: the training part in a new order, scaled."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from core.data.noise import BandNoise
from core.model.config import TrainingConfig
from core.model.scaling import Scaler
from core.model.shapes import n_inputs
from core.training.steps import Block
from core.training.weighting import RarityWeights

# Spectra that get their noise at once: few enough to stay in the processor's cache.
NOISE_ROWS = 4096

# Spectra with fresh noise that are brought to the device at once, while the next get theirs.
BLOCK_ROWS = 16 * NOISE_ROWS


class TrainingSpectra(Protocol):
    """The spectra of a training part, wherever they are."""

    @property
    def z(self) -> np.ndarray:
        """Their redshifts, (n,)."""

    def parts(self, batch_size: int) -> list[slice]:
        """Return which spectra are read and shuffled at once; all but the last fill batches."""

    def read(self, rows: slice) -> tuple[np.ndarray, np.ndarray | None]:
        """Return flux (n_rows, 186) [e-/s per sample], and the errors, NaN or 0 where unknown."""

    def fit_scaler(self, method: str) -> Scaler:
        """Fit a scaling to them."""

    def fit_noise(self) -> BandNoise:
        """Learn what stands in for unknown errors."""


@dataclass(frozen=True, eq=False)
class InMemory:
    """Spectra in memory: read and shuffled all at once."""

    flux: np.ndarray  # (n, 186) [e-/s per sample]
    flux_error: np.ndarray | None  # as the flux; NaN or 0 where unknown
    z: np.ndarray

    def parts(self, batch_size: int) -> list[slice]:
        """Return all of them."""
        return [slice(0, len(self.z))]

    def read(self, rows: slice) -> tuple[np.ndarray, np.ndarray | None]:
        """Return flux and errors, without a copy."""
        return self.flux[rows], None if self.flux_error is None else self.flux_error[rows]

    def fit_scaler(self, method: str) -> Scaler:
        """Fit a scaling to all."""
        return Scaler.fit(method, self.flux, self.flux_error)

    def fit_noise(self) -> BandNoise:
        """Learn it from all."""
        return BandNoise.fit(self.flux, self.flux_error)


@dataclass(frozen=True, eq=False)
class TrainingPart:
    """The training part, from which every epoch is made.

    Order, draws and noise follow from the seed and the number of the epoch alone, so that a
    training that goes on sees what an unbroken one sees.
    """

    spectra: TrainingSpectra
    scaler: Scaler  # fitted on this part, or on that of the run that the training starts from
    training: TrainingConfig
    scaled: np.ndarray | None  # the spectra (n, n_inputs), where they fit and are always the same
    noise: BandNoise | None  # stands in for unknown errors, where every epoch sees fresh noise
    weights: RarityWeights | None

    @classmethod
    def prepare(
        cls, training: TrainingConfig, scaler: Scaler, spectra: TrainingSpectra
    ) -> "TrainingPart":
        """Do what is the same in every epoch."""
        scaled = noise = weights = None
        if training.noise_augmentation > 0:
            noise = scaler.noise or spectra.fit_noise()
        elif len(parts := spectra.parts(training.batch_size)) == 1:
            scaled = scaler.transform(*spectra.read(parts[0]))
        if training.weighting != "none":
            weights = RarityWeights.fit(spectra.z, training.weight_cap)
        return cls(spectra, scaler, training, scaled, noise, weights)

    def __len__(self) -> int:
        return len(self.spectra.z)

    def epoch(self, epoch: int) -> Iterator[Block]:
        """Yield the examples of an epoch, counted from 0, in their order."""
        rng = np.random.default_rng((self.training.seed, epoch))
        # NumPy's fastest generator, with a stream of its own.
        noise_rng = np.random.Generator(np.random.SFC64((self.training.seed, epoch, 1)))
        parts = self.spectra.parts(self.training.batch_size)
        # The last part, which alone may be short of a batch, comes last, as in memory.
        for i in [*(rng.permutation(len(parts) - 1) if len(parts) > 1 else ()), len(parts) - 1]:
            z = self.spectra.z[parts[i]]
            order = self._order(rng, z)
            if self.noise is not None:
                yield from self._noisy(parts[i], order, noise_rng)
                continue
            x = self.scaled
            if x is None:
                x = self.scaler.transform(*self.spectra.read(parts[i]))
            yield Block(x, targets(z), self._sample_weight(z), order)

    def examples(self, spectra: InMemory) -> Block:
        """Return spectra of another part as they are and in their order, weighted as this is."""
        x = self.scaler.transform(spectra.flux, spectra.flux_error)
        weight = _single(self.sample_weight(spectra.z))
        return Block(x, targets(spectra.z), weight, np.arange(len(x), dtype=np.int32))

    def sample_weight(self, z: np.ndarray) -> np.ndarray | None:
        """Return the weights at these redshifts, of mean 1 over this part, or None."""
        return None if self.weights is None else self.weights.of(z) / self._mean_weight

    @cached_property
    def _mean_weight(self) -> float:
        """Of all spectra of this part, which are many for each block."""
        assert self.weights is not None
        return float(self.weights.of(self.spectra.z).mean())

    def _sample_weight(self, z: np.ndarray) -> np.ndarray | None:
        """Return the weights of examples to train on: none where the order is drawn by them."""
        if self.training.weighting == "balanced":
            return None
        return _single(self.sample_weight(z))

    def _order(self, rng: np.random.Generator, z: np.ndarray) -> np.ndarray:
        """Return in which order an epoch takes galaxies of these redshifts."""
        if self.training.weighting == "balanced" and self.weights is not None:
            chances = self.weights.of(z)
            order = rng.choice(len(z), len(z), p=chances / chances.sum())
        else:
            order = rng.permutation(len(z))
        return order.astype(np.int32)

    def _noisy(self, part: slice, order: np.ndarray, rng: np.random.Generator) -> Iterator[Block]:
        """Yield the spectra with fresh white noise, scaled; by chunks, to save memory."""
        assert self.noise is not None
        amplitude = np.float32(self.training.noise_augmentation)
        all_flux, all_errors = self.spectra.read(part)
        z = self.spectra.z[part]
        size = self.training.batch_size
        block_rows = max(BLOCK_ROWS // size, 1) * size
        for first in range(0, len(order), block_rows):
            taken = order[first : first + block_rows]
            features = np.empty((len(taken), n_inputs(self.scaler.method)), np.float32)
            for start in range(0, len(taken), NOISE_ROWS):
                rows = taken[start : start + NOISE_ROWS]
                flux = np.asarray(all_flux[rows], np.float32)
                errors = self.noise.errors(flux, None if all_errors is None else all_errors[rows])
                noise = rng.standard_normal(flux.shape, np.float32)
                noise *= errors
                noise *= amplitude
                noise += flux
                # With the errors as they were: the noise of the spectrum that it stands for.
                features[start : start + len(rows)] = self.scaler.transform(noise, errors)
            weight = self._sample_weight(z[taken])
            yield Block(features, targets(z[taken]), weight, np.arange(len(taken), dtype=np.int32))


def targets(z: np.ndarray) -> np.ndarray:
    """Return redshifts as Keras takes them, shape (n, 1), float32."""
    return np.asarray(z, dtype=np.float32).reshape(-1, 1)


def _single(weight: np.ndarray | None) -> np.ndarray | None:
    return None if weight is None else weight.astype(np.float32)
