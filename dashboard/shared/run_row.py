"""What tables say of one run."""

import pandas as pd

from core.errors import XpzError
from core.runs import Run
from dashboard.shared import state
from dashboard.shared.chooser import recipe_name

DAMAGED = "damaged"


def run_row(run: Run, name: str) -> dict[str, object]:
    """Return what tables say of a run, which is called `name`; a damaged one is named as such."""
    written = state.annotations(run)
    row: dict[str, object] = {
        "run": run.run_id,
        "name": name,
        "tags": list(written.tags),
        "notes": written.notes,
        "archived": written.archived,
        "pinned": written.pinned,
        "shipped": run.root == state.SHIPPED_RUNS,
        "state": DAMAGED,
        "where": "",
        "recipe": "",
        "data": "",
    }
    try:
        status, summary, config = run.status(), run.summary() or {}, run.config
    except (XpzError, OSError):
        return row
    result = summary.get("evaluation", {})
    return row | {
        "state": status.state,
        "where": status.where,
        "mae": result.get("mae"),
        "sigma_nmad": result.get("sigma_nmad"),
        "parameters": summary.get("parameters"),
        "recipe": recipe_name(config),
        "data": config.data.name,
        "galaxies": config.data.n_galaxies,
        "origin": config.data.origin,
        "created": pd.Timestamp(config.created) if config.created else None,
        "open": "Evaluate" if run.is_complete else None,
    }
