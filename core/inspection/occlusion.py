"""Which part of a spectrum drove a prediction: hide it, predict again, and see."""

from collections.abc import Callable

import numpy as np

from core.spectra import N_BP, N_SAMPLES

Predict = Callable[[np.ndarray], np.ndarray]

WIDTH_SAMPLES = 11
"""Samples hidden at a time: about two widths of the line spread function, 1.8 to 2.4 pixels or 5 to
7 samples each. Less would be filled in from its neighbours with no loss."""

ANCHOR_SAMPLES = 3
"""Samples on either side whose mean holds an end of the straight line; one alone is noisy."""


def occlusion(predict: Predict, flux: np.ndarray, width: int = WIDTH_SAMPLES) -> np.ndarray:
    """Return how the predicted redshift changes when a stretch of the spectrum is hidden, (186,).

    For each sample it is the redshift without the `width` samples around it minus that of the whole
    spectrum; `predict` takes flux (n, 186) [e-/s per sample]. What is hidden is replaced by a
    straight line between what stands left and right of it. At an end of a band, where one side is
    missing, the line runs through the two halves of as many samples on the other side.

    What it means: a large value says that what stands out from the smooth run there (a break, a
    bump, noise) moves *this network's* answer for *this spectrum*. What it does not mean: a small
    value does not say that the part is of no use, since a straight line keeps the slope and the
    level that carry much of the redshift, and since what is hidden may stand elsewhere once more.
    At the ends of a band, where the line is an extension, a value tells less. It is no error bar
    and says nothing about galaxies, only about the network. After Zeiler & Fergus (2014, ECCV,
    section 4.2), who hide parts of pictures.
    """
    flux = np.asarray(flux, dtype=np.float32)
    z = predict(np.concatenate([flux[None], hidden(flux, width)]))
    return z[1:] - z[0]


def hidden(flux: np.ndarray, width: int = WIDTH_SAMPLES) -> np.ndarray:
    """Return the spectrum with the samples around each sample hidden, shape (186, 186)."""
    return np.concatenate([hide(flux[None], sample, width) for sample in range(N_SAMPLES)])


def hide(flux: np.ndarray, sample: int, width: int = WIDTH_SAMPLES) -> np.ndarray:
    """Return spectra, shape (n, 186), with the samples around one sample hidden."""
    first, last = (0, N_BP) if sample < N_BP else (N_BP, N_SAMPLES)
    start = max(first, sample - width // 2)
    stop = min(last, sample - width // 2 + width)
    left = np.arange(max(first, start - ANCHOR_SAMPLES), start)
    right = np.arange(stop, min(last, stop + ANCHOR_SAMPLES))
    if not len(left):
        left, right = np.split(np.arange(stop, stop + width), [width // 2])
    elif not len(right):
        left, right = np.split(np.arange(start - width, start), [width // 2])
    position, level = left.mean(), flux[:, left].mean(axis=1)
    slope = (flux[:, right].mean(axis=1) - level) / (right.mean() - position)
    copies = flux.copy()
    copies[:, start:stop] = level[:, None] + slope[:, None] * (np.arange(start, stop) - position)
    return copies
