"""Catalogues of redshifts: a run's redshifts of the spectra in files, with intervals and flags."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.spectra.files import open_spectra
from core.data.tables.folders import find_files
from core.errors import DataError
from core.prediction.catalogue.own_columns import join, unique_names
from core.prediction.catalogue.pz_file import DensityStore
from core.prediction.estimator import BLOCK_SPECTRA, COLUMNS, Estimator, Progress
from core.runs import Run


@dataclass(frozen=True)
class Prediction:
    """Redshifts of the spectra in several files.

    Attributes
    ----------
    table : pd.DataFrame
        A row for every spectrum of the files that could be read, in their
        order, with the columns of `Estimator.predict`; where files have
        different columns of their own, cells are empty.
    refused_files : list of (str, str)
        Names of the files that could not be read, and why.
    problems : list of (str, int, str)
        File, row (the first is row 0) and why the flux there cannot be used.
    """

    table: pd.DataFrame
    refused_files: list[tuple[str, str]] = field(default_factory=list)
    problems: list[tuple[str, int, str]] = field(default_factory=list)


def predict_files(
    estimator: Estimator | Run | str | Path,
    paths: str | Path | Iterable[str | Path],
    *,
    progress: Progress | None = None,
    densities: DensityStore | None = None,
) -> Prediction:
    """Predict the spectra in files, holding no more of them than a block at a time.

    A file that cannot be read, even if that shows only half-way, is left out as
    a whole; the others are served. Where there are several, a column `file`
    names the one that a row comes from.

    Parameters
    ----------
    estimator : Estimator, Run, str or Path
        A complete run, its id or its folder; or an `Estimator`, which says how sure the
        intervals shall be and which prior is meant.
    paths : str, Path or iterable of them
        Files of spectra, of any format that `core.data.spectra.files` reads, and folders of
        such files.
    progress : callable, optional
        Called with the number of spectra done and their total, None while that
        is not known.
    densities : DensityStore, optional
        On the grid of the estimator; takes p(z) of the spectra in the files
        that were read. Its rows are those of the table.

    Raises
    ------
    DataError
        If a folder holds no file that could be a table.
    RunError
        If there is no such run, or it is not complete or damaged.

    Examples
    --------
    >>> import core
    >>> found = core.predict_files("compact-520k", "data/samples/simulated-galaxies.csv")
    >>> list(found.table.columns[:6])
    ['source_id', 'z', 'z_lower', 'z_upper', 'sigma_z', 'flags']
    >>> found.refused_files
    []
    """
    if not isinstance(estimator, Estimator):
        estimator = Estimator(estimator)
    parts: list[pd.DataFrame] = []
    refused, problems = [], []
    given = [paths] if isinstance(paths, str | Path) else paths
    paths = [
        file
        for path in map(Path, given)
        for file in (find_files([path]) if path.is_dir() else [path])
    ]
    done = 0
    for path in paths:
        name = Path(path).name
        tables, wrong, n = [], [], 0
        try:
            file = open_spectra(path)
            refused += [(name, reason) for reason in file.refused]  # of the files in a .zip
            total = file.n_rows if len(paths) == 1 else None
            for spectra in file.chunks(BLOCK_SPECTRA):
                table = estimator.predict(spectra, densities=densities)
                tables.append(name_file(table, name) if len(paths) > 1 else table)
                wrong += [(name, n + row, words) for row, words in spectra.problems.items()]
                n += len(spectra)
                if progress is not None:
                    progress(done + n, total)
        except DataError as error:
            refused.append((name, str(error)))
            if densities is not None:
                densities.forget()
            continue
        if densities is not None:
            densities.keep()
        done += n
        parts += tables
        problems += wrong
    return Prediction(join_tables(parts), refused, problems)


def name_file(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a catalogue with a column `file` before the input's own columns."""
    (column,) = unique_names(["file"], table.columns)
    named = table.copy(deep=False)
    named.insert(len(COLUMNS), column, name)
    return named


def join_tables(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join catalogues by the names of their columns; a cell that one does not have is empty."""
    if not tables:
        types = dict.fromkeys(COLUMNS, float) | {"source_id": np.int64, "flags": np.int32}
        return pd.DataFrame({name: np.empty(0, dtype) for name, dtype in types.items()})
    names = dict.fromkeys(name for table in tables for name in table.columns)

    def part(table: pd.DataFrame, name: str) -> pd.Series:
        return table[name] if name in table else pd.Series(None, table.index, object, name)

    return pd.DataFrame({name: join([part(table, name) for table in tables]) for name in names})
