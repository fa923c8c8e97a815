"""The layers of a network on the command line: dense ones as numbers, convolutions as JSON."""

import json
from typing import Any

import click

from core.errors import ConfigError


class DenseUnits(click.ParamType):
    """The units of the dense layers, separated by commas; gives a tuple, empty of ''."""

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the numbers."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(each) for each in value.split(",") if value.strip())
        except ValueError:
            self.fail(
                f"expected the units of each layer, as 512,256,128; received '{value}'.", param, ctx
            )


class ConvLayers(click.ParamType):
    """Convolution layers, in JSON as `xpz tune --show-space` and `xpz model show --json` have."""

    name = "json"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        """Return the layers."""
        from core.config import from_dict
        from core.model import ConvLayer

        if isinstance(value, tuple):
            return value
        form = 'expected a list as [{"filters": 64, "kernel_size": 5, "pool_size": 2}]'
        try:
            found = json.loads(value)
        except json.JSONDecodeError as error:
            self.fail(f"{form}; received {value!r}, which is no JSON: {error}.", param, ctx)
        if not isinstance(found, list):
            self.fail(f"{form}; received {value!r}.", param, ctx)
        try:
            return tuple(from_dict(ConvLayer, each, "conv_layers") for each in found)
        except ConfigError as error:
            self.fail(f"{form}. {error}", param, ctx)


DENSE_UNITS = click.option(
    "--dense-units",
    type=DenseUnits(),
    metavar="N,N,...",
    help="Dense layers: the units of each, as 512,256,128; '' for none.",
)
CONV_LAYERS = click.option(
    "--conv-layers",
    type=ConvLayers(),
    metavar="JSON",
    help='Convolution layers: \'[{"filters": 64, "kernel_size": 5, "pool_size": 2}, ...]\', '
    "as xpz model show --json prints them; [] for none.",
)
