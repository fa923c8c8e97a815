"""Convolutions over the samples, if there are any, and dense layers behind them."""

from core.model.config import NetworkConfig
from core.model.layers import Layer, Layers
from core.spectra import N_SAMPLES


def body(layers: Layers, features: Layer, network: NetworkConfig) -> Layer:
    """Add the layers; dropout, where asked for, follows every dense one."""
    x = _convolutions(layers, features, network) if network.conv_layers else features
    for number, units in enumerate(network.dense_units, start=1):
        x = layers.dense(f"dense_{number}", x, units, network.activation)
        if network.dropout > 0:
            x = layers.dropout(f"dropout_{number}", x, network.dropout)
    return x


def _convolutions(layers: Layers, features: Layer, network: NetworkConfig) -> Layer:
    """Add the convolutions; columns beyond the samples pass by them and join behind."""
    (width,) = features.output_shape
    extra = None
    if width > N_SAMPLES:
        columns = layers.reshape("columns", features, (width, 1))
        x = layers.crop("samples", columns, 0, width - N_SAMPLES)
        extra = layers.flatten("extra", layers.crop("last_columns", columns, N_SAMPLES, 0))
    else:
        x = layers.reshape("samples", features, (N_SAMPLES, 1))
    alike = {"padding": network.padding, "activation": network.activation}
    for number, layer in enumerate(network.conv_layers, start=1):
        x = layers.convolve(f"conv_{number}", x, layer, **alike)
        if layer.pool_size > 1:
            x = layers.max_pool(f"pool_{number}", x, layer.pool_size)
    x = layers.flatten("flatten", x)
    return x if extra is None else layers.join("join", x, extra)
