"""When a page was made, and with which programs."""

from importlib.metadata import version

from core.clock import utc_now
from core.report.document import Table

PROGRAMS = ("xpz", "numpy", "onnxruntime", "keras")


def programs() -> Table:
    """Return the time and the versions of what a page's numbers were computed with."""
    rows = [("Made", utc_now()[:19].replace("T", " ") + " UTC")]
    rows += [(f"Version of {name}", version(name)) for name in PROGRAMS]
    return Table(("", ""), tuple(rows))
