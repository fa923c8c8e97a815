"""What killed processes leave goes when the next one starts; what living ones use stays."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from core.jobs import leftovers
from core.jobs.leftovers import TemporaryFolder, remove_dead_folders
from core.jobs.worker import at_work


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A temporary directory of our own, for us and the processes that we start."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


PROGRAM = """
from core.jobs.leftovers import TemporaryFolder
folder = TemporaryFolder()
(folder.path / "table").write_text("x")
print(folder.path, flush=True)
input()
"""


def test_folders_of_dead_processes_are_removed_and_no_others(temporary):
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        theirs = Path(process.stdout.readline().strip())
        ours = TemporaryFolder()
        assert theirs.is_dir()
        process.kill()
    assert theirs.is_dir()
    for name, file in (("xpz-download", "thesis.tex"), ("xpz-of-mine", "table")):
        (temporary / name).mkdir()
        (temporary / name / file).touch()
    remove_dead_folders()
    left = {path.name for path in temporary.iterdir()}
    assert left == {ours.path.name, "xpz-download", "xpz-of-mine"}


def test_a_folder_goes_with_what_refers_to_it(temporary):
    folder = TemporaryFolder()
    (folder.path / "0").touch()
    del folder
    assert list(temporary.iterdir()) == []


def test_a_folder_that_is_taken_before_it_is_locked_is_made_anew(temporary, monkeypatch):
    flock, taken = leftovers.fcntl.flock, []

    def flock_too_late(file, how):
        if not taken and how == leftovers.fcntl.LOCK_EX:
            taken.extend(temporary.iterdir())
            taken[0].rmdir()
        flock(file, how)

    monkeypatch.setattr(leftovers.fcntl, "flock", flock_too_late)
    folder = TemporaryFolder()
    assert folder.path.is_dir()
    assert folder.path not in taken


def test_a_write_that_broke_off_is_cleared_by_the_next_process(make_job, temporary):
    job = make_job()
    (job.path / ".onnx-a1b2").mkdir()
    (job.path / ".onnx-a1b2" / "whole.onnx").touch()
    for name in (".status.json", ".worker.beat", ".notes", "notes.json"):
        (job.path / name).touch()
    with at_work(job):
        assert not (job.path / ".status.json").exists()
    left = {path.name for path in job.path.iterdir()}
    assert left == {"config.json", "status.json", "worker.lock", ".notes", "notes.json"}
