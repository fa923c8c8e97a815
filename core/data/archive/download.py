"""A fetch: the sources of a question, then their spectra, chunk by chunk into a folder."""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.atomic import check_writable, replacing
from core.data.archive.answers import to_frame, write_arrays
from core.data.archive.config import ArchiveConfig
from core.data.archive.link import Link
from core.data.archive.question import Question, ask
from core.data.archive.report import FetchReport, write_report
from core.data.archive.state import (
    SOURCES,
    SPECTRA,
    STATE,
    Chunk,
    ChunkFile,
    FetchState,
    alone,
    check_folder,
)
from core.data.schema import PER_SOURCE
from core.data.source_tables import open_table
from core.errors import DataError
from core.meanings import meanings_of, tell

Progress = Callable[[int, int], None]

# What a table of sources always has, whatever the query selects.
COLUMNS = ("source_id", "ra", "dec", *PER_SOURCE)


def fetch(
    folder: str | Path,
    config: ArchiveConfig | None = None,
    *,
    ids: ArrayLike | str | Path | None = None,
    adql: str | None = None,
    cone: tuple[float, float, float] | None = None,
    galaxies: int | None = None,
    release: str = "Gaia DR3",
    login: tuple[str, str] | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
) -> FetchReport:
    """Bring sources, which are asked for in one of four ways, and their XP spectra into a folder.

    The folder then holds::

        sources.parquet      source_id, ra, dec [deg], g_mag [mag], redshift_ugc and its bounds,
                             and what else the query selects
        xp/chunk-00001.fits  spectra of the first 5000 sources, as the archive sent them; ...
        without_spectra.csv  source_id and reason of those that came without a spectrum
        report.json          the numbers
        fetch.json           what is done, for the next time

    After any break the same call goes on: what has arrived is not asked for again.

    Parameters
    ----------
    folder : str or Path
        A new or empty one, or that of the same question.
    config : ArchiveConfig, optional
    ids : array-like of int, str or Path, optional
        Ids of sources; or a file: a table with source_id, or a list of one id per line.
    adql : str, optional
        A query that selects source_id, or the name of a file that holds it.
    cone : (float, float, float), optional
        Galaxies of the purer sample with spectra around a right ascension and a
        declination (ICRS, epoch 2016.0), within a radius [deg].
    galaxies : int, optional
        This number of galaxies of the purer sample with spectra and redshift_ugc.
    release : str
        'Gaia DR3', 'Gaia DR4' or a later one that the service has.
    login : (user, password), optional
        Registered users may ask for more.
    progress : callable, optional
        Called with the number of sources done and of all.
    say : callable, optional
        Takes a sentence for people, such as that something is tried again.

    Raises
    ------
    DataError
        If the folder belongs to something else, the question finds nothing, or
        the archive refuses it or cannot be reached.
    ConfigError
        If it is not asked in exactly one way, or a value is impossible.

    Examples
    --------
    >>> import core
    >>> core.fetch("fetched", galaxies=20000).n_spectra  # doctest: +SKIP
    20000
    >>> core.build_dataset(["fetched"], "data/local/ugc.parquet", "redshifts.csv")  # doctest: +SKIP
    """
    question = ask(ids=ids, adql=adql, cone=cone, galaxies=galaxies, release=release)
    folder = Path(folder)
    config = config or ArchiveConfig()
    check_folder(folder, question)
    for each in (folder, folder / SPECTRA):  # before the archive works for nothing
        check_writable(each)
    # Of one that is resumed something has come: it may wait for the network, unattended.
    has_begun = (folder / STATE).exists()
    with closing(Link(config, say or (lambda _: None), has_answered=has_begun)) as link:
        if login is not None:
            link.login(*login)
        # Nothing is on the disk until the archive has understood the question.
        found, spectra = None, None
        if not (folder / SOURCES).exists():
            link.require_spectra(question.release)
            spectra = link.query_with_spectra(question)
            found = _find(question, link.query(question) if spectra is None else to_frame(spectra))
        (folder / SPECTRA).mkdir(parents=True, exist_ok=True)
        with alone(folder):
            state = check_folder(folder, question) if (folder / STATE).exists() else None
            if state is None or found is not None:
                state = FetchState(question.to_dict(), config.service.address, link.sent)
                state.write(folder)
            if found is not None:
                with replacing(folder / SOURCES) as temporary:
                    found.to_parquet(temporary, index=False)
            if spectra is not None and found is not None:
                paths = write_arrays(spectra, folder / SPECTRA / f"{_stem(0)}.parquet")
                ids = found["source_id"].to_numpy()
                state = state.with_chunk(0, _chunk(0, len(ids), ids, paths))
                state.write(folder)
            sources = pd.read_parquet(folder / SOURCES, columns=["source_id", "ra"])
            state = _download(link, folder, question, state, sources, config, progress)
            unknown = sources["source_id"][sources["ra"].isna()]
            return write_report(
                folder, question, state, unknown if question.kind == "ids" else unknown[:0]
            )


def _find(question: Question, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sources of a question, each once; of asked ids all, in their order."""
    found = rows.drop_duplicates("source_id", ignore_index=True)
    if question.ids is not None:
        asked = pd.DataFrame({"source_id": question.ids})
        found = asked.merge(found, on="source_id", how="left")
    if not len(found):
        raise DataError("The archive found no source for this query; widen it.")
    found = found.reindex(columns=list(dict.fromkeys([*COLUMNS, *found])))
    return tell(found, meanings_of(rows))


def _download(
    link: Link,
    folder: Path,
    question: Question,
    state: FetchState,
    sources: pd.DataFrame,
    config: ArchiveConfig,
    progress: Progress | None,
) -> FetchState:
    ids = sources["source_id"].to_numpy()
    remaining = list(state.remaining(len(ids), config.chunk, folder))
    done = len(ids) - sum(stop - start for _, start, stop in remaining)
    for number, start, stop in remaining:
        if progress:
            progress(done, len(ids))
        asked = ids[start:stop]
        stem = _stem(number)
        for left in (folder / SPECTRA).glob(f"{stem}[-.]*"):  # of a try that broke off, or damaged
            left.unlink()
        paths = link.download(asked.tolist(), question.release, folder / SPECTRA, stem)
        chunk = _chunk(start, stop, asked, paths)
        state = state.with_chunk(number, chunk)
        state.write(folder)
        done += stop - start
    if progress:
        progress(len(ids), len(ids))
    return state


def _stem(number: int) -> str:
    return f"chunk-{number + 1:05d}"


def _chunk(start: int, stop: int, asked: np.ndarray, paths: Sequence[Path]) -> Chunk:
    """Return the account of a chunk whose files have arrived."""
    arrived = np.concatenate([np.empty(0, np.int64), *(open_table(path).ids() for path in paths)])
    without = asked[~np.isin(asked, arrived)]
    files = tuple(ChunkFile(path.name, path.stat().st_size) for path in paths)
    return Chunk(start, stop, files, len(asked) - len(without), tuple(without.tolist()))
