"""Where in a search's folder everything lies; `core.tuning.search` says what it is for."""

from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

FOLDER = "searches"


@dataclass(frozen=True)
class SearchFiles:
    """Paths and locks of a search."""

    path: Path

    @property
    def search_id(self) -> str:
        """Name of the folder, unique in its root."""
        return self.path.name

    @property
    def root(self) -> Path:
        """The root of runs that the search lies in, whose devices it uses."""
        return self.path.parent.parent

    @property
    def cancel_path(self) -> Path:
        """A file that asks the search to stop; its text is the state to end in."""
        return self.path / "cancel"

    @property
    def log_path(self) -> Path:
        """Output of the processes at work."""
        return self.path / "worker.log"

    def worker_lock(self) -> FileLock:
        """Lock that the leading process holds for its life."""
        return FileLock(self.path / "worker.lock")

    def trials_lock(self) -> FileLock:
        """Lock that the training process holds for its life."""
        return FileLock(self.path / "trials.lock")

    def start_lock(self) -> FileLock:
        """Lock of whoever starts the leading process, until that holds its own."""
        return FileLock(self.path / "start.lock")

    def trial_folder(self, number: int) -> Path:
        """Folder of a trial."""
        return self.path / "trials" / f"{number:04d}"

    def checkpoint_path(self, trial: int) -> Path:
        """State of a trial after its last epoch."""
        return self.trial_folder(trial) / "checkpoint.npz"
