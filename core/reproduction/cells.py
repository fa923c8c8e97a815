"""Cells of tables that hold published numbers beside ours."""

from core.report.estimates import NARROW

PUBLISHED, OURS = "Published", "Ours"


def printed(value: float) -> str:
    """Return a value with the digits that it needs, as the dissertation prints its own."""
    return f"{value:.4g}"


def span(low: str, high: str) -> str:
    """Return a range, which is not broken at the end of a line."""
    return NARROW.join((low, "to", high))
