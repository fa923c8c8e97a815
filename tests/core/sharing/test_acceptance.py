"""The process that reads the files of a run from elsewhere."""

import shutil

import pytest

from core.errors import RunError
from core.runs import SHIPPED_RUNS, Run
from core.sharing import acceptance
from core.sharing.acceptance import check_foreign


@pytest.fixture
def run(finished, tmp_path):
    return Run(shutil.copytree(finished.path, tmp_path / finished.run_id))


@pytest.mark.parametrize("name", ["compact-520k"])
def test_a_run_of_ours_passes_within_the_limits(name, tmp_path):
    run = Run(shutil.copytree(SHIPPED_RUNS / name, tmp_path / name))
    run.imported_path.write_text("{}")  # its network answers from a process of its own
    check_foreign(run)


def test_what_is_wrong_is_said_as_it_is_here(run):
    run.summary_path.write_text("{")
    with pytest.raises(RunError, match=r"^summary\.json: the run cannot be imported\. ") as said:
        check_foreign(run)
    with pytest.raises(RunError) as here:
        acceptance.check_contents(run)
    assert str(said.value) == str(here.value)


def test_files_that_take_too_long_are_refused(run, monkeypatch):
    monkeypatch.setattr(acceptance, "SECONDS", 0.01)
    with pytest.raises(RunError, match="cannot be read, it took more than"):
        check_foreign(run)
