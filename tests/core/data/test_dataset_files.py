from core.data.dataset import save_dataset
from core.data.dataset_files import list_datasets


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
