"""Shapes and parameter counts of a network, computed without Keras."""

from dataclasses import dataclass

from core.errors import ConfigError
from core.model.config import SCALINGS, ConvLayer, NetworkConfig, one_of
from core.model.mixture import OUTPUTS_PER_COMPONENT
from core.spectra import N_SAMPLES


def n_inputs(method: str) -> int:
    """Return the number of columns that `method` makes of a spectrum.

    One per sample; 'shape' adds the logarithm of the mean flux as the last, and
    'shape_noise' behind it those of the noise of BP and of RP.
    """
    one_of("scaling", method, SCALINGS)
    return N_SAMPLES + {"shape": 1, "shape_noise": 3}.get(method, 0)


def n_outputs(network: NetworkConfig) -> int:
    """Return the number of outputs of the network's head."""
    return OUTPUTS_PER_COMPONENT * network.components if network.head == "mixture" else 1


def output_name(network: NetworkConfig) -> str:
    """Return the name of the network's output: 'z' or 'mixture'."""
    return "mixture" if network.head == "mixture" else "z"


@dataclass(frozen=True)
class LayerShape:
    """One layer of a network.

    Attributes
    ----------
    name, kind : str
        The layer's name in the network and its Keras class.
    output_shape : tuple of int
        Without the batch axis.
    parameters : int
        Trainable parameters.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int = 0


def layer_table(network: NetworkConfig, scaling: str) -> list[LayerShape]:
    """Return every layer of the network that `core.model.network.build_network` makes.

    Raises
    ------
    ConfigError
        If a layer leaves no samples (the message names it), or the scaling is unknown.
    """
    units = n_inputs(scaling)
    table = [LayerShape("features", "InputLayer", (units,))]
    if network.conv_layers:
        convolutions = _convolutions(network, scaling)
        table += convolutions
        (units,) = convolutions[-1].output_shape
    for number, wanted in enumerate(network.dense_units, start=1):
        table.append(LayerShape(f"dense_{number}", "Dense", (wanted,), (units + 1) * wanted))
        units = wanted
        if network.dropout > 0:
            table.append(LayerShape(f"dropout_{number}", "Dropout", (units,)))
    outputs = n_outputs(network)
    table.append(LayerShape(output_name(network), "Dense", (outputs,), (units + 1) * outputs))
    return table


def count_parameters(network: NetworkConfig, scaling: str) -> int:
    """Return the number of trainable parameters.

    Raises
    ------
    ConfigError
        As `layer_table`.
    """
    return sum(layer.parameters for layer in layer_table(network, scaling))


def _convolutions(network: NetworkConfig, scaling: str) -> list[LayerShape]:
    """Return the layers between the input and the dense ones."""
    width = n_inputs(scaling)
    extra = width - N_SAMPLES
    if extra:
        table = [
            LayerShape("columns", "Reshape", (width, 1)),
            LayerShape("samples", "Cropping1D", (N_SAMPLES, 1)),
            LayerShape("last_columns", "Cropping1D", (extra, 1)),
            LayerShape("extra", "Flatten", (extra,)),
        ]
    else:
        table = [LayerShape("samples", "Reshape", (N_SAMPLES, 1))]
    samples, channels = N_SAMPLES, 1
    for number, layer in enumerate(network.conv_layers, start=1):
        name = f"conv_{number}"
        parameters = (layer.kernel_size * channels + 1) * layer.filters
        samples = _convolved(samples, layer, network.padding, name)
        channels = layer.filters
        table.append(LayerShape(name, "Conv1D", (samples, channels), parameters))
        if layer.pool_size > 1:
            name = f"pool_{number}"
            samples = _pooled(samples, layer.pool_size, name)
            table.append(LayerShape(name, "MaxPooling1D", (samples, channels)))
    units = samples * channels
    table.append(LayerShape("flatten", "Flatten", (units,)))
    if extra:
        table.append(LayerShape("join", "Concatenate", (units + extra,)))
    return table


def _convolved(samples: int, layer: ConvLayer, padding: str, name: str) -> int:
    if padding == "same":
        return -(-samples // layer.strides)
    if layer.kernel_size > samples:
        raise ConfigError(
            f"Layer {name}: its kernel of {layer.kernel_size} does not fit the {samples} samples "
            "that are left before it. Use a smaller kernel, fewer layers, less pooling, smaller "
            "strides, or padding 'same'."
        )
    return (samples - layer.kernel_size) // layer.strides + 1


def _pooled(samples: int, pool_size: int, name: str) -> int:
    if pool_size > samples:
        raise ConfigError(
            f"Layer {name}: it pools {pool_size} samples, but only {samples} are left before it. "
            "Pool less or use fewer layers or smaller strides."
        )
    return samples // pool_size
