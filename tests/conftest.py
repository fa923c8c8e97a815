"""What all tests share; what several rooms' tests use stands in `tests/support`."""
# ruff: noqa: E402 - the environment is set before NumPy and TensorFlow are imported

import os

# Several processes share the machine, those that tests start included: each computes in one
# thread.
for variable in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
):
    os.environ.setdefault(variable, "1")

import socket
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import archive_server, finished_runs, xp_archive_files

TESTS = Path(__file__).parent
# On a busy machine a single example may take long; that is no failure.
settings.register_profile("xpz", deadline=None)
settings.load_profile("xpz")


def pytest_collection_modifyitems(items):
    """Say which tests run in one process when several share the work (pytest-xdist).

    A file stays whole, since its fixtures do. One process drives the browser, one builds
    networks: it takes 10 s to import TensorFlow. These are the longest and come first.
    """
    long = {"e2e": "browser", "training": "networks", "tuning": "networks", "model": "networks"}

    def group(item):
        parts = item.path.relative_to(TESTS).parts
        return next((long[part] for part in parts if part in long), "/".join(parts))

    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: group(item) not in long.values())


@pytest.fixture(scope="session")
def xp_archive():
    """The module that makes files of XP continuous spectra; see there."""
    return xp_archive_files


@pytest.fixture(scope="session")
def save_mixture_run():
    """What makes a complete run with p(z); see there."""
    return finished_runs.save_mixture_run


@pytest.fixture(scope="session")
def archived_spectra():
    return xp_archive_files.make_sources(20)


@pytest.fixture
def archive(archived_spectra, monkeypatch):
    """An archive of 20 galaxies on this machine; nothing else can be reached."""
    connect = socket.create_connection

    def connect_here(address, *args, **options):
        assert address[0] == "127.0.0.1", f"{address[0]} is not this machine"
        return connect(address, *args, **options)

    monkeypatch.setattr(socket, "create_connection", connect_here)
    sources = archive_server.make_catalogue(archived_spectra.source_id)
    server = archive_server.ArchiveServer(sources, archived_spectra)
    yield server
    server.close()
