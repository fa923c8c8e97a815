"""What `--json` says of a run and of a search."""

from typing import TYPE_CHECKING, Any

import core

if TYPE_CHECKING:
    from core.tuning import Search


def of_run(run: "core.Run") -> dict[str, Any]:
    """Return what scripts may want to know of a run; raise a `DamagedError` where it is damaged."""
    from core.runs import training_seconds

    status, written, summary = run.status(), run.annotations(), run.summary() or {}
    return {
        "run_id": run.run_id,
        "name": run.title,
        "given_name": written.name,
        "folder": str(run.path),
        "state": status.state,
        "message": status.message,
        "epoch": status.epoch,
        "epochs": status.epochs or run.config.recipe.training.epochs,
        "seconds": training_seconds(run, status) or 0.0,
        "seconds_left": status.seconds_left,
        "device": status.device,
        "where": status.where,
        "preset": run.config.preset,
        "data": run.config.data.name,
        "n_galaxies": run.config.data.n_galaxies,
        "mae": summary.get("evaluation", {}).get("mae"),
        "created": run.config.created,
        "ended": status.ended,
        "shipped": run.is_shipped,
        "archived": written.archived,
        "pinned": written.pinned,
        "tags": list(written.tags),
        "notes": written.notes,
    }


def of_search(search: "Search") -> dict[str, Any]:
    """Return what scripts may want to know of a search."""
    from core.tuning import given_name

    status, budget = search.status(), search.budget
    return {
        "search_id": search.search_id,
        "name": search.config.name,
        "given_name": given_name(search),
        "folder": str(search.path),
        "state": status.state,
        "message": status.message,
        "trials_ended": status.trials_ended,
        "trials_failed": status.trials_failed,
        "best_mae": status.best_mae,
        "trials": budget.trials,
        "minutes": budget.minutes,
        "seconds": status.seconds,
        "where": status.where,
        "data": search.config.data.name,
        "created": search.config.created,
        "ended": status.ended,
    }


def of_damaged(path: Any, error: Exception) -> dict[str, str]:
    """Return what can be said of a folder that cannot be read."""
    return {"folder": str(path), "state": "damaged", "message": str(error)}
