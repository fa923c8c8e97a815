"""Names for people: what they gave, with what tells it apart where that alone does not."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from core.amounts import n_of
from core.errors import RunError


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
        and the id of no other; else its id stands beside it.
    taken
        Words that stand for something else, and so for none of these alone.
    """
    n_given, known = Counter(given), set(ids)
    names = []
    for one, name in zip(ids, given, strict=True):
        alone = n_given[name] == 1 and name not in taken and (name == one or name not in known)
        names.append((name if alone else f"{name} ({one})") if name else one)
    # Anyone may call one what another is called with its id.
    return names if len(set(names)) == len(names) else list(ids)


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
