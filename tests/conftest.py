import importlib.util
import socket
from pathlib import Path

import pytest
from hypothesis import settings

# On a busy machine a single example may take long; that is no failure.
settings.register_profile("xpz", deadline=None)
settings.load_profile("xpz")


@pytest.fixture(scope="session")
def xp_archive():
    """The module that makes files of XP continuous spectra; see there."""
    return load_module("support/xp_archive_files")


@pytest.fixture(scope="session")
def save_mixture_run():
    """What makes a complete run with p(z); see tests/mixture_runs.py."""
    return load_module("support/mixture_runs").save_mixture_run


@pytest.fixture(scope="session")
def damage():
    """The module that damages files; see there."""
    return load_module("support/damage")


@pytest.fixture(scope="session")
def healthy(tmp_path_factory, save_mixture_run):
    """A folder with a healthy run, search and data set; for every test to copy."""
    folder = tmp_path_factory.mktemp("healthy")
    load_module("support/damaged_house").build(folder, save_mixture_run)
    return folder


@pytest.fixture
def damaged_house(damage, healthy, tmp_path):
    """A function that makes a house in which each copy of what is healthy is damaged once."""
    return lambda *kinds, step=1: damage.make_house(healthy, tmp_path / "house", kinds, step)


def load_module(name):
    """Return a module of the tests that several rooms' tests use."""
    path = Path(__file__).parent / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def archived_spectra(xp_archive):
    return xp_archive.make_sources(20)


@pytest.fixture
def archive(archived_spectra, monkeypatch):
    """An archive of 20 galaxies on this machine; nothing else can be reached."""
    connect = socket.create_connection

    def connect_here(address, *args, **options):
        assert address[0] == "127.0.0.1", f"{address[0]} is not this machine"
        return connect(address, *args, **options)

    monkeypatch.setattr(socket, "create_connection", connect_here)
    module = load_module("support/archive_server")
    sources = module.make_catalogue(archived_spectra.source_id)
    server = module.ArchiveServer(sources, archived_spectra)
    yield server
    server.close()
