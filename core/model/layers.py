"""The layers of a network, each stated once: for Keras, and for tables without Keras."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.amounts import n_of
from core.errors import ConfigError
from core.model.config import ConvLayer


@dataclass(frozen=True)
class Layer:
    """One layer of a network.

    Attributes
    ----------
    name, kind : str
        The layer's name in the network and its Keras class.
    output_shape : tuple of int
        Without the batch axis.
    parameters : int
        Trainable parameters.
    inputs : tuple of str
        Names of the layers whose outputs it takes.
    settings : dict
        What the Keras class is made with, beside the name.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int = 0
    inputs: tuple[str, ...] = field(default=(), compare=False)
    settings: Mapping[str, Any] = field(default_factory=dict, compare=False)


class Layers(list[Layer]):
    """The layers of a network in the order in which they are made; each method adds one."""

    def add(
        self,
        kind: str,
        name: str,
        inputs: Layer | tuple[Layer, ...],
        output_shape: tuple[int, ...],
        parameters: int = 0,
        **settings: Any,
    ) -> Layer:
        """Add a layer of any Keras class and return it."""
        names = tuple(x.name for x in (inputs if isinstance(inputs, tuple) else (inputs,)))
        self.append(Layer(name, kind, output_shape, parameters, names, settings))
        return self[-1]

    def dense(self, name: str, x: Layer, units: int, activation: str | None = None) -> Layer:
        """Add a dense layer."""
        (width,) = x.output_shape
        parameters = (width + 1) * units
        return self.add("Dense", name, x, (units,), parameters, units=units, activation=activation)

    def convolve(self, name: str, x: Layer, one: ConvLayer, **settings: Any) -> Layer:
        """Add a convolution, without its pooling; `padding` is among the further settings."""
        samples, channels = x.output_shape
        if settings["padding"] == "valid" and one.kernel_size > samples:
            number = name.rpartition("_")[2]
            raise ConfigError(
                f"Convolution {number}: its kernel of {one.kernel_size} does not fit the "
                f"{n_of(samples, 'sample')} that remain before it. Use a smaller kernel, fewer "
                "layers, less pooling, smaller strides, or padding 'same'."
            )
        places = samples if settings["padding"] == "same" else samples - one.kernel_size + 1
        settings |= {"filters": one.filters, "kernel_size": one.kernel_size, "strides": one.strides}
        shape = (-(-places // one.strides), one.filters)
        parameters = (one.kernel_size * channels + 1) * one.filters
        return self.add("Conv1D", name, x, shape, parameters, **settings)

    def max_pool(self, name: str, x: Layer, pool_size: int) -> Layer:
        """Keep the largest of every so many samples."""
        samples, channels = x.output_shape
        if pool_size > samples:
            number = name.rpartition("_")[2]
            raise ConfigError(
                f"Pool of convolution {number}: it takes {n_of(pool_size, 'sample')}, but only "
                f"{samples} can be had there. Use less pooling, fewer layers or smaller strides."
            )
        shape = (samples // pool_size, channels)
        return self.add("MaxPooling1D", name, x, shape, pool_size=pool_size)
