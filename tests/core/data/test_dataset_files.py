from dataclasses import replace

import numpy as np
import pytest

from core.data.dataset import load_dataset, save_dataset
from core.data.dataset_files import list_datasets, read_flux_error
from core.data.writer import DatasetWriter
from core.errors import DataError


def test_list_datasets(dataset, tmp_path, caplog):
    shipped, local = tmp_path / "shipped", tmp_path / "local"
    save_dataset(dataset, shipped / "b.parquet")
    save_dataset(dataset, shipped / "a.parquet")
    save_dataset(dataset, local / "c.parquet")
    (local / "junk.parquet").write_text("junk")
    (local / ".c.parquet.1.tmp").write_text("half written")

    entries = list_datasets(shipped, local, tmp_path / "missing")

    assert [entry.path.name for entry in entries] == ["a.parquet", "b.parquet", "c.parquet"]
    assert all(entry.card == dataset.card for entry in entries)
    assert "junk.parquet: expected a Parquet file" in caplog.text


def test_flux_errors_can_be_left_out_and_read_one_by_one(dataset, tmp_path):
    path = tmp_path / "set.parquet"
    with DatasetWriter(path, name="two groups", origin="observed") as writer:
        for rows in (slice(0, 3), slice(3, None)):
            writer.write(
                *(getattr(dataset, name)[rows] for name in ("source_id", "z", "flux", "flux_error"))
            )

    light = load_dataset(path, with_errors=False)

    assert light.flux_error is None
    np.testing.assert_array_equal(light.flux, dataset.flux)
    for row in (0, 2, 3, len(dataset) - 1):
        np.testing.assert_array_equal(read_flux_error(path, row), dataset.flux_error[row])
    with pytest.raises(DataError, match=", received -1"):
        read_flux_error(path, -1)


def test_a_set_without_errors_has_none_to_read(dataset, tmp_path):
    path = tmp_path / "set.parquet"
    save_dataset(replace(dataset, flux_error=None), path)
    assert read_flux_error(path, 0) is None
