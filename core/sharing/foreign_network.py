"""Networks from elsewhere, looked at in a process of its own before anything opens them."""

import json
from pathlib import Path

from core.confined import ask
from core.errors import RunError
from core.printable import printable
from core.sharing.network_check import FORMAT, check_file

SECONDS = 60.0
"""By the clock, on a machine with much else to do; one of 3 MB takes a third of a second."""


def check_foreign_network(path: Path) -> None:
    """Raise a `RunError` unless the file is a network of known layers and bounded size.

    See `core.sharing.network_check`: made-up files can fill the memory of whoever parses them, or
    end it; here they end another process.
    """
    check_file(path)
    try:
        said = json.loads(ask("core.sharing.network_check", str(path.resolve()), seconds=SECONDS))
    except (TimeoutError, RuntimeError, ValueError) as error:
        raise RunError(
            f"Expected {FORMAT} of known layers, received a file that cannot be examined: {error}."
        ) from error
    if said:
        raise RunError(printable(said))
