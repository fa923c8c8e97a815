"""The benchmarks, which `make test` does not run, find what they import."""

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
