"""Writing a data set to Parquet chunk by chunk, all or nothing."""

import json
import os
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from core.atomic import replacing
from core.config import to_dict
from core.data.card import ContentHash, DatasetCard
from core.data.layout import CARD_KEY, to_arrow
from core.data.schema import SPECTRA
from core.data.validation import Where, check_source_ids, validated
from core.errors import DataError
from core.file_errors import writing

# A single spectrum costs the reading of its row group, 6 MB; more rows would compress no better.
ROWS_PER_GROUP = 8192


class DatasetWriter:
    """Context manager that streams rows into a data set file.

    Layout of the Parquet file::

        source_id           int64
        z                   float64
        flux                fixed_size_list<float32>[186]   [e-/s per sample]
        flux_error          fixed_size_list<float32>[186]   optional
        g_mag               float32                         optional
        redshift_ugc        float32                         optional
        redshift_ugc_lower  float32                         optional
        redshift_ugc_upper  float32                         optional
        key-value metadata: xpz.card = the `DatasetCard` as JSON

    Rows go to a hidden file beside `path` that is renamed at the end; when anything fails, nothing
    remains and an older file at `path` is untouched. The card is also written as NAME.card.json for
    people; the copy inside the Parquet file counts. `about` are fields of `DatasetCard`; the number
    of rows and the hash are counted here, and `card` is complete once the `with` block was left.
    Every id must be there once, unless `ids_once` is False. What the disk refuses is told of the
    file `named`, by default `path`.
    """

    def __init__(
        self, path: str | Path, *, ids_once: bool = True, named: Path | None = None, **about: Any
    ) -> None:
        self.path, self._ids_once = Path(path), ids_once
        self._named = named or self.path
        if self.path.suffix != ".parquet":
            raise DataError(f"{self.path}: the name of a data set must end in '.parquet'.")
        self.card = replace(DatasetCard(**about), n_galaxies=0, hash="")
        self._temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        self._hash = ContentHash()
        self._source_ids: list[np.ndarray] = []
        self._writer: Any = None
        self._columns: list[str] = []

    def __enter__(self) -> Self:
        return self

    def write(
        self,
        source_id: np.ndarray,
        z: np.ndarray,
        flux: np.ndarray,
        flux_error: np.ndarray | None = None,
        **optional: np.ndarray | None,
    ) -> None:
        """Append rows: ids and redshifts (n,), spectra (n, 186) [e-/s per sample], kept as float32.

        `optional` are the others of `core.data.schema.COLUMNS`, (n,) or None. Raises a `DataError`
        if the rows are not valid or their columns differ from the first chunk's.
        """
        columns = {"source_id": source_id, "z": z, "flux": flux, "flux_error": flux_error}
        where = Where(self.card.name, self.card.n_galaxies)
        arrays = validated(columns | optional, where=where, ids_once=self._ids_once)
        table = to_arrow(arrays)
        if self._writer is None:
            self._columns = list(arrays)
            with self._writing():
                self._writer = self._open(table.schema)
        elif list(arrays) != self._columns:
            raise DataError(
                f"{self.card.name}: expected the columns {', '.join(self._columns)} in every "
                f"chunk, received {', '.join(arrays)}."
            )
        with self._writing():
            self._writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        self._hash.update(arrays["source_id"], arrays["z"], arrays["flux"])
        self._source_ids.append(arrays["source_id"].copy())
        self.card = replace(self.card, n_galaxies=self.card.n_galaxies + len(flux))

    @property
    def hash(self) -> str:
        """The content hash of the rows so far."""
        return self._hash.hexdigest()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                with self._writing():
                    self._finish()
        finally:
            with suppress(OSError):  # of a full disk, which was told
                if self._writer is not None:
                    self._writer.close()
            with suppress(OSError):
                self._temporary.unlink()

    def _writing(self) -> AbstractContextManager[None]:
        return writing(self._named)

    def _open(self, schema: Any) -> Any:
        from pyarrow import parquet

        self.path.parent.mkdir(parents=True, exist_ok=True)
        return parquet.ParquetWriter(
            self._temporary,
            schema,
            compression="zstd",
            compression_level=3,
            use_dictionary=False,
            # Bytes of equal weight side by side: quantised fluxes shrink to about a third.
            column_encoding={
                f"{column}.list.element": "BYTE_STREAM_SPLIT"
                for column in SPECTRA
                if column in self._columns
            },
            write_statistics=False,
        )

    def _finish(self) -> None:
        if self._writer is None:
            raise DataError(f"{self.card.name}: expected at least one spectrum, found no rows.")
        if self._ids_once:
            check_source_ids(np.concatenate(self._source_ids), Where(self.card.name))
        self.card = replace(self.card, hash=self.hash)
        text = json.dumps(to_dict(self.card), indent=2)
        self._writer.add_key_value_metadata({CARD_KEY: text.encode()})
        self._writer.close()
        card = self.path.with_suffix(".card.json")
        is_there = False
        try:
            with replacing(card) as written:
                written.write_text(text + "\n", encoding="utf-8")
                os.replace(self._temporary, self.path)
                is_there = True
        except OSError:
            if not is_there:
                raise
            remove_card(self.path)


def remove_card(path: Path) -> None:
    """Remove the card beside a data set, which is whole: it would tell of the one before."""
    with suppress(OSError):
        path.with_suffix(".card.json").unlink()
