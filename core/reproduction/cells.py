"""Cells of tables that hold published numbers beside ours."""

import numpy as np

from core.report.estimates import NARROW

PUBLISHED, OURS = "Published", "Ours"


def number(value: float | None, digits: int = 4) -> str:
    """Return one of our values, or '-' where there is none."""
    return "-" if value is None or not np.isfinite(value) else f"{value:.{digits}f}"


def printed(value: float) -> str:
    """Return a value with the digits that it needs, as the dissertation prints its own."""
    return f"{value:.4g}"


def span(low: str, high: str) -> str:
    """Return a range, which is not broken at the end of a line."""
    return NARROW.join((low, "to", high))
