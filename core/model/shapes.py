"""Inputs, layers, outputs and parameters of a network, without Keras."""

import functools
from importlib import import_module

from core.model.config import SCALINGS, NetworkConfig
from core.model.layers import Layer, Layers
from core.model.mixture import OUTPUTS_PER_COMPONENT
from core.model.settings import one_of
from core.spectra import N_SAMPLES


def n_inputs(method: str) -> int:
    """Return the number of columns that `method` makes of a spectrum.

    One per sample; 'shape' adds the logarithm of the mean flux as the last, and 'shape_noise'
    behind it those of the noise of BP and of RP.
    """
    one_of("scaling", "Scaling", method, SCALINGS)
    return N_SAMPLES + {"shape": 1, "shape_noise": 3}.get(method, 0)


def layer_table(network: NetworkConfig, scaling: str) -> list[Layer]:
    """Return every layer of the network, its input 'features' first, its output last.

    The output is 'z', one number, or 'mixture', 3 per component.

    Raises
    ------
    ConfigError
        If a layer leaves no samples (the message names it), or the scaling is unknown.
    """
    features = Layer("features", "InputLayer", (n_inputs(scaling),))
    layers = Layers([features])
    # A body is known by its name alone: the configuration stands below those who use it.
    x = import_module(f"core.model.bodies.{network.body}").body(layers, features, network)
    if network.head == "mixture":
        layers.dense("mixture", x, OUTPUTS_PER_COMPONENT * network.components)
    else:
        layers.dense("z", x, 1)
    return layers


@functools.lru_cache(maxsize=256)
def multiplications(network: NetworkConfig, scaling: str) -> int:
    """Return how many numbers a network multiplies for one spectrum.

    A convolution's parameters work at each of its samples, a dense layer's once.
    """
    layers = layer_table(network, scaling)
    places = (each.output_shape[0] if len(each.output_shape) > 1 else 1 for each in layers)
    return sum(n * each.parameters for n, each in zip(places, layers, strict=True))


def count_parameters(network: NetworkConfig, scaling: str) -> int:
    """Return the number of trainable parameters.

    Raises
    ------
    ConfigError
        As `layer_table`.
    """
    return sum(layer.parameters for layer in layer_table(network, scaling))
