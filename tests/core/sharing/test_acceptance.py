"""The process that reads the files of a run from elsewhere."""

import shutil

import pytest

from core.errors import RunError
from core.runs import Run
from core.sharing import acceptance
from core.sharing.acceptance import check_foreign


@pytest.fixture
def run(finished, tmp_path):
    return Run(shutil.copytree(finished.path, tmp_path / finished.run_id))


def test_a_run_of_ours_passes(run):
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
