"""`xpz reproduce` and `xpz report`: one page each, whole or not at all."""

from core.data.dataset import load_dataset, save_dataset
from core.data.split import SplitConfig, split_by_source
from core.reproduction import shipped_dataset


def test_the_figures_of_a_run_and_a_data_set_on_one_page(xpz, tmp_path):
    data, out = tmp_path / "mine.parquet", tmp_path / "page.html"
    mine = load_dataset(shipped_dataset()).take(range(1000))
    save_dataset(mine, data)
    words = ("reproduce", "--run", "compact-20k", "--data", data, "--out", out)
    result = xpz(*words)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    page = out.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "compact-20k" in page
    assert "dissertation-100k" not in page.split("To do it yourself")[0]
    # Judged on those that it was not trained or validated with.
    n_test = len(split_by_source(mine.source_id, SplitConfig()).test)
    assert f"judged on {n_test} galaxies" in page
    again = xpz(*words)
    assert again.exit_code == 1
    assert "already exists" in again.stderr
    assert out.read_text() == page


def test_a_report_is_named_after_its_run(xpz, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = xpz("report", "--run", "compact-20k")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "compact-20k-report.html").read_text()
    assert "<h1>Report of compact-20k</h1>" in page
    assert page.count("<svg") == 7
    assert xpz("report", "--run", "compact-20k", "--out", "short.md").exit_code == 0
    assert (tmp_path / "short.md").read_text().startswith("# Report of compact-20k")


def test_another_ending_is_refused_before_the_work(xpz, tmp_path):
    for command in (("report", "--run", "compact-20k"), ("reproduce",)):
        refused = xpz(*command, "--out", tmp_path / "page.pdf")
        assert refused.exit_code == 1
        assert "expected a name that ends with .md or .html" in refused.stderr
    assert not list(tmp_path.iterdir())
