"""Deleting runs: they lie in `.trash` of their root, and come back, until it is emptied."""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import RunError
from core.jobs.roots import JOB_ID
from core.jobs.to_trash import put_back, to_trash
from core.runs.run import Run, list_runs
from core.stored import is_there
from core.trash import places, too_old


@dataclass(frozen=True)
class Deleted:
    """A deleted run: its folder, as it lies in the trash, and when it was deleted, UTC."""

    run: Run
    deleted: datetime

    @property
    def root(self) -> Path:
        """The folder of runs that it was deleted from."""
        return self.run.path.parents[2]


def delete(run: Run) -> Deleted:
    """Move a run into the trash of its root; empty that of what is older than `KEEP_DAYS`.

    Raises a `RunError` if the run came with xpz, something works on it, its folder must not be
    written to, or the training of another one is about to begin with its network.
    """
    if run.is_shipped:
        raise RunError(f"Run '{run.run_id}' came with xpz; only your own runs can be deleted.")
    _check_waiting(run)
    path, now = to_trash(run)
    with suppress(OSError):  # it is in the trash, whatever comes of older ones
        empty_trash(run.root, too_old(now))
    return Deleted(Run(path), now)


def undelete(deleted: Deleted) -> Run:
    """Put a deleted run back where it was.

    Raises a `RunError` if a run has its id by now, another one or the same from its bundle, or the
    trash was emptied.
    """
    run = Run(deleted.root / deleted.run.run_id)
    if run.path.exists() and is_same(run, deleted.run):
        raise RunError(
            f"Run '{run.run_id}' already exists with the same network and settings, as imported "
            "from its bundle. To restore the one in the trash with its notes, delete that one "
            "first."
        )
    if run.path.exists():
        raise RunError(
            f"Another run '{run.run_id}' exists now. Delete it first, then restore this one."
        )
    put_back(deleted.run, run.path)
    return run


def list_deleted(root: Path) -> list[Deleted]:
    """Return the deleted runs of a root, the last one first."""
    found = []
    for folder, moment in places(Path(root).resolve()):
        with suppress(OSError):
            found += [
                Deleted(Run(path), moment) for path in folder.iterdir() if _is_run_folder(path)
            ]
    return sorted(found, key=lambda each: each.deleted, reverse=True)


def empty_trash(root: Path, before: datetime | None = None) -> int:
    """Remove for good what was deleted before a moment, by default everything; return how many."""
    gone = [each for each in list_deleted(root) if before is None or each.deleted < before]
    for each in gone:
        shutil.rmtree(each.run.root)
    return len(gone)


def tuned_from(run: Run, runs: list[Run]) -> list[Run]:
    """Return those of `runs` whose training began with the network of `run`."""
    return [each for each in runs if each.start == run]


def _check_waiting(run: Run) -> None:
    """Raise a `RunError` if a training still needs this run's network to begin with."""
    for other in tuned_from(run, list_runs(run.root)):
        if not other.checkpoint_path.is_file() and other.is_active:
            raise RunError(
                f"Run '{other.run_id}' is about to start from the network of '{run.run_id}'. "
                "Delete it after that run's first epoch."
            )


def is_same(run: Run, other: Run) -> bool:
    """Whether two runs have the same settings and the same trained network."""

    def content(path: Path) -> bytes | None:
        return path.read_bytes() if path.is_file() else None

    names = ("config.json", run.onnx_path.name)
    return all(content(run.path / name) == content(other.path / name) for name in names)


def _is_run_folder(path: Path) -> bool:
    return bool(JOB_ID.fullmatch(path.name)) and is_there(path / "config.json")
