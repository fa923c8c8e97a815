"""What a fetch has done so far, kept in its folder so that it can go on after any break."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import AcquireReturnProxy, FileLock, Timeout

from core.atomic import write_json
from core.data.archive.question import Question
from core.errors import DataError, XpzError
from core.stored import is_there, read_as
from core.versions import kept

STATE = "fetch.json"
SOURCES = "sources.parquet"
SPECTRA = "xp"


def spectra_of(path: str | Path) -> Path:
    """Return where the spectra of a folder that was fetched lie; any other path as it is."""
    path = Path(path)
    return path / SPECTRA if (path / STATE).is_file() else path


@dataclass(frozen=True)
class ChunkFile:
    """A file of spectra: its name in xp/, its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Chunk:
    """Sources whose spectra have arrived, by their rows of sources.parquet."""

    start: int
    stop: int
    files: tuple[ChunkFile, ...]
    n_spectra: int
    without: tuple[int, ...]  # ids that came without a spectrum


@dataclass(frozen=True)
class FetchState:
    """The state of a fetch, as in fetch.json."""

    question: dict[str, Any]  # as `Question.to_dict` tells it
    server: str
    sent: str = ""  # the query in the server's own names
    chunks: tuple[Chunk, ...] = ()  # in the order of their rows, without gaps

    def with_chunk(self, number: int, chunk: Chunk) -> "FetchState":
        """Return the state with the chunk of that number (from 0) added or replaced."""
        return replace(self, chunks=(*self.chunks[:number], chunk, *self.chunks[number + 1 :]))

    def remaining(
        self, n_sources: int, chunk_size: int, folder: Path
    ) -> Iterator[tuple[int, int, int]]:
        """Yield number, start, stop of what must be asked, also where files are gone or changed."""
        for number, chunk in enumerate(self.chunks):
            paths = [folder / SPECTRA / file.name for file in chunk.files]
            sizes = [path.stat().st_size if path.is_file() else None for path in paths]
            if sizes != [file.size for file in chunk.files]:
                yield number, chunk.start, chunk.stop
        done = self.chunks[-1].stop if self.chunks else 0
        for number, start in enumerate(range(done, n_sources, chunk_size), len(self.chunks)):
            yield number, start, min(start + chunk_size, n_sources)

    def write(self, folder: Path) -> None:
        """Write fetch.json."""
        write_json(folder / STATE, asdict(self))


def fetched_release(path: Path) -> str | None:
    """Return the release that a file of spectra was fetched of, such as 'DR4'; None if it was not.

    Nor where what is kept of the fetch cannot be read.
    """
    state = path.absolute().parent.parent / STATE
    if path.absolute().parent.name != SPECTRA or not state.is_file():
        return None

    def read() -> str | None:
        with suppress(XpzError, OSError):
            release = read_as(FetchState, state).question.get("release")
            return str(release).removeprefix("Gaia ") if release else None
        return None

    return kept(state, read, "release")


def check_folder(folder: Path, question: Question) -> FetchState | None:
    """Return the state of an earlier fetch of the same question in the folder, if any.

    Raises a `DataError` if the folder holds another fetch, a damaged one, or other files.
    """
    if is_there(folder / STATE):
        todo = "Move the folder away and fetch again."
        state = read_as(FetchState, folder / STATE, todo=todo)
        asked, told = state.question, question.to_dict()
        if asked != told:
            changed = ", ".join(key for key in {**asked, **told} if asked.get(key) != told.get(key))
            raise DataError(
                f"{folder}: holds the result of another query (it differs in {changed}). Choose "
                "another folder, or repeat the earlier query to continue it."
            )
        return state
    if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise DataError(
            f"{folder}: expected a new or empty folder, or one of an earlier fetch; this one holds "
            "other files. Choose another."
        )
    return None


def alone(folder: Path, what: str = "fetch") -> AcquireReturnProxy:
    """Keep the folder to this process until the block ends; `what` would be at work there."""
    try:
        return FileLock(folder / ".lock").acquire(timeout=0)
    except Timeout:
        raise DataError(
            f"{folder}: another {what} is writing to this folder; wait until it ends."
        ) from None
