"""What a training can run on, found without importing Keras."""

import functools
import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.config import require


@dataclass(frozen=True)
class Device:
    """A processor, or several GPUs as one.

    `id` is 'cpu', 'gpu:N' or 'gpu:N,gpu:M'; `name` is for people, `kind` 'cpu' or 'gpu'. `uuid`,
    where there is one, tells GPUs apart that processes of one machine know by the same number, as
    SLURM's jobs do.
    """

    id: str
    name: str
    kind: str
    uuid: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The ids of the single processors."""
        return tuple(self.id.split(","))

    @property
    def keys(self) -> tuple[str, ...]:
        """What tells the single processors of this machine, whoever looks.

        Not their numbers: a process that is shown some GPUs alone may count them from 0.
        """
        return tuple(self.uuid.split(",")) if self.uuid else self.parts

    @property
    def label(self) -> str:
        """Name and id, for people."""
        return f"{self.name} ({self.id})"


def list_devices() -> list[Device]:
    """Return the GPUs that nvidia-smi knows (and CUDA_VISIBLE_DEVICES shows), then the CPU."""
    return [*_gpus(), Device("cpu", _cpu_name(), "cpu")]


def check_device(device: str) -> None:
    """Raise a `ConfigError` unless `device` is 'auto', one of this machine's, or several GPUs."""
    found = list_devices()
    n_gpus = sum(each.kind == "gpu" for each in found)
    known = f"one of {', '.join(['auto', *(each.id for each in found)])} on this machine"
    if n_gpus > 1:
        known += ", or several GPUs as 'gpu:0,gpu:1'"
    elif not n_gpus:
        known += ", where no GPU was found"
    require(
        device == "auto" or bool(candidates(device)),
        f"Device: expected {known}; received '{device}'.",
    )


def check_any_device(device: str) -> None:
    """Raise a `ConfigError` unless some machine may have `device`."""
    require(
        bool(re.fullmatch(r"auto|cpu|gpu:\d+(,gpu:\d+)*", device)),
        f"Device: expected auto, cpu, gpu:N or several as 'gpu:0,gpu:1'; received '{device}'.",
    )


def candidates(device: str) -> list[Device]:
    """Return the devices of which a job may use one: for 'auto' every GPU, or else the CPU.

    Several GPUs are one `Device`. Empty if `device` is not on this machine or not shown to this
    process.
    """
    found = list_devices()
    if device == "auto":
        return [gpu for gpu in found if gpu.kind == "gpu"] or found
    ids = device.split(",")
    parts = [one for one in found if one.id in ids]
    if len(parts) != len(ids) or (len(ids) > 1 and any(one.kind != "gpu" for one in parts)):
        return []
    name = " + ".join(one.name for one in parts)
    uuid = ",".join(one.uuid for one in parts)
    return [Device(",".join(one.id for one in parts), name, parts[0].kind, uuid)]


def select(device: Device, *, hide_gpus: bool) -> None:
    """Show this process its device alone, and quieten TensorFlow; before Keras is imported.

    Without `hide_gpus`, that is unless the CPU was asked for, the backend is left free to find a
    GPU that nvidia-smi does not know (AMD, Apple).
    """
    # TensorFlow calls it an error (2) that a machine without a GPU has none.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2" if device.kind == "gpu" else "3")
    if device.kind == "gpu":
        os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # the order of nvidia-smi
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(
            part.removeprefix("gpu:") for part in device.parts
        )
        # Leave the memory that we do not need to others on the same GPU.
        os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    elif hide_gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["HIP_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
        os.environ["KERAS_TORCH_DEVICE"] = "cpu"


@functools.cache
def _gpus() -> tuple[Device, ...]:
    query = ["nvidia-smi", "--query-gpu=index,uuid,name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(
            query, capture_output=True, encoding="utf-8", timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    gpus = [line.split(", ", 2) for line in answer.stdout.splitlines() if line.count(", ") > 1]
    return tuple(
        Device(f"gpu:{index}", name, "gpu", uuid)
        for index, uuid, name in gpus
        if _is_shown(index, uuid)
    )


def _is_shown(index: str, uuid: str) -> bool:
    """Whether CUDA_VISIBLE_DEVICES names the GPU: by its number, or by its UUID's beginning."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return True
    names = [name.strip() for name in visible.split(",")]
    return any(
        name == index or (name.startswith("GPU-") and uuid.startswith(name)) for name in names
    )


@functools.cache
def _cpu_name() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        found = re.search(
            r"^model name\s*:\s*(.+)$", information.read_text(encoding="utf-8"), re.MULTILINE
        )
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()
