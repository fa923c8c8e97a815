"""A disk that fills while a job works: it says so if it can, and goes on when there is room."""

import errno
import os

import pytest

from core.jobs import worker
from core.jobs.roots import create
from tests.support.counting import Counting, CountingConfig, count
from tests.support.faults import PAGE


@pytest.fixture
def job(disk):
    return create(Counting, disk.path / f"runs-{os.urandom(3).hex()}", "job", CountingConfig(8))


def filling(disk, at, pages):
    """Return a job's work that fills the disk, but for some pages, after a step."""

    def do(job, device):
        before = job.update

        def update(**changes):
            before(**changes)
            if changes.get("count") == at:
                disk.set(f"size={disk.used() + pages * PAGE}")

        object.__setattr__(job, "update", update)
        return count(job, device)

    return do


@pytest.mark.parametrize("pages", [0, 1, 2])
@pytest.mark.parametrize("at", [1, 5])
def test_it_ends_and_goes_on_later(job, disk, at, pages):
    steps = job.path / "steps"
    steps.write_text("")
    full = filling(disk, at, pages)
    # Lines are too short to need another page: what follows writes one at once.
    ended = worker.work(job, lambda job, device: full(job, device) and fill(job))
    told = Counting(job.path).status()
    assert ended == "failed"
    assert told.state in ("failed", "lost")
    if told.state == "failed":
        assert str(job.path) in told.message
        assert "no space is left on the disk of" in told.message
    else:
        assert "its disk is full" in told.message
    disk.set("size=64m")
    (job.path / "large").unlink(missing_ok=True)
    assert worker.work(Counting(job.path), count) == "done"
    made = [int(line.split()[1]) for line in steps.read_text().splitlines()]
    assert sorted(set(made)) == list(range(1, 9))
    assert len(made) <= 9  # the step that could not be told of is made again


def fill(job):
    with (job.path / "large").open("wb") as file:
        file.write(b"x" * 2**20)


def test_an_error_that_names_no_file_is_told_of_the_folder(job):
    def do(job, device):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert worker.work(job, do) == "failed"
    assert job.status().message.startswith(f"{job.path}: no space is left on the disk of")
