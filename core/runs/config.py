"""What a run trains, and what it is called; it never changes."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from core.data.split import SplitConfig
from core.errors import RunError
from core.model.config import Recipe

RUN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = ("searches", "inspections")
"""Folders beside the runs that hold something else."""


@dataclass(frozen=True)
class DataReference:
    """The data set that a run was trained on.

    `path` is relative to the run's folder where that is possible, so that a
    project can be moved as a whole; `hash` tells whether the file is the same.
    """

    path: str
    name: str
    hash: str
    n_galaxies: int
    origin: str


@dataclass(frozen=True)
class Start:
    """The run whose network and scaling a training goes on from: fine-tuning.

    `path` is that run's folder, relative to this run's where that is possible;
    `hash` is its `Run.network_hash` when this run was made.
    """

    run_id: str
    path: str
    hash: str


@dataclass(frozen=True)
class RunConfig:
    """What a run trains: the recipe, the data, their split and the device asked for.

    Without a `start`, a network begins with freshly drawn weights. `found_by` says
    for people which trial of which search found the recipe, if one did.
    """

    run_id: str
    name: str
    preset: str | None
    recipe: Recipe
    data: DataReference
    split: SplitConfig
    device: str = "auto"
    created: str = ""
    start: Start | None = None
    found_by: str = ""

    def __post_init__(self) -> None:
        check_run_id(self.run_id)


def check_run_id(run_id: str) -> None:
    """Raise a `RunError` unless `run_id` may name a run folder."""
    if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
        raise RunError(
            f"Expected a run id of lower-case letters, digits, '-' and '_' (at most 64, a letter "
            f"or digit first), received {run_id!r}."
        )
    if run_id in RESERVED:
        raise RunError(f"A run cannot be called '{run_id}': the folder of that name is taken.")


def new_run_id(name: str) -> str:
    """Return a run id that starts like `name` and was never given before."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{slug or 'run'}-{stamp}-{secrets.token_hex(2)}"
