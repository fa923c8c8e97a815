"""What a fetch has done so far, kept in its folder so that it can go on after any break."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.atomic import write_json
from core.config import from_dict
from core.data.archive.question import Question
from core.errors import ConfigError, DataError

STATE = "fetch.json"
SOURCES = "sources.parquet"
SPECTRA = "xp"


@dataclass(frozen=True)
class ChunkFile:
    """A file of spectra: its name in xp/, its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Chunk:
    """Sources whose spectra have arrived.

    Attributes
    ----------
    start, stop : int
        Rows of sources.parquet.
    files : tuple of ChunkFile
    n_spectra : int
        Sources that came with a spectrum.
    without : tuple of int
        Ids that came without.
    """

    start: int
    stop: int
    files: tuple[ChunkFile, ...]
    n_spectra: int
    without: tuple[int, ...]


@dataclass(frozen=True)
class FetchState:
    """The state of a fetch, as in fetch.json.

    Attributes
    ----------
    question : dict
        `Question.to_dict` of what was asked.
    server : str
    chunks : tuple of Chunk
        In the order of their rows, without gaps.
    """

    question: dict[str, Any]
    server: str
    chunks: tuple[Chunk, ...] = ()

    def with_chunk(self, number: int, chunk: Chunk) -> "FetchState":
        """Return the state with the chunk of that number (from 0) added or replaced."""
        return replace(self, chunks=(*self.chunks[:number], chunk, *self.chunks[number + 1 :]))

    def remaining(
        self, n_sources: int, chunk_size: int, folder: Path
    ) -> Iterator[tuple[int, int, int]]:
        """Yield number, start and stop of what must still be asked.

        A chunk whose files are gone or changed is asked again.
        """
        for number, chunk in enumerate(self.chunks):
            if not all(_is_there(folder / SPECTRA / file.name, file.size) for file in chunk.files):
                yield number, chunk.start, chunk.stop
        done = self.chunks[-1].stop if self.chunks else 0
        for number, start in enumerate(range(done, n_sources, chunk_size), len(self.chunks)):
            yield number, start, min(start + chunk_size, n_sources)

    def write(self, folder: Path) -> None:
        """Write fetch.json."""
        write_json(folder / STATE, asdict(self))


def read_state(folder: Path) -> FetchState | None:
    """Return the state of the fetch in a folder; None where there is none.

    Raises
    ------
    DataError
        If fetch.json is damaged.
    """
    path = folder / STATE
    try:
        return from_dict(FetchState, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, ConfigError) as error:
        raise DataError(
            f"{path}: cannot be read ({error}). Move the folder away and fetch again."
        ) from error


def check_folder(folder: Path, question: Question) -> FetchState | None:
    """Return the state of an earlier fetch of the same question in the folder, if any.

    Raises
    ------
    DataError
        If the folder holds another fetch, or other files.
    """
    state = read_state(folder)
    if state is not None:
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


def _is_there(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
