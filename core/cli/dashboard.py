"""`xpz dashboard`: the screens."""

import subprocess
import sys
from pathlib import Path

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def dashboard(options: tuple[str, ...]) -> None:
    """Open the dashboard; OPTIONS go to `streamlit run`."""
    home = Path(__file__).parents[2] / "dashboard" / "Home.py"
    command = [sys.executable, "-m", "streamlit", "run", str(home), *options]
    raise SystemExit(subprocess.call(command))
