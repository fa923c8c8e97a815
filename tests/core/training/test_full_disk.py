"""Every file of a training on a disk that is full by then: a sentence, and a resume with room."""

import os

import pytest

from core.training.worker import work
from tests.support.faults import PAGE, SOAK, small_disk

pytestmark = pytest.mark.skipif(not SOAK, reason="trains a dozen times: make soak")
STEPS = 12


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    with small_disk(tmp_path_factory.mktemp("mounts") / "disk") as made:
        if made is None:
            pytest.skip("only root can mount a small disk")
        yield made


@pytest.fixture(autouse=True)
def same_environment(monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))


@pytest.fixture(scope="module")
def whole(make_run_in, disk):
    """A training with room enough, and the pages that it took."""
    before = disk.used()
    run = make_run_in(disk.path / "whole", batch_size=64)
    assert work(run) == "done"
    return run, (disk.used() - before) // PAGE


@pytest.mark.parametrize("step", range(STEPS))
def test_a_training_goes_on_when_there_is_room(step, whole, disk, make_run_in):
    complete, pages = whole
    run = make_run_in(disk.path / f"runs-{step}", batch_size=64)
    disk.set(f"size={disk.used() + (pages * step // STEPS) * PAGE}")
    ended = work(run)
    told = type(run)(run.path).status()
    disk.set("size=64m")
    assert ended == "failed"
    assert told.state in ("failed", "lost")
    if told.state == "failed":
        assert "no space is left on the disk of" in told.message
        assert str(run.path) in told.message
    assert not run.is_complete
    assert work(run) == "done"
    assert not [path.name for path in run.path.iterdir() if path.name.startswith(".")]
    assert run.predictions().equals(complete.predictions())
