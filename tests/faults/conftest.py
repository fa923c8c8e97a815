"""A small disk of one's own, where this process may mount one."""

import pytest

from tests.support.faults import small_disk
from tests.support.made_runs import make_run

__all__ = ["make_run"]


@pytest.fixture(scope="module")
def mounted(tmp_path_factory):
    with small_disk(tmp_path_factory.mktemp("mounts") / "disk") as made:
        yield made


@pytest.fixture
def disk(mounted):
    if mounted is None:
        pytest.skip("only root can mount a small disk")
    mounted.set("rw,size=64m")
    yield mounted
    mounted.set("rw,size=64m")
