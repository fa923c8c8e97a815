"""Spans of time, numbers of bytes and counts of things, for people."""


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
        return n_of(n_bytes, "byte")
    for unit in ("kB", "MB", "GB"):
        n_bytes /= 1000
        if n_bytes < 999.5:
            return f"{n_bytes:.3g} {unit}"
    return f"{n_bytes / 1000:,.3g} TB"


def redshift_error(error: float) -> str:
    """Return an error of redshifts, such as '0.0213'; of a network that came apart '2.23e+13'."""
    return f"{error:.4f}" if error < 100 else f"{error:.3g}"


_PLURALS = {"spectrum": "spectra", "epoch": "epochs"}


def n_of(n: float, noun: str) -> str:
    """Return a number of things, such as '1 galaxy', '1,200 common galaxies' or '0 spectra'.

    Parameters
    ----------
    n
        How many; rounded to a whole number.
    noun
        What is counted, in the singular, with whatever describes it before it.
    """
    whole = round(float(n))
    return f"{whole:,} {noun if whole == 1 else plural(noun)}"


def part_of(n: float, whole: float, noun: str) -> str:
    """Return a part of a number of things, as `n_of` counts them, such as '1 of 1,200 galaxies'."""
    return f"{round(float(n)):,} of {round(float(whole)):,} {plural(noun)}"


def plural(noun: str) -> str:
    """Return a noun in the plural, with whatever describes it before it."""
    before, space, last = noun.rpartition(" ")
    if last in _PLURALS:
        many = _PLURALS[last]
    elif last.endswith("y") and last[-2] not in "aeo":
        many = last[:-1] + "ies"
    elif last.endswith(("s", "x", "ch", "sh")):
        many = last + "es"
    else:
        many = last + "s"
    return before + space + many
