"""`xpz dashboard`: the screens."""

import subprocess
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
    command = [sys.executable, "-m", "streamlit", "run", str(server), *options]
    raise SystemExit(subprocess.call(command))
