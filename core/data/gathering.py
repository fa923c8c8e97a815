"""Rows on their way into a data set whose columns and whose rows are known only at the end."""

import os
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from core.data.card import DatasetCard
from core.data.layout import open_parquet, to_arrays
from core.data.schema import SPECTRA
from core.data.writer import ROWS_PER_GROUP, DatasetWriter, remove_card
from core.file_errors import writing
from core.spectra import N_SAMPLES


class Gathering:
    """Context manager that writes a data set of parts that may lack optional columns.

    Parts of the same columns go to one file in a hidden folder beside `out`. If there is one in the
    end and all rows are kept, it becomes the data set; else they are written once more, NaN where a
    column lacks. `about` are fields of `DatasetCard`.
    """

    def __init__(self, out: Path, **about: Any) -> None:
        self.out, self.about = out, about
        self.columns: set[str] = set()  # the optional ones that any part has
        self._files: dict[frozenset[str], DatasetWriter] = {}
        self._file_of: list[np.ndarray] = []  # by row
        self._stack = ExitStack()
        DatasetWriter(out, **about)  # refuses a name or an origin before anything is read

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        for writer in self._files.values():
            writer.__exit__(*error)
        self._stack.close()

    def write(self, source_id: np.ndarray, z: np.ndarray, **columns: np.ndarray | None) -> None:
        """Add rows; see `DatasetWriter.write`."""
        given = {name: values for name, values in columns.items() if values is not None}
        writer = self._files.get(frozenset(given))
        if writer is None:
            path = self._folder() / f"{len(self._files)}.parquet"
            writer = DatasetWriter(path, ids_once=False, named=self.out, **self.about)
            self._files[frozenset(given)] = writer
        writer.write(source_id, z, **given)
        self.columns |= set(given) - {"flux"}
        self._file_of.append(np.full(len(z), list(self._files.values()).index(writer)))

    def _folder(self) -> Path:
        if self._files:
            return next(iter(self._files.values())).path.parent
        with writing(self.out):
            self.out.parent.mkdir(parents=True, exist_ok=True)
            folder = tempfile.TemporaryDirectory(dir=self.out.parent, prefix=f".{self.out.name}.")
        return Path(self._stack.enter_context(folder))

    def finish(self, keep: np.ndarray, **about: Any) -> DatasetCard:
        """Make the data set of the rows to `keep`, bool in the order of writing; return its card.

        `about` are fields of the card that count instead of the first ones.
        """
        files, self._files = list(self._files.values()), {}
        with ExitStack() as closing:
            for writer in map(closing.push, files):
                writer.card = replace(writer.card, **about)
        if len(files) == 1 and keep.all():
            made = files[0].path
            with writing(self.out):
                os.replace(made, self.out)
            try:
                os.replace(made.with_suffix(".card.json"), self.out.with_suffix(".card.json"))
            except OSError:
                remove_card(self.out)
            return files[0].card
        file_of = np.concatenate(self._file_of)
        with DatasetWriter(self.out, **(self.about | about)) as whole:
            for number, file in enumerate(files):
                self._copy(file.path, keep[file_of == number], whole)
        return whole.card

    def _copy(self, path: Path, keep: np.ndarray, whole: DatasetWriter) -> None:
        import pyarrow as pa

        start = 0
        with open_parquet(path) as file:
            for batch in file.iter_batches(ROWS_PER_GROUP):
                rows = to_arrays(pa.Table.from_batches([batch]), path)
                kept = keep[start : start + batch.num_rows]
                start += batch.num_rows
                if not kept.any():
                    continue
                for name in self.columns - set(rows):
                    shape = (len(kept), N_SAMPLES) if name in SPECTRA else len(kept)
                    rows[name] = np.full(shape, np.nan, np.float32)
                whole.write(**{name: values[kept] for name, values in rows.items()})
