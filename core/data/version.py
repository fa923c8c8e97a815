"""A file as it was at one moment: whoever kept something of it can tell that it has changed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileVersion:
    """A file as it was at one moment; another content is another version."""

    path: str
    modified_ns: int
    size: int
    # One file put in another's place, time of change and all, is another one.
    inode: int
    changed_ns: int

    @classmethod
    def of(cls, path: str | Path) -> "FileVersion":
        """Return the present version of the file at `path`; raise an OSError if there is none."""
        found = Path(path).stat()
        return cls(str(path), found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)
