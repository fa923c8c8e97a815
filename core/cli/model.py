"""`xpz model`: networks, layer by layer."""

import click

from core.cli.completers import presets
from core.cli.examples import examples
from core.cli.options import JSON
from core.cli.shared import People, echo, echo_json

_SHOWN = ("name", "kind", "output_shape", "parameters")


@click.group(
    cls=People,
    epilog=examples("xpz model show --preset dissertation"),
)
def model() -> None:
    """Networks."""


@model.command(
    "show",
    epilog=examples(
        "xpz model show --preset dissertation",
        "xpz model show --preset compact --json",
    ),
)
@click.option(
    "--preset",
    required=True,
    shell_complete=presets,
    help="Name of a preset, for example dissertation.",
)
@JSON
def model_show(preset: str, as_json: bool) -> None:
    """Show a preset's settings, its layers and their numbers of parameters."""
    from core.config import to_dict
    from core.model import SETTINGS, as_text, count_parameters, get_preset, layer_table

    recipe = get_preset(preset)
    layers = layer_table(recipe.network, recipe.scaling)
    parameters = count_parameters(recipe.network, recipe.scaling)
    if as_json:
        content = {
            "preset": preset,
            "parameters": parameters,
            "layers": [{name: getattr(layer, name) for name in _SHOWN} for layer in layers],
            "recipe": to_dict(recipe),
        }
        echo_json(content)
        return
    echo("Settings, by their options of xpz train")
    for name, value in recipe.settings.items():
        if SETTINGS[name].open:
            option, told = name.replace("_", "-"), as_text(value).replace(",", "") or "0"
            if isinstance(value, bool):  # a flag, which takes no value
                option, told = option if value else f"no-{option}", ""
            idle = "   (no effect)" if name in recipe.idle else ""
            echo(f"--{option:<26} {told}{idle}".rstrip())
    echo()
    echo("Layers")
    for layer in layers:
        shape = " x ".join(str(size) for size in layer.output_shape)
        echo(f"{layer.name:<16} {layer.kind:<14} {shape:>12} {layer.parameters:>10,}")
    echo(f"{'parameters':<44} {parameters:>10,}")
