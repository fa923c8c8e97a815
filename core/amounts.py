"""Spans of time and numbers of bytes, for people."""


def duration(seconds: float, *, exact: bool = False) -> str:
    """Return a time span, such as '2 h 10 min'; of what was measured, `exact`, '1 min 20 s'."""
    if exact and seconds < 3599.5:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{round(seconds)} s"


def size(n_bytes: float) -> str:
    """Return a number of bytes, such as '39 kB' or '1.25 TB'."""
    if n_bytes < 999.5:
        return f"{n_bytes:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        n_bytes /= 1000
        if n_bytes < 999.5:
            return f"{n_bytes:.3g} {unit}"
    return f"{n_bytes / 1000:,.3g} TB"
