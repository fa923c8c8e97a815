"""Numbers and intervals as people read them."""

import math
from collections.abc import Sequence
from typing import Any


def number(
    value: float,
    *,
    percent: bool = False,
    decimals: int = 4,
    unit: str = " %",
) -> str:
    """Return a number for people: a minus as print has it, none before a 0.

    `unit` follows a share, which is shown in per cent.
    """
    text = f"{100 * value:z.2f}{unit}" if percent else f"{value:z.{decimals}f}"
    return text.replace("-", "−")


def interval(ends: Sequence[float | None], **style: Any) -> str:
    """Return the ends of an interval for people, each as `number` has it; none: None or NaN."""
    low, high = ends
    if low is None or high is None or math.isnan(low):
        return "no interval"
    return f"{number(low, unit='', **style)} to {number(high, **style)}"
