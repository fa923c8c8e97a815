import shutil

import pytest

from core.errors import RunError
from core.runs import SHIPPED_RUNS
from core.runs.finding import open_run
from core.runs.run import open_run as open_in


@pytest.fixture
def named(tmp_path):
    """Make a run of an id with a name."""

    def made(run_id, name):
        shutil.copytree(SHIPPED_RUNS / "compact-20k", tmp_path / run_id)
        run = open_in(tmp_path, run_id)
        run.annotate(name=name)
        return run

    return made


def test_a_run_is_found_by_the_name_that_it_alone_has(named, tmp_path):
    first = named("first-1", "My first network")
    assert open_run("My first network", tmp_path) == first
    assert open_run("my FIRST network", tmp_path) == first
    other = named("first-2", "my first network")
    # As it is written, one is called so.
    assert open_run("my first network", tmp_path) == other
    with pytest.raises(RunError, match=r"2 runs are called 'MY FIRST NETWORK': first-1, first-2\."):
        open_run("MY FIRST NETWORK", tmp_path)


def test_an_id_goes_before_a_name(named, tmp_path):
    named("hostile", "compact-20k")
    assert open_run("compact-20k", tmp_path).path.parent == SHIPPED_RUNS


def test_an_unknown_name_is_told_how_to_find_the_known_ones(named, tmp_path):
    named("first-1", "My first network")
    with pytest.raises(
        RunError, match=r"by its id or by its name\. `xpz runs` lists the runs with"
    ):
        open_run("another thing", tmp_path)
    with pytest.raises(RunError, match=r"Did you mean My first network\?"):
        open_run("My frist network", tmp_path)
    (tmp_path / "first-1" / "annotations.json").write_text("{")
    with pytest.raises(RunError, match="There is no run 'My first network'"):
        open_run("My first network", tmp_path)
