"""Which devices others use: those of this machine, and of the GPUs the very same."""

from dataclasses import replace

import pytest

from core.jobs import turn as room
from core.jobs.beat import new_beat, write_beat
from core.jobs.devices import Device
from core.jobs.folder import write_json
from core.jobs.turn import WORKER_DEVICE, asked_of, taken, turn

GPUS = [Device(f"gpu:{number}", "H200", "gpu", f"GPU-{number}") for number in range(3)]


@pytest.fixture
def two(make_job, monkeypatch):
    """A job that waits for a GPU, and one at work, in a machine with three."""

    def candidates(device):
        if device == "auto":
            return GPUS
        parts = [gpu for gpu in GPUS if gpu.id in device.split(",")]
        return [Device(device, "H200", "gpu", ",".join(gpu.uuid for gpu in parts))]

    monkeypatch.setattr(room, "list_devices", lambda: GPUS)
    monkeypatch.setattr(room, "candidates", candidates)
    monkeypatch.setattr(room, "check_device", lambda device: None)
    ours, theirs = make_job("ours", device="gpu:0"), make_job("theirs", device="gpu:0")
    with theirs.worker_lock():
        yield ours, theirs


def at_work(job, **beat):
    job.update(state="running", device="H200 (gpu:0)")
    write_json(job.beat_path, vars(replace(new_beat(), **beat)))


def test_a_gpu_in_use_is_taken(two):
    ours, theirs = two
    at_work(theirs)
    assert taken(ours).keys() == {"gpu:0"}
    at_work(theirs, device="GPU-0")
    assert taken(ours).keys() == {"gpu:0"}


def test_another_gpu_of_the_same_number_is_not(two):
    """Each of SLURM's jobs on a node knows its own GPU as the first."""
    ours, theirs = two
    at_work(theirs, device="GPU-elsewhere")
    assert taken(ours) == {}


@pytest.mark.parametrize("state", ["queued", "running"])
def test_of_what_automatic_stands_for_only_what_a_worker_chose_is_taken(two, make_job, state):
    ours, _ = two
    auto = make_job("auto", device="auto")
    auto.update(state=state, submitted="2026-01-01T00:00:00.000+00:00")
    with auto.worker_lock():
        write_beat(auto.beat_path, new_beat(device="GPU-1"))
        assert taken(ours).keys() == {"gpu:1"}


def test_a_gpu_of_another_machine_is_not(two):
    ours, theirs = two
    at_work(theirs, machine="other")
    assert taken(ours) == {}


def test_who_waits_for_several_comes_before_those_who_came_later(two, make_job):
    ours, _ = two
    several = make_job("several", device="gpu:1,gpu:2")
    several.update(submitted="2026-01-01T00:00:00.000+00:00")
    with several.worker_lock():
        write_beat(several.beat_path, new_beat())
        assert taken(ours).keys() == {"gpu:1", "gpu:2"}


def test_several_devices_are_held_together(two, make_job):
    several, one = make_job("several", device="gpu:1,gpu:2"), make_job("one", device="gpu:2")
    with turn(several) as device:
        assert device.parts == ("gpu:1", "gpu:2")
        one.cancel_path.touch()
        with pytest.raises(room.CancelledError), turn(one):
            pytest.fail("two on one device")
        one.cancel_path.unlink()
    with turn(one) as device:
        assert device.id == "gpu:2"


def test_automatic_means_what_the_worker_has(two, make_job, monkeypatch):
    monkeypatch.setenv(WORKER_DEVICE, "gpu:1,gpu:2")
    assert asked_of(make_job("auto", device="auto")) == "gpu:1,gpu:2"
    assert asked_of(make_job("cpu", device="cpu")) == "cpu"
    assert asked_of(make_job("none", device=None)) is None
