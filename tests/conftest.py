import importlib.util
from pathlib import Path

import pytest
from hypothesis import settings

# On a busy machine a single example may take long; that is no failure.
settings.register_profile("xpz", deadline=None)
settings.load_profile("xpz")


@pytest.fixture(scope="session")
def xp_archive():
    """The module that makes files of XP continuous spectra; see there."""
    path = Path(__file__).parent / "core" / "data" / "xp_archive_files.py"
    spec = importlib.util.spec_from_file_location("xp_archive_files", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
