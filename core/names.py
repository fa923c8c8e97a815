"""Names for people: what they gave, with what tells it apart where that alone does not."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from core.amounts import n_of
from core.errors import RunError

STAMPED = re.compile(r"(.+)-\d{8}-\d{6}-([0-9a-f]{4})", re.DOTALL)
"""An id as `core.jobs.roots.new_id` makes it: a name, when that was, four digits by chance."""


def distinct_names(
    ids: Sequence[str], given: Sequence[str], taken: Collection[str] = ()
) -> list[str]:
    """Return a name for each of `ids` that no other one has.

    Parameters
    ----------
    ids
        What each is known by; all different.
    given
        What people called each; '' where they did not. It stands alone where it is the name of one
        and the id of no other, or its own id; else the end of its id stands beside it, or all of it
        where the end alone tells nothing.
    taken
        Words that stand for something else, and so for none of these alone.
    """
    n_given, known = Counter(given), set(ids)
    alone = [
        n_given[name] == 1 and name not in taken and (name == one or name not in known)
        for one, name in zip(ids, given, strict=True)
    ]
    ends = [found[2] if (found := STAMPED.fullmatch(one)) else one for one in ids]
    for beside in (ends, ids):
        names = [
            (name if stands or name == one not in taken else f"{name} ({told})") if name else one
            for one, name, told, stands in zip(ids, given, beside, alone, strict=True)
        ]
        # Anyone may call one what another is called with its id.
        if len(set(names)) == len(names):
            return names
    return list(ids)


def of_taken(name: str, taken: Collection[str], noun: str) -> str:
    """Return what follows from a name that others of this noun have; '' if none has it."""
    name = " ".join(name.split())  # as it will be kept
    if not name or name not in taken:
        return ""
    return (
        f"Another {noun} is called '{name}' already. Both can be; commands then take their ids, "
        "not this name."
    )


def one_called(called: str, names: Mapping[str, str], noun: str) -> str | None:
    """Return the only id of this name, in its spelling or else in any case; None if none has it.

    Raises a `RunError`, which tells the ids, if several have it.
    """
    found = [each for each, name in names.items() if name == called] or [
        each for each, name in names.items() if name.casefold() == called.casefold()
    ]
    if len(found) > 1:
        raise RunError(
            f"{n_of(len(found), noun)} are called '{called}': {', '.join(sorted(found))}. "
            "Give the id of one."
        )
    return found[0] if found else None
