import os
import stat

import pytest

from core.errors import ConfigError
from core.jobs import devices
from core.jobs.devices import candidates, check_any_device, check_device, list_devices, select


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return what makes this a machine with these GPUs, as nvidia-smi tells them."""

    def make(*gpus, visible=None):
        script = tmp_path / "nvidia-smi"
        lines = "".join(
            f"echo '{index}, GPU-{index}f00-abc, {name}'\n" for index, name in enumerate(gpus)
        )
        script.write_text("#!/bin/sh\n" + (lines or "exit 9\n"))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        devices._gpus.cache_clear()

    yield make
    devices._gpus.cache_clear()


def test_a_machine_without_gpu_has_its_cpu(machine):
    machine()
    (cpu,) = list_devices()
    assert (cpu.id, cpu.kind) == ("cpu", "cpu")
    assert cpu.name
    assert candidates("auto") == candidates("cpu") == [cpu]


def test_gpus_come_first_and_auto_takes_any_of_them(machine):
    machine("NVIDIA H200", "NVIDIA A100, 80GB")
    assert [device.id for device in list_devices()] == ["gpu:0", "gpu:1", "cpu"]
    assert list_devices()[1].label == "NVIDIA A100, 80GB (gpu:1)"
    assert [device.id for device in candidates("auto")] == ["gpu:0", "gpu:1"]
    assert [device.id for device in candidates("gpu:1")] == ["gpu:1"]
    assert [device.id for device in candidates("cpu")] == ["cpu"]


def test_gpus_hidden_from_us_are_not_offered(machine):
    machine("A", "B", "C", visible="0,2")
    assert [device.id for device in list_devices()] == ["gpu:0", "gpu:2", "cpu"]
    machine("A", "B", visible="-1")
    assert [device.id for device in list_devices()] == ["cpu"]


@pytest.mark.parametrize("visible", ["GPU-1f00-abc", "GPU-1f", "1", "7, GPU-1f00-abc"])
def test_gpus_may_be_shown_by_their_uuid_or_its_beginning(machine, visible):
    machine("A", "B", visible=visible)
    assert [device.label for device in list_devices()[:-1]] == ["B (gpu:1)"]


def test_several_gpus_are_one_device(machine, environment):
    machine("A", "B", "C")
    (both,) = candidates("gpu:2,gpu:0")
    assert (both.id, both.label) == ("gpu:0,gpu:2", "A + C (gpu:0,gpu:2)")
    assert both.parts == ("gpu:0", "gpu:2")
    select(both, hide_gpus=False)
    assert environment["CUDA_VISIBLE_DEVICES"] == "0,2"
    check_device("gpu:1,gpu:2")
    for device in ("gpu:0,gpu:7", "gpu:0,cpu", "gpu:0,gpu:0", "gpu:0,"):
        with pytest.raises(ConfigError, match="or several GPUs as 'gpu:0,gpu:1'"):
            check_device(device)


def test_gpus_of_the_same_number_are_told_apart(machine):
    """Each job of SLURM on a node knows its own GPU as the first."""
    machine("A", "B")
    (both,) = candidates("gpu:0,gpu:1")
    assert both.keys == ("GPU-0f00-abc", "GPU-1f00-abc")
    assert candidates("cpu")[0].keys == ("cpu",)


@pytest.mark.parametrize("device", ["auto", "cpu", "gpu:77", "gpu:3,gpu:4"])
def test_a_device_of_another_machine(device):
    check_any_device(device)


@pytest.mark.parametrize("device", ["", "gpu", "tpu", "gpu:1,cpu", "../gpu:0", "gpu:1,"])
def test_a_device_of_no_machine(device):
    with pytest.raises(ConfigError, match="expected auto, cpu, gpu:N or several"):
        check_any_device(device)


def test_a_device_that_is_not_there_leaves_nothing_to_choose(machine):
    machine("A", "B", visible="0")
    assert candidates("gpu:1") == []


@pytest.mark.parametrize("device", ["gpu:1", "gpu", "tpu", "", "GPU:0"])
def test_a_device_that_is_not_there(machine, device):
    machine("A")
    with pytest.raises(ConfigError, match="expected one of auto, gpu:0, cpu on this machine"):
        check_device(device)


@pytest.mark.parametrize(
    ("names", "match"),
    [
        ((), "expected one of auto, cpu on this machine, where no GPU was found; received"),
        (("A",), "auto, gpu:0, cpu on this machine; received"),
    ],
)
def test_no_gpus_are_offered_that_are_not_there(machine, names, match):
    machine(*names)
    with pytest.raises(ConfigError, match=match):
        check_device("gpu:1")


@pytest.fixture
def environment(monkeypatch):
    """Give the variables that `select` sets back as they were."""
    copy = dict(os.environ)
    monkeypatch.setattr(os, "environ", copy)
    copy.pop("CUDA_VISIBLE_DEVICES", None)
    return copy


def test_a_training_sees_its_gpu_alone(machine, environment):
    machine("A", "B")
    select(candidates("gpu:1")[0], hide_gpus=False)
    assert environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


def test_gpus_are_hidden_only_if_the_cpu_was_asked_for(machine, environment):
    machine()
    (cpu,) = list_devices()
    select(cpu, hide_gpus=False)
    assert "CUDA_VISIBLE_DEVICES" not in environment
    select(cpu, hide_gpus=True)
    assert environment["CUDA_VISIBLE_DEVICES"] == "-1"
    assert environment["KERAS_TORCH_DEVICE"] == "cpu"
