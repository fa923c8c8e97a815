import pytest

from tests.support.made_runs import finished, galaxies, make_run
from tests.support.without_processes import networks_opened_here, runs_accepted_here

__all__ = ["finished", "galaxies", "make_run"]


@pytest.fixture
def read_here():
    """Let imports read a run's files, and run its network, in this process: a second less each."""
    with runs_accepted_here(), networks_opened_here():
        yield
