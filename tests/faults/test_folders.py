"""Folders that nobody may write to, or not this user: a sentence before any long work."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import main
from core.errors import XpzError
from core.runs import Run
from core.runs.trash import delete, undelete
from tests.support import writers
from tests.support.faults import content, someone_else

NAMES = sorted(writers.WRITERS)
READ_ONLY = "is on a disk that is read-only"
NOT_ALLOWED = "you have no permission for it"


@pytest.fixture
def foreign():
    """A folder of root's, into which everybody can look."""
    if os.geteuid() != 0:
        pytest.skip("only root can become someone else")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def refused(writer, write, folder: Path, reason: str) -> None:
    before = content(folder)
    with pytest.raises(XpzError) as caught:
        write()
    told = str(caught.value)
    assert writer.named in told
    assert reason in told
    assert "Errno" not in told
    assert re.search(r"(Choose|Allow it|have it changed)[^.]*\.", told)
    assert content(folder) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_disk_that_is_read_only(name, healthy, disk):
    writer = writers.WRITERS[name]
    folder = disk.path / re.sub(r"\W", "-", name)
    folder.mkdir()
    write = writer.make(folder, healthy)
    disk.set("ro")
    refused(writer, write, folder, READ_ONLY)


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_of_someone_else(name, healthy, foreign):
    writer = writers.WRITERS[name]
    write = writer.make(foreign, healthy)
    if name in ("bundle", "run from a bundle"):
        pytest.skip("what is read belongs to someone else as well")
    with someone_else():
        refused(writer, write, foreign, NOT_ALLOWED)


def test_a_run_is_neither_deleted_nor_restored_where_nobody_may_write(healthy, disk):
    root = disk.path / "runs"
    shutil.copytree(healthy / "runs" / "healthy", root / "healthy")
    before = content(root)
    disk.set("ro")
    with pytest.raises(XpzError, match=f"cannot be moved to the trash: .*{READ_ONLY}"):
        delete(Run(root / "healthy"))
    assert content(root) == before
    disk.set("rw")
    deleted = delete(Run(root / "healthy"))
    before = content(root)
    disk.set("ro")
    with pytest.raises(XpzError, match=f"cannot be restored: .*{READ_ONLY}"):
        undelete(deleted)
    assert content(root) == before


def call(*words):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def commands(healthy, monkeypatch):
    """Commands that write to a folder, by what they are called."""
    monkeypatch.setattr("core.jobs.detached.start", lambda *args: None)
    run, data = healthy / "runs" / "healthy", healthy / "data" / "small.parquet"

    def of(out):
        return {
            "predict": ("predict", "--run", run, "--in", data, "--out", out / "z.csv"),
            "p(z)": ("predict", "--run", run, "--in", data, "--out", healthy / "z.csv",
                     "--overwrite", "--pz", out / "pz.npz"),
            "dataset": ("dataset", "build", "--spectra", data, "--out", out / "d.parquet"),
            "card": ("card", "--run", run, "--out", out / "card.html"),
            "bundle": ("bundle", "export", "--run", run, "--out", out / "run.zip"),
            "train": ("train", "--data", data, "--runs-dir", out),
            "tune": ("tune", "--data", data, "--runs-dir", out, "--trials", 2),
            "simulate": ("simulate", "--n", 10, "--out", out / "s.parquet"),
        }  # fmt: skip

    return of


@pytest.mark.parametrize(
    "name", ["predict", "p(z)", "dataset", "card", "bundle", "train", "tune", "simulate"]
)
def test_a_command_says_so(name, commands, disk):
    disk.set("ro")
    before = content(disk.path)
    result = call(*commands(disk.path)[name])
    assert result.exit_code == 1, result.output
    assert READ_ONLY in result.stderr
    assert str(disk.path) in result.stderr
    assert content(disk.path) == before


@pytest.mark.parametrize("of", ["read-only", "full", "file", "below a file"])
def test_a_folder_is_tried_before_the_archive_is_asked(of, archive, disk, monkeypatch):
    monkeypatch.setenv("XPZ_ARCHIVE", archive.url)
    out = disk.path / f"gaia-{of.replace(' ', '-')}"
    if of == "file":
        out.write_text("text")
    elif of == "below a file":
        out.write_text("text")
        out = out / "gaia"
    elif of == "full":
        out.mkdir()
        (disk.path / "large").write_bytes(b"x" * 2**20)
        disk.set(f"size={disk.used()}")
    else:
        out.mkdir()
        disk.set("ro")
    result = call("fetch", "--galaxies", 5, "--out", out)
    assert result.exit_code in (1, 2)
    assert str(disk.path) in result.stderr
    reason = {"read-only": READ_ONLY, "full": "no space is left"}.get(of, "file")
    assert reason in result.stderr
    assert not archive.asked


def test_a_fetch_that_fills_the_disk_goes_on_later(archive, disk, monkeypatch):
    monkeypatch.setenv("XPZ_ARCHIVE", archive.url)
    words = ("fetch", "--galaxies", 13, "--chunk", 4, "--out", disk.path / "gaia")
    disk.set(f"size={disk.used() + 2**17}")
    result = call(*words)
    assert result.exit_code == 1
    assert "no space is left on the disk of" in result.stderr
    assert str(disk.path / "gaia") in result.stderr
    disk.set("size=64m")
    result = call(*words)
    assert result.exit_code == 0, result.output
    assert "13 spectra of 13 sources" in result.stdout
