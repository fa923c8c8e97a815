"""Deleting runs: as any job, but for those that others still need, or that are here again."""

from pathlib import Path

from core import jobs
from core.errors import RunError
from core.jobs import Deleted
from core.runs.run import Run, list_runs


def delete(run: Run) -> Deleted[Run]:
    """Move a run into the trash of its root; see `core.jobs.trash.delete`.

    Raises a `RunError` also if the run came with xpz, or the training of another one is about to
    begin with its network.
    """
    if run.is_shipped:
        raise RunError(f"Run '{run.title}' came with xpz; only your own runs can be deleted.")
    _check_waiting(run)
    return jobs.delete(run)


def undelete(deleted: Deleted[Run]) -> Run:
    """Put a deleted run back where it was; see `core.jobs.trash.undelete`.

    Raises a `RunError` also if it is here again, from its bundle.
    """
    run = deleted.was
    if run.path.exists() and is_same(run, deleted.job):
        raise RunError(
            f"Run '{run.title}' already exists with the same network and settings, as imported "
            "from its bundle. To restore the one in the trash with its notes, delete that one "
            "first."
        )
    return jobs.undelete(deleted)


def tuned_from(run: Run, runs: list[Run]) -> list[Run]:
    """Return those of `runs` whose training began with the network of `run`."""
    return [each for each in runs if each.start == run]


def _check_waiting(run: Run) -> None:
    """Raise a `RunError` if a training still needs this run's network to begin with."""
    for other in tuned_from(run, list_runs(run.root)):
        if not other.checkpoint_path.is_file() and other.is_active:
            raise RunError(
                f"Run '{other.title}' is about to start from the network of '{run.title}'. "
                "Delete it after that run's first epoch."
            )


def is_same(run: Run, other: Run) -> bool:
    """Whether two runs have the same settings and the same trained network."""

    def content(path: Path) -> bytes | None:
        return path.read_bytes() if path.is_file() else None

    names = ("config.json", run.onnx_path.name)
    return all(content(run.path / name) == content(other.path / name) for name in names)
