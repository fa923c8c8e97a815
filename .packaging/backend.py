"""How xpz is built: setuptools, from a copy in which everything lies below the one name `xpz`.

In the repository the rooms are called `core` and `dashboard`, names that anybody may have. A wheel
holds none of them at its top::

    xpz/__init__.py    the names of `core`: `import xpz` is what `import core` is in the repository
    xpz/core/          modules import one another as `xpz.core...`
    xpz/dashboard/
    xpz/assets/runs/   the runs, and
    xpz/data/          the data set that come with it, where the code looks for them: beside `core`

An environment for development (`pip install -e .`) takes the repository as it is. A source
distribution is the repository, so that a wheel is made of it in the same way.
"""

import ast
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

from setuptools import build_meta

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "dashboard")
SHIPPED = ("assets/icon.svg", "assets/logo.svg", "assets/runs", "data")
"""What comes with xpz beside its code. The pictures of the README stay where they are."""

SOURCES = (
    *(
        ".ci",
        ".github",
        ".gitignore",
        ".packaging",
        *ROOMS,
        "assets",
        "data",
        "docs",
        "tests",
        "benchmarks",
    ),
    *("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"),
    *(
        "pyproject.toml",
        "requirements.lock",
        "requirements-audit.lock",
        "requirements-publish.lock",
    ),
)
NOT_OURS = shutil.ignore_patterns(
    "__pycache__", "*.lock", "*.egg-info", "local", ".ipynb_checkpoints"
)
"""What lies among these after some work: caches, locks of runs, data sets of the user's own."""

SETUPTOOLS = """
[tool.setuptools.packages.find]
include = ["xpz", "xpz.core*", "xpz.dashboard*"]

[tool.setuptools.package-data]
"*" = ["*"]
xpz = ["assets/**/*", "data/**/*"]
"xpz.dashboard" = [".streamlit/*"]
"""

get_requires_for_build_wheel = build_meta.get_requires_for_build_wheel
get_requires_for_build_sdist = build_meta.get_requires_for_build_sdist
get_requires_for_build_editable = build_meta.get_requires_for_build_editable
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable
build_editable = build_meta.build_editable


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Make the wheel; see PEP 517."""
    target = os.path.abspath(wheel_directory)
    with _inside(_stage_wheel):
        return build_meta.build_wheel(target, config_settings)


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: dict[str, Any] | None = None
) -> str:
    """Say what the wheel will be; see PEP 517."""
    target = os.path.abspath(metadata_directory)
    with _inside(_stage_wheel):
        return build_meta.prepare_metadata_for_build_wheel(target, config_settings)


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> str:
    """Make the source distribution; see PEP 517."""
    target = os.path.abspath(sdist_directory)
    with _inside(_stage_sdist):
        return build_meta.build_sdist(target, config_settings)


@contextlib.contextmanager
def _inside(stage: Any) -> Iterator[None]:
    """Go into a folder that `stage` has filled, for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="xpz-build-") as folder:
        stage(Path(folder))
        with contextlib.chdir(folder):
            yield


def _stage_wheel(folder: Path) -> None:
    package = folder / "xpz"
    for name in (*ROOMS, *SHIPPED):
        _copy(ROOT / name, package / name)
    names = Names(ROOT)
    for file in (*package.rglob("*.py"), *package.rglob("*.pyi")):
        file.write_text(names.below_xpz(file.read_text(encoding="utf-8")), encoding="utf-8")
    for name in ("__init__.py", "__init__.pyi"):
        face = (package / "core" / name).read_text(encoding="utf-8")
        (package / name).write_text(face.replace("from .", "from .core."), encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    described = project.partition("\n[tool.")[0].replace('"core.cli:main"', '"xpz.core.cli:main"')
    (folder / "pyproject.toml").write_text(described + SETUPTOOLS, encoding="utf-8")
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)


def _stage_sdist(folder: Path) -> None:
    kept = [name for name in SOURCES if (ROOT / name).exists()]
    for name in kept:
        _copy(ROOT / name, folder / name)
    lines = [f"{'graft' if (ROOT / name).is_dir() else 'include'} {name}\n" for name in kept]
    (folder / "MANIFEST.in").write_text("".join(lines), encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=NOT_OURS)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


class Names:
    """What our modules are called, in the repository and in a wheel.

    Parameters
    ----------
    root : Path
        The repository.
    """

    def __init__(self, root: Path) -> None:
        stub = ast.parse((root / "core" / "__init__.pyi").read_text(encoding="utf-8"))
        face = [
            alias.name for node in stub.body if isinstance(node, ast.ImportFrom)
            for alias in node.names
        ]  # fmt: skip
        rooms = {
            f"{top}.{path.stem}" for top in ROOMS for path in (root / top).iterdir()
            if path.suffix == ".py" or path.is_dir()
        }  # fmt: skip
        self._changes = (
            (re.compile(rf"(?<![\w.])core\.(?=(?:{'|'.join(face)})\b)"), "xpz."),
            (re.compile(rf"(?<![\w.])(?=(?:{'|'.join(map(re.escape, sorted(rooms)))})\b)"), "xpz."),
            (re.compile(r"\bimport core\b"), "import xpz"),
            (re.compile(r"^([\"'])core\1$"), r"\1xpz.core\1"),  # the name of a logger
        )

    def below_xpz(self, source: str) -> str:
        """Return the source of a module with our modules called as in a wheel.

        Imports are changed, and strings that name a module (processes are started by it) or show
        how the library is used. Annotations in quotes stay: what they name is imported as before.
        """
        nodes = list(ast.walk(ast.parse(source)))
        lines = source.encode().splitlines(keepends=True)
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        text = source.encode()
        for node, new in sorted(self._new(nodes, text, starts), key=_place, reverse=True):
            begin, end = _span(node, starts)
            text = text[:begin] + new.encode() + text[end:]
        return text.decode()

    def _new(
        self, nodes: list[ast.AST], text: bytes, starts: list[int]
    ) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
        """Yield statements and strings that change, each with what stands there then."""
        left = _annotations(nodes) | {
            id(part) for node in nodes if isinstance(node, ast.JoinedStr)
            for part in ast.walk(node) if part is not node
        }  # fmt: skip
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                module = node.module or ""
                if not node.level and module.split(".")[0] in ROOMS:
                    begin, end = _span(node, starts)
                    old = text[begin:end].decode()
                    yield node, old.replace(f"from {module}", f"from xpz.{module}", 1)
            elif isinstance(node, ast.Import):
                if any(alias.name.split(".")[0] in ROOMS for alias in node.names):
                    yield node, "; ".join(_imports(node))
            elif id(node) not in left and _is_string(node):
                begin, end = _span(node, starts)
                old = new = text[begin:end].decode()
                for pattern, replacement in self._changes:
                    new = pattern.sub(replacement, new)
                if new != old:
                    yield node, new


def _imports(node: ast.Import) -> Iterator[str]:
    """Yield statements for an `import`; one of `core.spectra` binds the name `core`, as before."""
    for alias in node.names:
        top, dot, _ = alias.name.partition(".")
        named = f" as {alias.asname}" if alias.asname else ""
        ours = "xpz." if top in ROOMS else ""
        if not ours or dot or alias.asname:
            yield f"import {ours}{alias.name}{named}"
        if ours and not alias.asname:
            yield f"from xpz import {top}"


def _annotations(nodes: list[ast.AST]) -> set[int]:
    """Return which nodes belong to annotations, by their identity."""
    found = set()
    for node in nodes:
        for name in ("annotation", "returns"):
            annotation = getattr(node, name, None)
            if isinstance(annotation, ast.AST):
                found |= {id(part) for part in ast.walk(annotation)}
    return found


def _is_string(node: ast.AST) -> TypeGuard[ast.expr]:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _place(change: tuple[ast.stmt | ast.expr, str]) -> tuple[int, int]:
    return change[0].lineno, change[0].col_offset


def _span(node: ast.stmt | ast.expr, starts: list[int]) -> tuple[int, int]:
    """Return where a node begins and ends, in bytes."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (
        starts[node.lineno - 1] + node.col_offset,
        starts[node.end_lineno - 1] + node.end_col_offset,
    )
