import pytest
from click.testing import CliRunner

from core.cli import main


@pytest.fixture
def xpz():
    """The command `xpz`, called with words; gives click's result."""

    def run(*words):
        return CliRunner().invoke(main, [str(word) for word in words])

    return run
