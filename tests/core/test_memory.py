import resource
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from core import memory
from core.memory import MemoryShortError, available_bytes, require_memory

GB = 10**9


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with 8 GB free and no control groups."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=8 * GB))
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    monkeypatch.setattr(memory, "OWN_CGROUP", tmp_path / "own")
    return tmp_path


def test_what_fits_passes_and_what_does_not_says_so_with_the_sizes(machine):
    require_memory("reading a", 8 * GB, "Read less.")
    with pytest.raises(
        MemoryShortError,
        match=r"^reading a: needs about 8\.1 GB of memory, 8\.0 GB are free\. Read less\.$",
    ):
        require_memory("reading a", 8.1 * GB, "Read less.")


def make_group(folder, limit, current, inactive_file):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{current}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {inactive_file}\nshmem 0\n")


def test_a_container_leaves_what_it_leaves(machine):
    (machine / "own").write_text("1:name=x:/y\n0::/slurm/job\n")
    make_group(machine / "slurm" / "job", "max", 3 * GB, 0)
    assert available_bytes() == 8 * GB
    make_group(machine / "slurm" / "job", 4 * GB, 3 * GB, GB // 2)
    assert available_bytes() == 1.5 * GB
    make_group(machine / "slurm", 2 * GB, 3 * GB, 0)  # a group above it has less
    assert available_bytes() == 0
    with pytest.raises(MemoryShortError, match="needs about 7 MB of memory, 0 MB are free"):
        require_memory("x", 7e6, "")


@pytest.mark.parametrize("text", ["", "0::/gone\n", "12:memory:/docker/1\n"])
def test_without_limits_of_a_group_the_machine_counts(machine, text):
    (machine / "own").write_text(text)
    assert available_bytes() == 8 * GB


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells this limit")
def test_its_own_limit_counts():
    limit = 2 * 2**30
    code = "from core.memory import available_bytes; print(available_bytes())"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        stdout=subprocess.PIPE,
        check=True,
    )
    assert 0 < int(answer.stdout) < limit
