"""Two sessions, commands or servers that write one file at once: it is one of theirs, whole."""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.atomic import replacing, write_json
from core.errors import XpzError
from core.jobs import list_deleted
from core.runs import Annotations, Run, list_runs
from core.runs.trash import delete
from tests.support.made_runs import make_run

__all__ = ["make_run"]

ROOT = Path(__file__).parents[2]
WRITE = """
import sys
from pathlib import Path
from core.atomic import write_json
print("ready", flush=True)
sys.stdin.readline()
for number in range(200):
    write_json(Path(sys.argv[1]), {"who": sys.argv[2], "what": [number] * 2000})
"""


def whole(path):
    found = json.loads(path.read_text())
    assert len(set(found["what"])) == 1
    assert len(found["what"]) == 2000
    return found["who"]


def test_two_threads(tmp_path):
    path, failed, seen = tmp_path / "notes.json", [], set()
    write_json(path, {"who": "first", "what": [0] * 2000})

    def write(who):
        try:
            for number in range(200):
                write_json(path, {"who": who, "what": [number] * 2000})
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(str(i),)) for i in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen.add(whole(path))
    assert not failed
    assert len(seen) > 1
    assert os.listdir(tmp_path) == ["notes.json"]


def test_two_processes(tmp_path):
    path = tmp_path / "notes.json"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, str(path), who], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for who in ("one", "other")
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    while not path.exists():
        assert writers[0].poll() is None or path.exists()
    while any(writer.poll() is None for writer in writers):
        whole(path)
    assert [writer.returncode for writer in writers] == [0, 0]
    for writer in writers:
        writer.stdin.close()
        writer.stdout.close()
    assert os.listdir(tmp_path) == ["notes.json"]


def test_what_a_killed_writer_left_is_overwritten(tmp_path):
    (tmp_path / ".notes.json").write_text("x" * 1000)
    with replacing(tmp_path / "notes.json") as temporary:
        assert temporary == tmp_path / ".notes.json"
        with replacing(tmp_path / "notes.json") as another:
            assert another != temporary
            another.write_text("another")
        temporary.write_text("mine")
    assert (tmp_path / "notes.json").read_text() == "mine"
    assert os.listdir(tmp_path) == ["notes.json"]


def test_of_what_is_written_on_a_run_at_the_same_time_nothing_is_lost(make_run, monkeypatch):
    """As a page's callbacks do: who leaves a field starts one beside that of the field before."""
    read = Run.annotations

    def slowly(run):
        written = read(run)
        time.sleep(0.1)
        return written

    monkeypatch.setattr(Run, "annotations", slowly)
    run = make_run()
    changes = [{"name": "ours"}, {"tags": ("paper",)}, {"notes": "Section 4."}, {"pinned": True}]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda change: Run(run.path).annotate(**change), changes))
    assert read(run) == Annotations("ours", ("paper",), "Section 4.", pinned=True)


def test_two_servers_on_one_folder_of_runs(make_run, tmp_path):
    """What one writes, the other shows; what one deletes twice is deleted once."""
    run = make_run()
    run.end("failed", "no")
    ours, theirs = Run(run.path), Run(run.path)
    ours.annotate(name="ours")
    assert theirs.annotations().name == "ours"
    theirs.annotate(name="theirs", archived=True)
    assert ours.annotations() == Annotations("theirs", archived=True)
    delete(ours)
    with pytest.raises(XpzError, match="is not there any more"):
        delete(theirs)
    assert list_runs(run.root) == []
    assert [each.job.run_id for each in list_deleted(Run, run.root)] == [run.run_id]
