"""Numbers as text: what is typed is read, or refused, as it stands.

The browser's own fields of numbers make 1 of a typed 0,001, and Streamlit keeps what lies outside
their bounds to itself; its cells of numbers make 3 of 1e3. So fields and cells are text.
"""

import math

LONGEST = 40
"""Letters of what was typed that are said again."""


def to_text(value: float | None) -> str | None:
    """Return what shows a number, of which `to_number` makes the same one."""
    if value is None or isinstance(value, int):
        return None if value is None else str(value)
    short = f"{value:g}"
    return short if float(short) == value else str(value)


def to_number(text: str, *, whole: bool = False) -> float | None:
    """Return the number in a text, None where there is none, or none that is `whole`."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and (number.is_integer() or not whole) else None


def received(text: str, *, whole: bool = False) -> str:
    """Say what was typed instead, and how numbers, or `whole` ones, are written if that is why."""
    said = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    said = f"received '{said}'." if to_number(text) is None else f"received {said}."
    if "," in text:
        way = "Write nothing" if whole else "Write decimals with a point, and nothing"
        said += f" {way} between thousands."
    return said
