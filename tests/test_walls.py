"""The walls of the house: who may import whom (CONTRIBUTING.md draws them).

Every module is parsed once. Imports inside of functions count as those at the top do,
and so do those for the type checker alone.
"""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"keras", "tensorflow", "keras_tuner", "jax", "torch"}

TIERS = [
    "core.errors",
    "core.amounts",
    "core.names",
    "core.did_you_mean",
    "core.file_errors",
    "core.printable",
    "core.shell",
    "core.spreadsheet",
    "core.config",
    "core.clock",
    "core.atomic",
    "core.npz",
    "core.memory",
    "core.confined",
    "core.stored",
    "core.trash",
    "core.versions",
    "core.meanings",
    "core.spectra",
    "core.spectral_lines",
    "core.evaluation",
    "core.jobs",
    "core.data",
    "core.model",
    "core.simulation",
    "core.runs",
    "core.prediction",
    "core.inspection",
    "core.report",
    "core.sharing",
    "core.training",
    "core.tuning",
    "core.scale",
    "core.comparison",
    "core.reproduction",
    "core.first_light",
    "core.questions",
    "core",
    "core.cli",
    "dashboard",
    "dashboard.figures",
    "dashboard.shared",
    "dashboard.screens",
    "dashboard.views",
    "dashboard.Home",
    "dashboard.server",
]
"""The rooms, one to a tier: a room knows those before it and no others."""


def read_house():
    """Return the syntax tree of every module by its name, and the names of the packages."""
    trees, packages = {}, set()
    for top in ("core", "dashboard"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if path.name == "__init__.py":
                name = name.removesuffix(".__init__")
                packages.add(name)
            trees[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return trees, packages


def imported(nodes):
    """Yield what a module imports: names of modules, ours as deep as they are modules."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "Imports are absolute in this house."
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield deeper if deeper in TREES else node.module


@pytest.fixture(scope="module", autouse=True)
def house():
    """Read all modules, once the first of these tests is run."""
    global TREES, NODES, PACKAGES, IMPORTS, OURS
    TREES, PACKAGES = read_house()
    NODES = {module: list(ast.walk(tree)) for module, tree in TREES.items()}
    IMPORTS = {module: set(imported(nodes)) for module, nodes in NODES.items()}
    OURS = {module: names & set(TREES) - {module} for module, names in IMPORTS.items()}


def room(module):
    """Return the room of a module: core.data.split stands in core.data."""
    return ".".join(module.split(".")[:2])


def found(breaches):
    """Fail with all breaches of a wall, a line each."""
    lines = [f"{module}: {name}" for module, name in sorted(breaches)]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def breaches(allowed):
    """Yield each of our modules that is imported where `allowed(module, name)` is false."""
    for module, names in OURS.items():
        yield from ((module, name) for name in names if not allowed(module, name))


def test_every_room_has_a_tier():
    rooms = {room(module) for module in TREES}
    found((name, "has no tier") for name in rooms - set(TIERS))
    found((name, "has a tier but no module") for name in set(TIERS) - rooms)


def test_no_import_runs_up():
    tiers = {name: tier for tier, name in enumerate(TIERS)}
    # Where a room has no tier, the test before this one fails.
    found(breaches(lambda at, name: tiers.get(room(name), 0) <= tiers.get(room(at), len(TIERS))))


def test_no_import_runs_in_a_circle():
    try:
        TopologicalSorter(OURS).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])), pytrace=False)


def test_the_evaluation_knows_arrays_and_errors_alone():
    free = {"core.errors", "core.amounts", "core.evaluation"}  # amounts: the words of errors
    found(breaches(lambda at, name: room(at) != "core.evaluation" or room(name) in free))


def is_one_function(module):
    """Whether a module of a room defines a function of its own name."""
    name = module.rpartition(".")[2]
    functions = (node for node in TREES[module].body if isinstance(node, ast.FunctionDef))
    return module.startswith("core.") and name in {node.name for node in functions}


def test_screens_and_commands_import_faces_of_rooms():
    """Of `core` they know packages and the modules that are a room of their own.

    And modules that a face names; and those that are called as their one function, which
    would hide them if a face named it.
    """
    stubs = {str(path.parent.relative_to(ROOT)).replace("/", "."): path.read_text()
             for path in ROOT.glob("core/*/__init__.pyi")}  # fmt: skip
    named = {
        f"{package}.{name}"
        for package, stub in stubs.items()
        for name in re.findall(r"^from \. import (\w+)", stub, re.MULTILINE)
    }
    named |= {module for module in TREES if is_one_function(module)}

    def is_face(at, name):
        outside = at.startswith(("core.cli", "dashboard")) and room(at) != room(name)
        allowed = PACKAGES | set(TIERS) | named
        return not outside or name.startswith("dashboard") or name in allowed

    found(breaches(is_face))


def foreign(packages, allowed):
    """Yield where one of `packages`, which are not ours, is imported and may not be."""
    for module, names in IMPORTS.items():
        tops = {name.split(".")[0] for name in names} & packages
        yield from ((module, top) for top in tops if not allowed(module))


def test_streamlit_stays_in_the_screens():
    screens = {"dashboard.shared", "dashboard.screens", "dashboard.views", "dashboard.Home"} | {
        "dashboard.server"
    }
    found(foreign({"streamlit"}, lambda module: room(module) in screens))


def test_keras_stays_where_networks_are_built_and_trained():
    free = {"core.model.network", "core.model.losses", "core.model.onnx"}
    free |= {"core.tuning.oracle", "core.tuning.tuner", "core.tuning.watch"}
    found(foreign(HEAVY, lambda module: module in free or room(module) == "core.training"))


def test_caches_stand_in_the_store():
    uses = (
        (module, f"uses st.{node.attr}")
        for module, nodes in NODES.items()
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr in {"cache_data", "cache_resource"}
    )
    found(use for use in uses if use[0] != "dashboard.shared.store")
    # Imported by its own name it would not be seen above.
    for module, nodes in NODES.items():
        froms = (node for node in nodes if isinstance(node, ast.ImportFrom))
        assert not [node for node in froms if node.module == "streamlit"], module


def test_commands_print_through_one_function():
    """It escapes what a terminal would obey in a name."""
    found(
        (module, f"line {node.lineno} prints by itself")
        for module, nodes in NODES.items()
        if module.startswith("core.cli.") and module != "core.cli.shared"
        for node in nodes
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"click.echo", "click.secho", "print", "sys.stdout.write"}
    )


def test_there_is_no_junk_drawer():
    assert not [name for name in TREES if name.split(".")[-1] in {"utils", "helpers", "misc"}]


def has_no_encoding(call):
    """Whether a call reads or writes text in the encoding of the locale."""
    given = {each.arg: each.value for each in call.keywords}
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name in {"read_text", "write_text"}:  # of a path; ours takes two arguments
        return not {"encoding"} & set(given) and len(call.args) == (name == "write_text")
    if getattr(getattr(call.func, "value", None), "id", "") == "archive":  # its members are bytes
        return False
    if name in {"open", "TemporaryFile", "NamedTemporaryFile"}:
        modes = [each.value for each in [*call.args, *given.values()]
                 if isinstance(each, ast.Constant) and isinstance(each.value, str)]  # fmt: skip
        modes = [mode for mode in modes if re.fullmatch(r"[rwax+t]+", mode)]
        plain = isinstance(call.func, ast.Name) and name == "open" and len(call.args) == 1
        return "encoding" not in given and bool(modes or plain)
    return name in {"run", "Popen"} and "text" in given and "encoding" not in given


def test_text_has_the_same_encoding_everywhere():
    found(
        (module, f"line {node.lineno} names no encoding")
        for module, nodes in NODES.items()
        for node in nodes
        if isinstance(node, ast.Call) and has_no_encoding(node)
    )


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()


def test_the_screens_code_never_brings_in_keras():
    """Import everything that the dashboard's modules import, in a fresh process."""
    names = {
        name
        for module, ours in OURS.items()
        if module.startswith("dashboard")
        for name in ours
        if name.startswith("core")
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
        "astropy", "pyvo", "gaiaxpy", "kcorrect", "skypy", "streamlit", "altair", "plotly",
        "onnxruntime", "tf2onnx", "keras_tuner",
    }  # fmt: skip
