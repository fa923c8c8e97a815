"""Input, network, loss and training of one variant of `benchmarks.study`."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from benchmarks.variants import Variant
from core.data.shape import MEAN_FLUX_FLOOR
from core.model.losses import crps, nll
from core.model.mixture import Mixtures
from core.prediction.density import Density
from core.spectra import N_BP, N_SAMPLES

CHUNK = 8192
GRID = np.linspace(0, 0.66, 661)
# Where a softmax density has its nodes; it is linear in between.
NODES = np.linspace(0, 0.66, 133)
NODE_STEP = float(NODES[1] - NODES[0])
ASINH_SOFTENING = 0.3  # e-/s per sample, near the noise


@dataclass(frozen=True, eq=False)
class Spectra:
    """Flux and errors [e-/s per sample], (n, 186), and redshifts, (n,), all float32."""

    flux: np.ndarray
    flux_error: np.ndarray
    z: np.ndarray

    def __len__(self) -> int:
        return len(self.z)

    def first(self, n: int) -> "Spectra":
        """Return the first `n`."""
        return Spectra(self.flux[:n], self.flux_error[:n], self.z[:n])


def columns(inputs: str, flux: np.ndarray, flux_error: np.ndarray) -> np.ndarray:
    """Return what the network sees: channels of 186 samples, then single numbers."""
    mean = np.maximum(flux.mean(axis=1, keepdims=True), MEAN_FLUX_FLOOR)
    level = [np.log(mean)]
    noise = [
        np.log(flux_error[:, band].mean(axis=1, keepdims=True))
        for band in (slice(0, N_BP), slice(N_BP, N_SAMPLES))
    ]
    shape, asinh = flux / mean, np.arcsinh(flux / ASINH_SOFTENING)
    parts = {
        "flux": [flux],
        "shape": [shape, *level],
        "shape_noise": [shape, *level, *noise],
        "shape_asinh": [shape, asinh, *level, *noise],
        "shape_errors": [shape, flux_error / mean, *level, *noise],
        "weighted": [flux / flux_error, *level, *noise],
    }
    return np.hstack(parts[inputs], dtype=np.float32)


class Scaling:
    """The columns of a variant, standardised by the training part."""

    def __init__(self, inputs: str, training: Spectra) -> None:
        self.inputs = inputs
        first = columns(inputs, training.flux, training.flux_error)
        self.mean, self.scale = first.mean(axis=0), first.std(axis=0)

    def __call__(
        self, spectra: Spectra, noise: float = 0.0, rng: np.random.Generator | None = None
    ) -> np.ndarray:
        """Scale spectra, with `noise` times their errors of fresh white noise added."""
        scaled = np.empty((len(spectra), len(self.mean)), np.float32)
        for start in range(0, len(spectra), CHUNK):
            rows = slice(start, start + CHUNK)
            flux, flux_error = spectra.flux[rows], spectra.flux_error[rows]
            if noise:
                fresh = rng.standard_normal(flux.shape, dtype=np.float32)
                flux = flux + np.float32(noise) * flux_error * fresh
            scaled[rows] = (columns(self.inputs, flux, flux_error) - self.mean) / self.scale
        return scaled


def build(variant: Variant, width: int):
    """Return the network of a variant for `width` columns."""
    n_channels, _ = divmod(width, N_SAMPLES)
    samples = n_channels * N_SAMPLES

    def convolution(x, filters: int, kernel: int, strides: int = 1, dilation: int = 1):
        return layers.Conv1D(
            filters, kernel, strides, "same", dilation_rate=dilation, activation="silu"
        )(x)

    def residual(x, kernel: int, dilation: int = 1):
        return layers.Add()([x, convolution(x, x.shape[-1], kernel, 1, dilation)])

    features = keras.Input((width,))
    x = features
    if variant.body != "perceptron":
        x = layers.Reshape((n_channels, N_SAMPLES))(features[:, :samples])
        x = layers.Permute((2, 1))(x)
        if variant.body in ("strided", "residual"):
            for filters, kernel, strides in ((32, 9, 3), (48, 5, 2), (64, 5, 2)):
                x = convolution(x, filters, kernel, strides)
                if variant.body == "residual":
                    x = residual(x, kernel)
        elif variant.body == "dilated":
            x = convolution(x, 32, 9, 3)
            for dilation in (1, 2, 4, 8):
                x = residual(x, 3, dilation)
        elif variant.body == "attention":
            x = convolution(convolution(x, 32, 9, 3), 64, 5)
            # Each of 8 heads chooses by what a place holds and by where it is.
            places = layers.Embedding(x.shape[1], x.shape[2])(np.arange(x.shape[1])[None])
            weights = layers.Softmax(axis=1)(layers.Dense(8)(x + places))
            x = layers.Dot(axes=1)([weights, x])
        x = layers.Concatenate()([layers.Flatten()(x), features[:, samples:]])
    for units in variant.units:
        x = layers.Dense(units)(x)
        if variant.normalisation == "layer":
            x = layers.LayerNormalization()(x)
        x = layers.Activation("silu")(x)
        if variant.dropout:
            x = layers.Dropout(variant.dropout)(x)
    n_outputs = {"point": 1, "mixture": 3 * variant.components, "softmax": len(NODES)}
    return keras.Model(features, layers.Dense(n_outputs[variant.head])(x))


def loss_of(variant: Variant):
    if variant.head == "point":
        return keras.losses.Huber(delta=variant.huber_delta)
    losses = {
        ("mixture", "nll"): nll,
        ("mixture", "crps"): crps,
        ("softmax", "nll"): softmax_nll,
        ("softmax", "crps"): softmax_crps,
    }
    return losses[variant.head, variant.loss]


def softmax_nll(z, outputs):
    """Negative logarithm of the density at z, linear between the nodes."""
    hats = ops.maximum(0.0, 1 - ops.abs(z - NODES.astype("float32")) / NODE_STEP)
    masses = ops.softmax(outputs, axis=-1)
    return -ops.log(ops.sum(hats * masses, axis=-1) / NODE_STEP + 1e-6)


def softmax_crps(z, outputs):
    """Area between the squared distribution function and the step at z, midway between nodes."""
    middles = (NODES + NODE_STEP / 2).astype("float32")
    below = ops.cumsum(ops.softmax(outputs, axis=-1), axis=-1)
    step = ops.clip((middles - z) / NODE_STEP + 0.5, 0.0, 1.0)
    return ops.sum(ops.square(below - step), axis=-1) * NODE_STEP


def train(variant: Variant, training: Spectra, scaling: Scaling, seed: int):
    class Epochs(keras.utils.PyDataset):
        """Batches in a new order, and with new noise, in every epoch."""

        def __init__(self) -> None:
            super().__init__()
            self.rng = np.random.default_rng(seed)
            self.x = None
            self.on_epoch_end()

        def __len__(self) -> int:
            return len(training) // variant.batch_size  # of one size: compiled once

        def __getitem__(self, index: int):
            rows = self.order[index * variant.batch_size : (index + 1) * variant.batch_size]
            return self.x[rows], training.z[rows, None]

        def on_epoch_end(self) -> None:
            if self.x is None or variant.noise:
                self.x = scaling(training, variant.noise, self.rng)
            self.order = self.rng.permutation(len(training))

    keras.utils.set_random_seed(seed)
    model = build(variant, len(scaling.mean))
    epochs = Epochs()
    warmup = variant.warmup_epochs * len(epochs)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        variant.epochs * len(epochs) - warmup,
        warmup_target=variant.learning_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=variant.weight_decay,
        use_ema=variant.ema_momentum > 0,
        ema_momentum=variant.ema_momentum or 0.99,
    )
    model.compile(optimizer, loss_of(variant))
    # At its end Keras puts the averaged weights in their place.
    model.fit(epochs, epochs=variant.epochs, shuffle=False, verbose=0)
    return model


def densities(variant: Variant, outputs: np.ndarray) -> np.ndarray:
    """Return p(z) on `GRID`, (n, m)."""
    if variant.head == "mixture":
        return Density.from_mixtures(Mixtures.from_outputs(outputs), GRID).pdf
    masses = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    hats = np.maximum(0, 1 - np.abs(GRID - NODES[:, None]) / NODE_STEP)
    return Density.normalised(GRID, masses @ hats.astype(np.float32)).pdf
