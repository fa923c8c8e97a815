"""Many runs in the folder: what their files hold is read once, not in each run of a script."""

import pytest

from benchmarks.many_runs import make_runs
from core import stored, versions

N = 12


@pytest.fixture
def parsed(monkeypatch):
    """How many files of JSON were read, as a list that grows."""
    found, parse = [], stored.parse_table

    def counted(text):
        found.append(text)
        return parse(text)

    monkeypatch.setattr(stored, "parse_table", counted)
    monkeypatch.setattr(versions, "SETTLED_SECONDS", -1e9)
    return found


@pytest.mark.parametrize("screen", ["home", "runs", "compare"])
def test_a_later_visit_reads_no_file_again(screen, parsed, folders, dataset, open_screen):
    make_runs(folders / "runs", N)
    app = open_screen(screen)
    assert not app.exception
    assert not app.error
    assert N <= len(parsed) <= 4 * N + 1
    parsed.clear()
    open_screen(screen)
    assert not parsed
    status = folders / "runs" / "run-0003" / "status.json"
    status.write_text(status.read_text().replace('"done"', '"failed"'))
    open_screen(screen)
    assert len(parsed) == 1
