"""How a process of ours is started that outlives whoever starts it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


def start(
    words: Sequence[str],
    variables: Mapping[str, str],
    *,
    stdin: int,
    output: "int | IO[bytes]",
) -> "subprocess.Popen[bytes]":
    """Start ``python -m words`` in a session of its own; `variables` join its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", *words],
        # `-m` looks here first: our own `core`, whatever lies where we were called.
        cwd=Path(__file__).parents[2],
        # Its log is UTF-8 whatever the locale.
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **variables},
        stdin=stdin,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
