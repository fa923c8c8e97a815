"""The searches at hand, and how far they are."""

from collections.abc import Mapping
from contextlib import suppress

from core.errors import XpzError
from core.names import distinct_names
from core.tuning import Budget, Search, SearchStatus, list_searches
from dashboard.shared import state


def searches() -> dict[str, Search]:
    """Return the searches at hand by id, newest first, damaged ones last."""
    found: dict[str, Search] = {}
    for search in list_searches(*state.run_roots(), damaged_too=True):
        found.setdefault(search.search_id, search)
    return found


def search_names(found: Mapping[str, Search]) -> dict[str, str]:
    """Return what people call each search: the name that it alone was given, else its id."""
    given = {}
    for search_id, search in found.items():
        with suppress(XpzError, OSError):  # a damaged one can still be chosen
            config = search.config
            given[search_id] = "" if config.name == config.space.name else config.name
    names = distinct_names(list(found), [given.get(each, "") for each in found])
    return dict(zip(found, names, strict=True))


def fraction(status: SearchStatus, budget: Budget) -> float:
    """Return the share of the budget that is spent, 0 to 1."""
    parts = [0.0]
    if budget.trials is not None:
        within = status.epoch / status.epochs if status.trial and status.epochs else 0.0
        parts.append((status.trials_ended + within) / budget.trials)
    if budget.minutes is not None:
        parts.append(status.seconds / (60 * budget.minutes))
    return min(max(parts), 1.0)
