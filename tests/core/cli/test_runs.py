"""Runs from the command line: what is written on them, the trash, bundles and cards."""

import shutil
from pathlib import Path

import pytest

from core.runs import SHIPPED_RUNS, open_run

SHIPPED = SHIPPED_RUNS / "compact-20k"


@pytest.fixture
def own(tmp_path):
    """A complete run of the user's own."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "runs" / "own"))


def listed(xpz, folder, *words):
    lines = xpz("runs", "--runs-dir", folder, *words).stdout.splitlines()
    return {line.split()[0]: line for line in lines}


def test_what_is_written_on_a_run_is_listed(xpz, own):
    words = ("--name", " Best  so far ", "--tags", "paper, p(z)", "--notes", "Section 4.")
    result = xpz("runs", "note", "--run", own, *words)
    assert result.stdout == "own: Best so far\ntags: paper, p(z)\nSection 4.\n"
    assert xpz("runs", "note", "--run", own).stdout == result.stdout
    line = listed(xpz, own.parent)["own"]
    assert line.split()[1:4] == ["done", "test", "MAE"]
    assert line.endswith("#paper  #p(z)  Best so far")
    assert "shipped" in listed(xpz, own.parent)["compact-20k"]


def test_a_name_that_another_run_has_is_told(xpz, own):
    shutil.copytree(own, own.with_name("other"))
    words = "note", "--name", "first try", "--run"
    assert xpz("runs", *words, own).stderr == ""
    assert xpz("runs", *words, own).stderr == ""  # its own name
    again = xpz("runs", *words, own.with_name("other"))
    assert again.exit_code == 0
    assert again.stderr.startswith("Another run is called 'first try' already. Both can be;")


def test_pinned_runs_are_listed_first(xpz, own):
    shutil.copytree(own, own.with_name("other"))
    last = list(listed(xpz, own.parent))[1]
    xpz("runs", "note", "--run", own.with_name(last), "--pin")
    assert next(iter(listed(xpz, own.parent))) == last


def test_an_archived_run_is_listed_when_asked_for(xpz, own):
    assert xpz("runs", "note", "--run", own, "--pin").stdout.endswith(", pinned\n")
    assert "pinned" in listed(xpz, own.parent)["own"]
    xpz("runs", "note", "--run", own, "--unpin")
    assert xpz("runs", "note", "--run", own, "--archive").stdout.endswith(", archived\n")
    assert "own" not in listed(xpz, own.parent)
    assert "archived" in listed(xpz, own.parent, "--archived")["own"]
    xpz("runs", "note", "--run", own, "--unarchive")
    assert "own" in listed(xpz, own.parent)


def test_a_shipped_run_is_neither_written_on_nor_deleted(xpz):
    for words in (("note", "--name", "Mine"), ("delete",)):
        result = xpz("runs", *words, "--run", SHIPPED)
        assert result.exit_code == 1
        assert "came with xpz" in result.stderr


def test_a_deleted_run_is_fetched_back(xpz, own):
    before = {path.name: path.read_bytes() for path in own.iterdir()}
    deleted = xpz("runs", "delete", "--run", own)
    assert "kept in the trash for 30 days" in deleted.stdout
    assert f"xpz runs undelete --run {own}" in deleted.stderr
    assert not own.exists()
    trash = xpz("runs", "trash", "--runs-dir", own.parent).stdout
    assert trash.startswith("own ")
    assert xpz("runs", "undelete", "--run", own).stdout == "own\n"
    assert {path.name: path.read_bytes() for path in own.iterdir()} == before
    again = xpz("runs", "undelete", "--run", own)
    assert again.exit_code == 1
    assert "There is no run 'own' in the trash" in again.stderr


def test_a_deleted_run_is_fetched_back_by_its_id(xpz, own):
    xpz("runs", "delete", "--run", own)
    trash = xpz("runs", "trash", "--runs-dir", own.parent)
    assert f"xpz runs undelete --runs-dir {own.parent} --run ID" in trash.stderr
    back = xpz("runs", "undelete", "--runs-dir", own.parent, "--run", trash.stdout.split()[0])
    assert back.stdout == "own\n"
    assert own.is_dir()


def test_a_name_that_is_not_utf_8_is_refused(xpz, own):
    refused = xpz("runs", "note", "--run", own, "--name", "caf\udce9")
    assert refused.exit_code == 1
    assert "Name of a run: expected text in UTF-8" in refused.stderr
    assert not (own / "annotations.json").exists()


def test_the_trash_is_emptied(xpz, own):
    xpz("runs", "delete", "--run", own)
    emptied = xpz("runs", "trash", "--empty", "--runs-dir", own.parent).stdout
    assert emptied.endswith("1 removed\n")
    assert xpz("runs", "trash", "--runs-dir", own.parent).stdout == ""


def test_a_run_goes_out_as_one_file_and_comes_in_again(xpz, own, tmp_path):
    out = tmp_path / "run.zip"
    result = xpz("bundle", "export", "--run", SHIPPED, "--out", out)
    assert result.stdout == f"{out}: {out.stat().st_size:,} bytes\n"
    refused = xpz("bundle", "import", out, "--runs-dir", tmp_path / "runs")
    assert "'compact-20k' already exists" in refused.stderr
    assert "there is nothing to import. Use it by this id; to import" in refused.stderr
    xpz("bundle", "export", "--run", own, "--out", out, "--overwrite")
    shutil.rmtree(own)
    imported = xpz("bundle", "import", out, "--runs-dir", tmp_path / "runs")
    assert imported.stdout == "own\n", imported.output
    assert open_run(tmp_path / "runs", "own").is_complete
    out.write_bytes(out.read_bytes()[:-1000])
    refused = xpz("bundle", "import", out, "--runs-dir", tmp_path / "runs")
    assert refused.exit_code == 1
    assert "Expected a bundle as xpz exports it" in refused.stderr
    assert "Traceback" not in refused.output


def test_a_card_is_printed_or_written(xpz, tmp_path):
    printed = xpz("card", "--run", SHIPPED).stdout
    assert printed.startswith(f"# {open_run(SHIPPED_RUNS, 'compact-20k').title}\n")
    assert xpz("card", "--run", SHIPPED, "--out", tmp_path / "card.md").stdout == ""
    assert (tmp_path / "card.md").read_text() == printed
    xpz("card", "--run", SHIPPED, "--out", tmp_path / "card.html")
    assert (tmp_path / "card.html").read_text().startswith("<!DOCTYPE html>")
    refused = xpz("card", "--run", SHIPPED, "--out", tmp_path / "card.pdf")
    assert refused.exit_code == 1
    assert "ends with .md or .html" in refused.stderr
