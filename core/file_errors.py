"""What the system says of a file, as a sentence: which file, what was wrong, what to do."""

import errno
import os
import re
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.did_you_mean import ADDRESS, ON_THIS_MACHINE
from core.errors import XpzError

_FREE = "Free some space there, or choose another folder."
_OTHER = "Choose another folder, or have it changed."
_MUCH_MB = 1000
_LINK = "Check that disk or the network to it, then try again."

# What was wrong and what to do, by the number of the error.
WORDS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("no space is left on the disk of {folder}{free}", _FREE),
    errno.EDQUOT: ("your quota on the disk of {folder} is used up", _FREE),
    errno.EFBIG: (
        "the file would become larger than files may be here",
        "Raise the limit (`ulimit -f`), or choose another folder.",
    ),
    errno.EROFS: ("{folder} is on a disk that is read-only", _OTHER),
    errno.EACCES: ("you have no permission for it", "Allow it, or choose another place."),
    errno.EPERM: ("the system does not permit it", "Allow it, or choose another place."),
    errno.ENOENT: ("there is no such file or folder", "Check the name."),
    errno.EISDIR: ("it is a folder, a file was expected", "Choose another name."),
    errno.ENOTDIR: ("a part of its path is a file, not a folder", "Check the name."),
    errno.EEXIST: ("something of that name is there already", "Choose another name."),
    errno.ENOTEMPTY: ("the folder is not empty", "Choose another name."),
    errno.ENAMETOOLONG: ("its name is too long", "Choose a shorter one."),
    errno.ELOOP: ("it is a link that leads to itself", "Choose another name."),
    errno.EMFILE: (
        "this process has too many files open",
        "Raise the limit (`ulimit -n 4096`), or give fewer files at once.",
    ),
    errno.ENFILE: ("too many files are open on this machine", "Close some programs, try again."),
    errno.ENOMEM: ("no memory is left", "Close other programs, or take a part of the data."),
    errno.EBUSY: ("it is in use", "Close what uses it, then try again."),
    errno.ETXTBSY: ("it is in use", "Close what uses it, then try again."),
    errno.EIO: ("its disk reported an error", _LINK),
    errno.ESTALE: ("its network disk has lost it", _LINK),
    errno.EHOSTDOWN: ("its network disk cannot be reached", _LINK),
    errno.ENOTCONN: ("its network disk cannot be reached", _LINK),
    errno.ETIMEDOUT: ("its network disk does not answer", _LINK),
    errno.ENOLCK: ("its disk has no locks left, or knows none", "Choose a folder on another disk."),
}
if hasattr(errno, "EREMOTEIO"):  # macOS does not know it
    WORDS[errno.EREMOTEIO] = ("its network disk reported an error", _LINK)

OF_THE_SYSTEM = frozenset(
    WORDS.keys()
    - {errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG}
)
"""Numbers that say nothing of the file itself: it may be whole."""

UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
"""Numbers that say that nothing more can be written, whatever the file."""

_OF_NETWORKS = (errno.ENOTCONN, errno.EHOSTDOWN, errno.ETIMEDOUT)

# Libraries put the number into their text: HDF5, Arrow.
_NUMBER = re.compile(r"\[?errno\s*[=:]?\s*(\d+)", re.IGNORECASE)
# What NumPy says where the disk takes only a part of an array.
_PART_WRITTEN = re.compile(r"\d+ requested and \d+ written")


class FileError(XpzError, OSError):
    """The system would not have a file written or read; the message says which, why, what to do."""

    def __init__(self, message: str, number: int | None) -> None:
        super().__init__(message)
        self.errno = number

    def __str__(self) -> str:
        return str(self.args[0])


def number_of(error: OSError) -> int | None:
    """Return the number of a system's error, as the error or its text names it."""
    if error.errno is not None:
        return error.errno
    if _PART_WRITTEN.search(str(error)):
        limited = resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY
        return errno.EFBIG if limited else errno.ENOSPC
    found = _NUMBER.search(str(error))
    return int(found[1]) if found else None


def reason_and_todo(error: OSError, path: str | Path | None = None) -> tuple[str, str]:
    """Return what was wrong, as a part of a sentence, and what to do, as a sentence."""
    number = number_of(error)
    place = Path(path or error.filename or ".")
    known = WORDS.get(number) if number is not None else None
    if known is None:
        said = error.strerror or str(error) or type(error).__name__
        return said.rstrip("."), "Check that file and its folder, then try again."
    reason, todo = known
    if number == errno.ENOENT and ADDRESS.match(str(place)):
        todo = ON_THIS_MACHINE.strip()
    folder = place if os.path.isdir(place) else place.parent
    return reason.format(folder=folder, free=_free(folder)), todo


def sentence_of(error: OSError, path: str | Path | None = None, verb: str = "") -> str:
    """Return an error of the system for people; `path` is the file where it names none.

    `verb` is what could not be done with it, such as 'written'.
    """
    if isinstance(error, FileError):
        return str(error)
    of = path or error.filename
    reason, todo = reason_and_todo(error, of)
    done = f"cannot be {verb}: " if verb else ""
    return f"{os.fsdecode(of) if of else 'A file'}: {done}{reason}. {todo}"


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn what the system says inside into a `FileError` that names `path`.

    So it does of hidden files and folders beside it, which are ours until the file has its name.
    What a network says inside passes through.
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        if not _is_of_a_file(error):
            raise
        if _is_of(error, Path(path)):
            raise FileError(sentence_of(error, path, "written"), number_of(error)) from error
        # Another file: one that was read meanwhile, or the folder that could not be made.
        raise FileError(sentence_of(error), number_of(error)) from error


def _is_of(error: OSError, path: Path) -> bool:
    """Whether it concerns `path`, what lies in it, or what is hidden beside it."""
    if error.filename is None or isinstance(error.filename, int):  # a descriptor
        return True
    named = Path(os.fsdecode(error.filename)).absolute()
    path = path.absolute()
    if not named.is_relative_to(path.parent) or named == path.parent:
        return False
    first = named.relative_to(path.parent).parts[0]
    return first.startswith(".") or first == path.name


def _is_of_a_file(error: OSError) -> bool:
    number = number_of(error)
    if number is None:  # of a library that writes files; those of networks have classes
        return type(error) is OSError
    is_network = isinstance(error, ConnectionError | TimeoutError) or number in _OF_NETWORKS
    return number in WORDS and (error.filename is not None or not is_network)


def _free(folder: Path) -> str:
    """Return how much is free, where that tells something: a disk can be out of names, too."""
    with suppress(OSError):
        megabytes = shutil.disk_usage(folder).free / 1e6
        return f" ({megabytes:,.0f} MB are free)" if megabytes < _MUCH_MB else ""
    return ""
