"""`xpz dashboard`: the screens."""

import os
import sys
from pathlib import Path

import click

from core.cli.examples import examples


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog=examples(
        "xpz dashboard",
        "xpz dashboard --server.port 8600",
    ),
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def dashboard(options: tuple[str, ...]) -> None:
    """Open the dashboard; OPTIONS go to `streamlit run`."""
    server = Path(__file__).parents[2] / "dashboard" / "server.py"
    # -P: whatever lies where we were called is imported by nobody here.
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(server), *options]
    # In our place: who stops `xpz dashboard` stops the server.
    os.execv(sys.executable, command)
