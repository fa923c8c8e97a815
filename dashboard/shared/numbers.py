"""Numbers and intervals as people read them."""

import math
from collections.abc import Sequence
from typing import Any


def number(value: float, *, percent: bool = False, signed: bool = False, decimals: int = 4) -> str:
    """Return a number for people: a minus as print has it, none before a 0."""
    sign = "+" if signed else "-"
    text = f"{100 * value:{sign}z.2f} %" if percent else f"{value:{sign}z.{decimals}f}"
    return text.replace("-", "−")


def interval(ends: Sequence[float | None], **style: Any) -> str:
    """Return the ends of an interval for people, each as `number` has it; none: None or NaN."""
    low, high = ends
    if low is None or high is None or math.isnan(low):
        return "no interval"
    return f"{number(low, **style).removesuffix(' %')} to {number(high, **style)}"
