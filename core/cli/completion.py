"""`xpz completion`: what lets a shell complete commands, options, runs and data sets of xpz."""

import click
from click.shell_completion import get_completion_class

from core.cli.examples import examples
from core.cli.options import OneOf
from core.cli.shared import echo

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_XPZ_COMPLETE"


@click.command(
    epilog=examples(
        "# Once, for every shell that starts from now on:",
        "xpz completion bash >> ~/.bashrc",
        "xpz completion zsh >> ~/.zshrc",
        "xpz completion fish > ~/.config/fish/completions/xpz.fish",
    )
)
@click.argument("shell", type=OneOf(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the lines that make a shell complete xpz by the Tab key.

    Commands and options are completed, runs by their ids, data sets, presets, searches and
    the words that an option takes.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # click has all of `SHELLS`
    echo(kind(context.find_root().command, {}, "xpz", VARIABLE).source(), lines=True)
