"""Convolutions over the samples, if there are any, and dense layers behind them."""

import math

from core.model.config import NetworkConfig
from core.model.layers import Layer, Layers
from core.spectra import N_SAMPLES


def body(layers: Layers, features: Layer, network: NetworkConfig) -> Layer:
    """Add the layers; dropout, where asked for, follows every dense one."""
    x = _convolutions(layers, features, network) if network.conv_layers else features
    for number, units in enumerate(network.dense_units, start=1):
        x = layers.dense(f"dense_{number}", x, units, network.activation)
        if network.dropout > 0:
            x = layers.add("Dropout", f"dropout_{number}", x, (units,), rate=network.dropout)
    return x


def _convolutions(layers: Layers, features: Layer, network: NetworkConfig) -> Layer:
    """Add the convolutions; columns beyond the samples pass by them and join behind."""
    (width,) = features.output_shape
    extra = width - N_SAMPLES
    x = beside = features
    if extra:
        columns = layers.add("Reshape", "columns", features, (width, 1), target_shape=(width, 1))
        x = layers.add("Cropping1D", "samples", columns, (N_SAMPLES, 1), cropping=(0, extra))
        last = layers.add(
            "Cropping1D", "last_columns", columns, (extra, 1), cropping=(N_SAMPLES, 0)
        )
        beside = layers.add("Flatten", "extra", last, (extra,))
    else:
        x = layers.add("Reshape", "samples", x, (N_SAMPLES, 1), target_shape=(N_SAMPLES, 1))
    alike = {"padding": network.padding, "activation": network.activation}
    for number, layer in enumerate(network.conv_layers, start=1):
        x = layers.convolve(f"conv_{number}", x, layer, **alike)
        if layer.pool_size > 1:
            x = layers.max_pool(f"pool_{number}", x, layer.pool_size)
    units = math.prod(x.output_shape)
    x = layers.add("Flatten", "flatten", x, (units,))
    return layers.add("Concatenate", "join", (x, beside), (units + extra,)) if extra else x
