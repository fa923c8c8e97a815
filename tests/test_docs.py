"""What the documents promise: their commands exist, those that need no archive run."""

import itertools
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import core
from core.cli import main
from core.prediction.flags import SENTENCES
from core.prediction.predictor import Predictor
from tests.support.commands import check_parses, put_on_path
from tests.support.faults import SOAK

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)^```$", re.MULTILINE)


def commands(page, kinds):
    for kind, block in FENCE.findall(page.read_text()):
        if kind in kinds:
            yield from (line for line in block.splitlines() if re.search(r"(^|\(|&& )xpz ", line))


KINDS = ("", "sh", "sh long", "sh archive")
ALL = [(page.name, line) for page in PAGES for line in commands(page, KINDS)]


def test_there_are_commands_to_check():
    assert {"README.md", "from-archive-to-redshifts.md"} <= {name for name, _ in ALL}


@pytest.mark.parametrize(("page", "line"), ALL)
def test_every_command_is_understood(page, line, monkeypatch):
    check_parses(line, monkeypatch)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Be where a clone lies that nobody has used, as far as data and runs go."""
    for folder in ("assets/runs", "data/samples"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("simulated-20k.parquet", "simulated-20k.card.json"):
        (tmp_path / "data" / name).symlink_to(ROOT / "data" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_needs_no_archive_runs_as_it_stands(page, shipped):
    """In their order; README's for a beginner are among them."""
    lines = list(commands(page, ("sh",)))
    assert lines or page.name not in ("README.md", "from-archive-to-redshifts.md")
    for line in lines:
        result = CliRunner().invoke(main, shlex.split(line)[1:])
        assert result.exit_code == 0, f"{line}\n{result.output}"


@pytest.mark.skipif(not SOAK, reason="takes minutes; make soak")
@pytest.mark.timeout(3600)
def test_the_long_commands_of_the_first_page_run_in_their_order(shipped, monkeypatch):
    blocks = FENCE.findall((ROOT / "README.md").read_text())
    script = "".join(block for kind, block in blocks if kind in ("sh", "sh long"))
    assert "xpz worker --runs-dir runs --once" in script
    put_on_path(shipped, monkeypatch)
    for name in ("XPZ_RUNS_DIR", "XPZ_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    words = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert (shipped / "catalogue" / "_metadata").is_file()
    assert not re.search(r"Traceback|[\x1b\r]", done.stdout + done.stderr)


def test_the_library_example_is_short_and_runs(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    (block,) = [
        block for kind, block in FENCE.findall((ROOT / "README.md").read_text()) if kind == "python"
    ]
    assert len([line for line in block.splitlines() if line]) <= 10
    exec(compile(block, "README.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("MAE 0.0")
    assert "compact-20k is better than dissertation-20k" in second


@pytest.mark.parametrize("run", ["compact-20k", "dissertation-20k"])
def test_the_networks_page_gives_what_xpz_does_before_its_calibration(run, monkeypatch):
    monkeypatch.chdir(ROOT)
    ((_, block),) = FENCE.findall((ROOT / "docs" / "onnx.md").read_text())
    found = {}
    exec(compile(block.replace("compact-20k", run), "onnx.md", "exec"), found)
    predictor, spectra = Predictor(f"assets/runs/{run}"), (found["flux"], found["flux_error"])
    assert found["z"] == pytest.approx(predictor.predict(*spectra), abs=1e-5)
    if predictor.head == "mixture":
        ours = predictor.mixtures(*spectra)
        for name in ("weights", "means", "sigmas"):
            assert found[name] == pytest.approx(getattr(ours, name), abs=1e-4)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", FENCE.sub("", page.read_text()))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_what_the_readmes_commands_write_is_no_change_of_the_repository():
    written = {
        word for line in commands(PAGES[0], ("", "sh", "sh archive"))
        for option, word in itertools.pairwise(shlex.split(line, comments=True))
        if option in ("--out", "--pz", "--runs-dir")
    }  # fmt: skip
    assert len(written) > 5
    answer = subprocess.run(
        ["git", "check-ignore", *written, "RUN_ID.zip"], cwd=ROOT, capture_output=True, text=True
    )
    if answer.returncode == 128:
        pytest.skip(f"no repository of git: {answer.stderr}")
    assert set(answer.stdout.split()) == written | {"RUN_ID.zip"}


def test_the_librarys_page_has_every_name():
    page = (ROOT / "docs" / "api.md").read_text()
    assert sorted(re.findall(r"^::: core\.(\w+)$", page, re.MULTILINE)) == sorted(core.__all__)


def test_the_site_leads_to_every_page():
    nav = (ROOT / ".packaging" / "mkdocs.yml").read_text().partition("nav:")[2]
    pages = {page.relative_to(ROOT / "docs").as_posix()
             for kind in ("*.md", "*.ipynb") for page in (ROOT / "docs").rglob(kind)}  # fmt: skip
    assert pages == {page for page in pages if f": {page}\n" in nav}


def test_every_flag_stands_in_the_documents_with_its_sentence():
    page = (ROOT / "docs" / "from-archive-to-redshifts.md").read_text()
    for flag, sentence in SENTENCES.items():
        assert f"| {flag.value} | `{flag.name}` | {sentence} |" in page
