"""The searches at hand, and how far they are."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from core.errors import XpzError
from core.tuning import Budget, Search, SearchStatus, list_searches
from dashboard.shared import state


def searches() -> dict[str, Search]:
    """Return the searches at hand by id, newest first, damaged ones last."""
    found: dict[str, Search] = {}
    for search in list_searches(*state.run_roots(), damaged_too=True):
        found.setdefault(search.search_id, search)
    return found


def search_names(found: Mapping[str, Search]) -> dict[str, str]:
    """Return what people call each search: the name that it alone was given, else its id.

    Beside a name that several have, or that was too long for the id, stands the id.
    """
    given = {}
    for search_id, search in found.items():
        with suppress(XpzError, OSError):  # a damaged one can still be chosen
            config = search.config
            given[search_id] = "" if config.name == config.space.name else config.name
    names, of_name = {}, Counter(given.values())
    for search_id in found:
        name = given.get(search_id, "")
        alone = of_name[name] == 1 and name not in found.keys() - {search_id}
        names[search_id] = (name if alone else f"{name} ({search_id})") if name else search_id
    return names


def fraction(status: SearchStatus, budget: Budget) -> float:
    """Return the share of the budget that is spent, 0 to 1."""
    parts = [0.0]
    if budget.trials is not None:
        within = status.epoch / status.epochs if status.trial and status.epochs else 0.0
        parts.append((status.trials_ended + within) / budget.trials)
    if budget.minutes is not None:
        parts.append(status.seconds / (60 * budget.minutes))
    return min(max(parts), 1.0)
