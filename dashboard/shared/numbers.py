"""Numbers and intervals as people read them."""

import math
from collections.abc import Sequence


def number(value: float, *, percent: bool = False, signed: bool = False) -> str:
    """Return a number for people: a minus as print has it, none before a 0."""
    sign = "+" if signed else "-"
    text = f"{100 * value:{sign}z.2f} %" if percent else f"{value:{sign}z.4f}"
    return text.replace("-", "−")


def interval(ends: Sequence[float | None], *, percent: bool = False, signed: bool = False) -> str:
    """Return the ends of an interval for people; None or NaN: there is none."""
    low, high = ends
    if low is None or high is None or math.isnan(low):
        return "no interval"
    first = number(low, percent=percent, signed=signed).removesuffix(" %")
    return f"{first} to {number(high, percent=percent, signed=signed)}"
