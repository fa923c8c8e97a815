"""What the menu's About says, in a clone and as a wheel."""

import tomllib

import pytest

from dashboard.shared import about, state

PROJECT = tomllib.loads((state.PROJECT / "pyproject.toml").read_text())["project"]


@pytest.fixture(autouse=True)
def anew():
    about.about.cache_clear()
    yield
    about.about.cache_clear()


def test_it_tells_version_licence_citation_and_documentation():
    said = about.about()
    assert f"**xpz {PROJECT['version']}**" in said
    assert PROJECT["license"] in said
    assert "`CITATION.cff`" in said
    assert "`docs`" in said or "`build/site/index.html`" in said
    assert "http" not in said


def test_of_a_wheel_it_names_no_file_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(about, "PROJECT", tmp_path)
    said = about.about()
    assert "CITATION.cff" not in said
    assert "xpz COMMAND --help" in said
    (tmp_path / "docs").mkdir()
    (tmp_path / "build" / "site").mkdir(parents=True)
    (tmp_path / "build" / "site" / "index.html").touch()
    about.about.cache_clear()
    assert "`build/site/index.html`" in about.about()
