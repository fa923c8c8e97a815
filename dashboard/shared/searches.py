"""The searches at hand, and how far they are."""

from core.tuning import Budget, Search, SearchStatus, list_searches
from dashboard.shared import state


def searches() -> dict[str, Search]:
    """Return the searches at hand by id, newest first, damaged ones last."""
    found: dict[str, Search] = {}
    for search in list_searches(*state.run_roots(), damaged_too=True):
        found.setdefault(search.search_id, search)
    return found


def fraction(status: SearchStatus, budget: Budget) -> float:
    """Return the share of the budget that is spent, 0 to 1."""
    parts = [0.0]
    if budget.trials is not None:
        within = status.epoch / status.epochs if status.trial and status.epochs else 0.0
        parts.append((status.trials_ended + within) / budget.trials)
    if budget.minutes is not None:
        parts.append(status.seconds / (60 * budget.minutes))
    return min(max(parts), 1.0)
