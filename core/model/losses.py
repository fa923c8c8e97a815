"""Losses of networks whose head is a mixture of Gaussians, in Keras on any backend.

Each takes the true redshifts (n, 1) and the network's outputs (n, 3 n_components), as
`core.model.mixture.Mixtures.from_outputs` reads them, and returns a value per source (n,).
"""

import math

from keras import KerasTensor, ops

from core.model.mixture import (
    MEAN_CENTRE,
    MEAN_SCALE,
    MIN_SIGMA,
    OUTPUTS_PER_COMPONENT,
    SIGMA_SCALE,
)


def nll(z: KerasTensor, outputs: KerasTensor) -> KerasTensor:
    """Return the negative logarithm of the density at the true redshift (Bishop 1994, eq. 29)."""
    log_weights, means, sigmas = _components(outputs)
    scaled = ops.subtract(z, means) / sigmas
    log_densities = -0.5 * ops.square(scaled) - ops.log(sigmas) - 0.5 * math.log(2 * math.pi)
    return -ops.logsumexp(log_weights + log_densities, axis=-1)


def crps(z: KerasTensor, outputs: KerasTensor) -> KerasTensor:
    """Return the continuous ranked probability score [redshift].

    Closed form: Grimit et al. 2006, QJRMS 132, 2925, eq. 5.
    """
    log_weights, means, sigmas = _components(outputs)
    weights = ops.exp(log_weights)
    to_truth = ops.sum(weights * _mean_distance(ops.subtract(z, means), sigmas), axis=-1)
    differences = ops.expand_dims(means, 2) - ops.expand_dims(means, 1)
    variances = ops.square(sigmas)
    widths = ops.sqrt(ops.expand_dims(variances, 2) + ops.expand_dims(variances, 1))
    products = ops.expand_dims(weights, 2) * ops.expand_dims(weights, 1)
    among_themselves = ops.sum(products * _mean_distance(differences, widths), axis=(1, 2))
    return to_truth - 0.5 * among_themselves


def mean_absolute_error(z: KerasTensor, outputs: KerasTensor) -> KerasTensor:
    """Return the distance of the mixture's mean from the true redshift."""
    log_weights, means, _ = _components(outputs)
    mean = ops.sum(ops.exp(log_weights) * means, axis=-1, keepdims=True)
    return ops.abs(ops.subtract(z, mean))[:, 0]


def _components(outputs: KerasTensor) -> tuple[KerasTensor, KerasTensor, KerasTensor]:
    """Return logarithms of the weights, means and sigmas, each of shape (n, n_components)."""
    logits, means, widths = ops.split(outputs, OUTPUTS_PER_COMPONENT, axis=-1)
    return (
        ops.log_softmax(logits, axis=-1),
        MEAN_CENTRE + MEAN_SCALE * means,
        MIN_SIGMA + SIGMA_SCALE * ops.softplus(widths),
    )


def _mean_distance(mean: KerasTensor, sigma: KerasTensor) -> KerasTensor:
    """Return the mean of |x| for x normal with this mean and sigma: A in Grimit et al., eq. 5."""
    scaled = mean / sigma
    peak = math.sqrt(2 / math.pi) * sigma * ops.exp(-0.5 * ops.square(scaled))
    return peak + mean * ops.erf(scaled / math.sqrt(2))
