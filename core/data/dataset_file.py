"""A data set whose spectra stay in its file until they are asked for, some at a time."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data.galaxies import Galaxies, Part
from core.data.layout import first_rows, open_parquet, read_spectra
from core.data.schema import SPECTRA
from core.errors import DataError
from core.spectra import N_SAMPLES
from core.versions import FileVersion

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

# Fewer row groups are read before another thread has opened the file.
GROUPS_PER_THREAD = 4
MAX_THREADS = 4


@dataclass(frozen=True, eq=False, kw_only=True)
class DatasetFile(Galaxies):
    """A data set whose spectra stay on disk until they are asked for, some at a time."""

    path: Path
    version: FileVersion  # of the file whose ids and redshifts these are

    def _parts(self, kept: np.ndarray | None, with_errors: bool) -> Iterator[Part]:
        with self._open(with_errors) as (file, starts, columns):
            for group, (first, last) in enumerate(itertools.pairwise(starts.tolist())):
                if kept is None or kept[first:last].any():
                    for start, part in read_spectra(file, self.path, group, first, columns):
                        yield start, part["flux"], part.get("flux_error")

    def _rows(self, indices: np.ndarray, with_errors: bool) -> tuple[np.ndarray, np.ndarray | None]:
        from pyarrow import cpu_count

        order = np.argsort(indices, kind="stable")
        rising = indices[order]
        with self._open(with_errors) as (_, starts, columns):
            found = {name: np.empty((len(indices), N_SAMPLES), np.float32) for name in columns}
            groups = np.unique(np.searchsorted(starts, rising, side="right") - 1)

        def read(own: np.ndarray) -> None:
            with self._open(with_errors) as (file, starts, columns):
                for group in own.tolist():
                    first = int(starts[group])
                    for start, part in read_spectra(file, self.path, group, first, columns):
                        low, high = np.searchsorted(rising, (start, start + len(part["flux"])))
                        for name, values in part.items():
                            found[name][order[low:high]] = values[rising[low:high] - start]

        # Most of the time goes into unpacking, which several threads can do at once.
        n = min(len(groups) // GROUPS_PER_THREAD, cpu_count(), MAX_THREADS)
        if n > 1:
            with ThreadPoolExecutor(n) as pool:
                list(pool.map(read, np.array_split(groups, n)))
        else:
            read(groups)
        return found["flux"], found.get("flux_error")

    @contextmanager
    def _open(self, with_errors: bool) -> Iterator[tuple["ParquetFile", np.ndarray, list[str]]]:
        """Yield the file, the first row of each of its groups, and its columns of spectra."""
        with open_parquet(self.path) as file:
            self._check_version()
            wanted = SPECTRA if with_errors else ("flux",)
            yield file, first_rows(file), [n for n in wanted if n in file.schema_arrow.names]

    def _check_version(self) -> None:
        if FileVersion.of(self.path) != self.version:
            raise DataError(
                f"{self.path}: was replaced or changed while it was in use, so its spectra may "
                "not be those of the galaxies known of it. Start again to use it as it is now."
            )
