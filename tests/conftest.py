"""What all tests share; what several rooms' tests use stands in `tests/support`."""
# ruff: noqa: E402 - the environment is set before NumPy and TensorFlow are imported

import gc
import importlib
import os
import sys

# What is imported is compiled once, not again in each process that tests start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The collector would go through what the tests' modules import again and again, 6 s in all;
# it is back when they are there.
gc.disable()

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

import pytest
from hypothesis import settings

# What only some tests need is imported by the fixture that they ask for.

# On a busy machine a single example may take long; that is no failure.
settings.register_profile("xpz", deadline=None)
settings.load_profile("xpz")


LONG = {"e2e": "browser", "training": "networks", "tuning": "networks", "model": "networks"}
LONG |= {"simulation": "simulation", "scale": "cluster"}


def group_of(nodeid):
    """Return what runs in one process with a test when several share the work (pytest-xdist).

    A file stays whole, since its fixtures do. One process drives the browser, one builds
    networks: it takes 10 s to import TensorFlow; one builds the simulation's tables; one has the
    cluster of Dask's workers.
    """
    path = nodeid.split("::")[0]
    return next((LONG[part] for part in path.split("/") if part in LONG), path)


def pytest_collection_modifyitems(items):
    """The groups that take longest come first, so that no process is left alone with one."""
    items.sort(key=lambda item: group_of(item.nodeid) not in LONG.values())


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop():
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group_of(nodeid)

    return Groups(config, log)


@pytest.fixture(scope="module", autouse=True)
def imported_is_no_garbage():
    """Spare the collector what is there before a file's tests: modules, above all.

    Streamlit collects after every run of a script. Each time it would look through a million
    objects of all tests' modules, which takes longer than most scripts do.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def xp_archive():
    """The module that makes files of XP continuous spectra; see there."""
    from tests.support import xp_archive_files

    return xp_archive_files


@pytest.fixture(scope="session")
def save_mixture_run():
    """What makes a complete run with p(z); see there."""
    from tests.support import finished_runs

    return finished_runs.save_mixture_run


@pytest.fixture(scope="session")
def scoringrules():
    """The reference for scores, in NumPy: with numba its import compiles for seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numba", None)
        return importlib.import_module("scoringrules")


@pytest.fixture(scope="session")
def healthy(tmp_path_factory):
    """A folder with a healthy run, search and data set; for every test to copy."""
    from tests.support import damaged_house

    folder = tmp_path_factory.mktemp("healthy")
    damaged_house.build(folder)
    return folder


@pytest.fixture(name="damaged_house")
def make_damaged_house(healthy, tmp_path):
    """A function that makes a house in which each copy of what is healthy is damaged once."""
    from tests.support import damage

    return lambda *kinds, step=1: damage.make_house(healthy, tmp_path / "house", kinds, step)


@pytest.fixture(scope="session")
def archived_spectra():
    from tests.support import xp_archive_files

    return xp_archive_files.make_sources(20)


@pytest.fixture
def archive(archived_spectra, monkeypatch, tmp_path_factory):
    """An archive of 20 galaxies on this machine; nothing else can be reached."""
    from tests.support import archive_server, archive_tables

    connect = socket.socket.connect

    def connect_here(self, address):
        if self.family != socket.AF_UNIX and address[0] != "127.0.0.1":
            self.close()
            raise AssertionError(f"{address[0]} is not this machine")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)
    monkeypatch.setenv("XPZ_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    sources = archive_tables.make_catalogue(archived_spectra.source_id)
    server = archive_server.ArchiveServer(sources, archived_spectra)
    yield server
    server.close()
