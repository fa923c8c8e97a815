"""The wheel: installed, it neither hides what others call `core` and `dashboard`, nor is hidden.

Whether the code works is what all other tests say; here, that it is all there and called by its
names in a wheel. An environment of its own holds nothing but the wheel, and sees the packages of
the one that runs the tests.
"""

import ast
import configparser
import importlib
import os
import socket
import subprocess
import sys
import tarfile
import time
import venv
import zipfile
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

ROOT = Path(__file__).parents[1]
BACKEND = ROOT / ".packaging"


def build(what, folder, settings=None):
    """Build with the project's own backend, as pip does: in a process of its own."""
    code = f"import backend; print(backend.build_{what}({str(folder)!r}, {settings}))"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(BACKEND)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return folder / said.stdout.splitlines()[-1]


HERE = '''
import core.spectra
import core, sys
from core.errors import XpzError as Error
def ask(run: "core.Run") -> "core.Run":
    """As `core.training.worker` and `core.train`; σ.

    >>> import core
    """
    from dashboard import shared
    return f"core.jobs.{run}", "core.jobs", "core/x", "my.core.jobs", core.jobs
'''
IN_A_WHEEL = '''
import xpz.core.spectra; from xpz import core
from xpz import core; import sys
from xpz.core.errors import XpzError as Error
def ask(run: "core.Run") -> "core.Run":
    """As `xpz.core.training.worker` and `xpz.train`; σ.

    >>> import xpz
    """
    from xpz.dashboard import shared
    return f"xpz.core.jobs.{run}", "xpz.core.jobs", "core/x", "my.core.jobs", core.jobs
'''


def test_modules_and_what_names_them_are_called_as_in_a_wheel(monkeypatch):
    monkeypatch.syspath_prepend(BACKEND)
    backend = importlib.import_module("backend")
    assert backend.Names(ROOT).below_xpz(HERE) == IN_A_WHEEL


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    uncompressed = {"--build-option": ["--compression=stored"]}
    return build("wheel", tmp_path_factory.mktemp("dist"), uncompressed)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The programs of an environment with the wheel."""
    place = tmp_path_factory.mktemp("venv")
    venv.create(place, symlinks=True)
    (packages,) = place.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # What xpz stands on. Only a folder that Python itself adds has its own .pth files read, so that
    # the xpz which is being developed there is none of it.
    others = [path for path in sys.path if Path(path).name == "site-packages"]
    (packages / "others.pth").write_text("\n".join(others))
    (entry,) = packages.glob("xpz-*/entry_points.txt")
    start = configparser.ConfigParser()
    start.read(entry)
    module, _, function = start["console_scripts"]["xpz"].partition(":")
    program = place / "bin" / "xpz"
    program.write_text(f"#!{place}/bin/python\nfrom {module} import {function}\n{function}()\n")
    program.chmod(0o755)
    return place / "bin"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A project of the user's own, with packages that are called as our rooms are."""
    for name in ("core", "dashboard"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("WHOSE = 'mine'\n")
    monkeypatch.chdir(tmp_path)
    for name in ("XPZ_RUNS_DIR", "XPZ_DATA_DIR", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def files_of(*folders):
    """Return what a wheel calls the files of some folders of the repository."""
    left = {"__pycache__", "local"}
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*")):
        if path.is_file() and not left & set(path.parts) and path.suffix != ".lock":
            yield f"xpz/{path.relative_to(ROOT)}"


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_wheel_holds_one_name_and_all_that_comes_with_xpz(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        sources = {name: archive.read(name).decode() for name in names if name.endswith(".py")}
    assert {name.split("/")[0].split("-")[0] for name in names} == {"xpz"}
    assert set(files_of("core", "dashboard", "assets/runs", "data")) <= names
    assert not [name for name in names if name.endswith((".lock", ".pyc")) or "/local/" in name]
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            modules = {
                ast.Import: lambda node: [alias.name for alias in node.names],
                ast.ImportFrom: lambda node: [] if node.level else [node.module],
            }.get(type(node), lambda node: [])(node)
            tops = {module.split(".")[0] for module in modules}
            assert not tops & {"core", "dashboard"}, name


@pytest.mark.skipif(not os.environ.get("XPZ_SOAK"), reason="long: make soak")
def test_of_a_source_distribution_comes_the_same_wheel(tmp_path, wheel):
    with tarfile.open(build("sdist", tmp_path)) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.glob("xpz-*/")
    assert {path.name for path in source.iterdir()} >= {"core", "tests", "Makefile", ".packaging"}
    code = "import sys, backend; backend._stage_wheel(__import__('pathlib').Path(sys.argv[1]))"
    env = os.environ | {"PYTHONPATH": str(source / ".packaging")}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "staged")], env=env, check=True)
    staged = {str(path.relative_to(tmp_path / "staged"))
              for path in (tmp_path / "staged" / "xpz").rglob("*") if path.is_file()}  # fmt: skip
    with zipfile.ZipFile(wheel) as archive:
        assert staged == {name for name in archive.namelist() if name.startswith("xpz/")}


def test_the_command_and_the_library_are_not_hidden_and_hide_nothing(installed, elsewhere):
    assert output(installed / "xpz", "--version").startswith("xpz, version")
    assert "compact-520k" in output(installed / "xpz", "runs")
    code = """
import sys, xpz, core, dashboard
from pathlib import Path
sample = Path(xpz.__file__).parent / "data" / "samples" / "simulated-galaxies.csv"
found = xpz.predict_files("compact-520k", sample).table  # reads in a process of its own
print(core.WHOSE, dashboard.WHOSE, len(found), xpz.Run.__module__)
"""
    said = output(installed / "python", "-c", code).split()
    assert said[:2] == ["mine", "mine"]
    assert int(said[2]) > 10
    assert said[3] == "xpz.core.runs.run"
    assert {path.name for path in elsewhere.iterdir()} == {"core", "dashboard"}


def test_the_dashboard_opens_there_with_data_and_runs(installed, elsewhere):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ("--server.port", str(port), "--server.headless", "true")
    with (elsewhere / "log").open("w") as log:
        server = subprocess.Popen(
            [installed / "xpz", "dashboard", *options], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        shown = visit_home(port, server)
    finally:
        server.terminate()
        server.wait(30)
    assert "20,000 galaxies" in shown
    assert "compact-520k" in shown
    assert "Traceback" not in (elsewhere / "log").read_text()
    with pytest.raises(OSError, match="refused"):  # it has not left another process behind
        socket.create_connection(("127.0.0.1", port))


def visit_home(port, server):
    """Return all that the first page shows, as Streamlit sends it to a browser."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            assert server.poll() is None
            time.sleep(0.2)
    wanted, shown = BackMsg(), []
    wanted.rerun_script.query_string = ""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=60) as page:
        page.send(wanted.SerializeToString())
        while True:
            message = ForwardMsg.FromString(page.recv(timeout=60))
            if message.HasField("delta") and message.delta.HasField("new_element"):
                assert not message.delta.new_element.HasField("exception")
                shown.append(str(message.delta.new_element))
            elif message.HasField("script_finished"):
                assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
                return "".join(shown)
