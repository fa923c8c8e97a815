"""The benchmarks, which `make test` does not run, find what they import and what they click."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def names_of(module):
    """Return what a module names at its top, by its text: importing Keras would take long."""
    spec = importlib.util.find_spec(module)
    stub = Path(spec.origin).with_suffix(".pyi")
    tree = ast.parse((stub if stub.exists() else Path(spec.origin)).read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("path", sorted(ROOT.glob("benchmarks/*.py")), ids=lambda path: path.stem)
def test_what_a_benchmark_imports_is_there(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.module.split(".")[0] in ("benchmarks", "core", "dashboard"):
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                found = alias.name in names_of(node.module) or importlib.util.find_spec(deeper)
                assert found, f"{path.name}: {deeper}"


DRIVERS = [
    path
    for path in sorted(ROOT.glob("benchmarks/*.py"))
    if {"playwright", "websockets"} & {*path.read_text(encoding="utf-8").replace(".", " ").split()}
]
"""Those that drive the dashboard as a browser does."""


def words_of(node):
    """Return the text of a literal, and how it stands in a module; of an f-string its beginning."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value, f'"{node.value}"'
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return node.values[0].value, f'"{node.values[0].value}{{'
    return None


def labels_of(tree):
    """Yield the labels that a benchmark looks for, clicks, or names in an address."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("get_by_text", "get_by_label"):
                yield node.args[0]
            elif node.func.attr == "get_by_role":
                yield from (each.value for each in node.keywords if each.arg == "name")
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in (
                    "section",
                    "show",
                    "compare_show",
                    "on",
                ):
                    yield value
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("SECTIONS", "TABS"):
            yield from node.value.elts


@pytest.fixture(scope="module")
def dashboard():
    """The text of all modules of the dashboard."""
    return "\n".join(each.read_text(encoding="utf-8") for each in ROOT.glob("dashboard/**/*.py"))


def test_all_that_drive_the_dashboard_are_known():
    assert {"id_to_redshift", "load", "data_screen", "dashboard"} == {each.stem for each in DRIVERS}


@pytest.mark.parametrize("path", DRIVERS, ids=lambda path: path.stem)
def test_what_a_benchmark_clicks_is_on_a_screen(path, dashboard):
    found = labels_of(ast.parse(path.read_text(encoding="utf-8")))
    labels = [words for node in found if (words := words_of(node))]
    # The first page's heading, whichever it is, is all that this one looks for.
    assert labels or path.stem == "dashboard"
    gone = [text for text, written in labels if written not in dashboard]
    assert not gone, f"no screen says {gone}: take the label that it has now"
