"""The walls of the house: who may import whom (CONTRIBUTING.md draws them)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"keras", "tensorflow", "keras_tuner", "jax", "torch"}
# Rooms in the order in which they stand upon each other; none may import one to its right.
ORDER = [
    (
        "core.errors",
        "core.atomic",
        "core.config",
        "core.detached",
        "core.npz",
        "core.stored",
        "core.spectra",
        "core.spectral_lines",
    ),
    ("core.data", "core.model.config"),
    ("core.simulation", "core.evaluation", "core.model"),
    ("core.runs", "core.training", "core.prediction", "core.tracking", "core.tuning"),
    ("core.comparison",),
    ("core.cli",),
    ("dashboard",),
]


def modules():
    for package in ("core", "dashboard"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


MODULES = dict(modules())


def imports(path, *, top_level_only=False):
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def storey(module):
    matches = [
        (len(room), level)
        for level, rooms in enumerate(ORDER)
        for room in rooms
        if module == room or module.startswith(room + ".")
    ]
    return max(matches)[1] if matches else None


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards_only(module):
    own = storey(module)
    if module == "core":
        return
    assert own is not None, f"{module} has no place in ORDER"
    for name in imports(MODULES[module]):
        other = storey(name)
        assert other is None or other <= own, f"{module} reaches up to {name}"


@pytest.mark.parametrize("module", MODULES)
def test_streamlit_stays_in_the_screens(module):
    if module.startswith("dashboard") and not module.startswith("dashboard.figures"):
        return
    assert not [name for name in imports(MODULES[module]) if name.split(".")[0] == "streamlit"]


@pytest.mark.parametrize("module", MODULES)
def test_keras_stays_where_networks_are_built_and_trained(module):
    model = {"core.model.network", "core.model.losses", "core.model.onnx"}
    tuning = {"core.tuning.oracle", "core.tuning.tuner", "core.tuning.watch"}
    if module in model | tuning or module.startswith("core.training."):
        return
    assert not [name for name in imports(MODULES[module]) if name.split(".")[0] in HEAVY]


def test_there_is_no_junk_drawer():
    assert not [name for name in MODULES if name.split(".")[-1] in {"utils", "helpers", "misc"}]


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()


def test_the_screens_code_never_brings_in_keras():
    """Import everything that the dashboard's modules import, in a fresh process."""
    names = {
        name
        for module, path in MODULES.items()
        if module.startswith("dashboard")
        for name in imports(path)
        if name.startswith("core") and name in MODULES
    }
    assert names
    statements = "\n".join(f"import {name}" for name in sorted(names))
    loaded = run_python(f"import sys\n{statements}\nprint(*sys.modules)")
    assert not HEAVY & set(loaded)


def test_training_needs_only_the_light_stack_at_import():
    """No archive, simulation or screen package may be needed to train."""
    loaded = run_python("import sys, core.training.loop\nprint(*sys.modules)")
    packages = {name.split(".")[0] for name in loaded}
    assert "keras" in packages
    assert not packages & {
        "astropy", "astroquery", "gaiaxpy", "kcorrect", "skypy", "streamlit", "altair", "plotly",
        "onnxruntime", "tf2onnx", "keras_tuner",
    }  # fmt: skip
