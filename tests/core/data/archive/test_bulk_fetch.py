"""Spectra from bulk files: the rows that are asked for, each once, whatever ends a start."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import core
from core.cli import main
from core.data import fetch_bulk, open_bulk
from core.data.archive import bulk_fetch
from core.data.archive.bulk_bytes import ServerError
from core.data.archive.download import fetch
from core.errors import DataError
from tests.support.archive_bulk import (
    CONFIG,
    NAMES,
    BulkServer,
    ids_of,
    make_bulk_files,
    pack,
)
from tests.support.commands import check_documented
from tests.support.faults import SOAK
from tests.support.xp_archive_files import make_sources, samples

ROOT = Path(__file__).parents[4]
N = 4
ASKED = [(0, 1), (0, 3), (2, 0), (3, 2)]
"""Files and rows of the sources that are asked for; none is in the second file."""


@pytest.fixture(scope="module")
def files():
    return make_bulk_files(N)


@pytest.fixture
def server(files):
    with BulkServer(files) as server:
        yield server


@pytest.fixture
def ids():
    """Ids in no order, one of which no file has, and one twice."""
    found = [int(ids_of(number, N)[row]) for number, row in ASKED]
    return np.array([*found[::-1], found[0], found[0] + 1])


def contents(folder):
    """Return all that a fetch leaves, but for the time of its report."""
    report = json.loads((folder / "report.json").read_text())
    told = {path.name: path.read_bytes() for path in sorted((folder / "xp").iterdir())}
    for name in ("fetch.json", "sources.parquet", "without_spectra.csv"):
        told[name] = (folder / name).read_bytes()
    inside = sorted(path.name for path in (folder / "bulk").iterdir())
    return told, inside, {key: value for key, value in report.items() if key != "finished"}


def test_rows_of_the_asked_sources_are_kept_as_they_are(server, ids, tmp_path):
    said, seen = [], []
    report = fetch_bulk(
        tmp_path / "got", open_bulk(server.url, CONFIG), ids, say=said.append,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert (report.n_asked, report.n_spectra, report.n_without, report.n_repeated) == (5, 4, 1, 1)
    assert {name for name, _ in server.bytes_asked()} == {NAMES[0], NAMES[2], NAMES[3]}
    assert said[0].endswith(": 3 of 4 files may hold one of 5 ids.")
    total = sum(len(server.files[name]) for name in (NAMES[0], NAMES[2], NAMES[3]))
    assert seen[-1] == (total, total)
    kept = sorted((tmp_path / "got" / "xp").iterdir())
    assert [path.name for path in kept] == [name.replace("csv.gz", "parquet") for name in NAMES
                                            if name != NAMES[1]]  # fmt: skip
    assert {path.name for path in (tmp_path / "got" / "bulk").iterdir()} == {
        f"{name}.json" for name in NAMES if name != NAMES[1]
    }
    listed = pd.read_csv(tmp_path / "got" / "without_spectra.csv")
    assert listed["source_id"].tolist() == [ids[-1]]
    for number, path in zip((0, 2, 3), kept, strict=True):
        made = make_sources(N, seed=number)
        rows = [row for file, row in ASKED if file == number]
        (spectra,) = core.open_spectra(path).chunks()
        assert spectra.source_id.tolist() == ids_of(number, N)[rows].tolist()
        np.testing.assert_allclose(spectra.flux, samples(made)[rows], rtol=1e-5)
        assert np.isfinite(spectra.flux_error).all()
        table = pd.read_parquet(path)
        for column in ("bp_coefficients", "rp_coefficient_errors", "bp_coefficient_correlations"):
            cells = {name: cells for name, *_, cells in made.columns()}[column]
            for row, found in zip(rows, table[column], strict=True):
                np.testing.assert_array_equal(found, cells[row])
        assert table["bp_n_parameters"].tolist() == [55] * len(rows)


def test_the_folder_serves_whoever_takes_a_fetch(server, ids, tmp_path):
    fetch_bulk(tmp_path / "got", open_bulk(server.url, CONFIG), ids)
    found = np.sort(ids[:4])
    pd.DataFrame({"source_id": found, "z": [0.1, 0.2, 0.3, 0.4]}).to_csv(tmp_path / "z.csv")
    built = core.build_dataset([tmp_path / "got"], tmp_path / "set.parquet", tmp_path / "z.csv")
    assert built.card.n_galaxies == 4
    with pytest.raises(DataError, match="holds the result of another query"):
        fetch_bulk(tmp_path / "got", open_bulk(server.url, CONFIG), ids[:2])
    with pytest.raises(DataError, match="holds the result of another query"):
        fetch(tmp_path / "got", replace(CONFIG, server=server.root), ids=ids)


def test_what_is_finished_is_not_brought_again(server, ids, tmp_path):
    bulk = open_bulk(server.url, CONFIG)
    fetch_bulk(tmp_path / "got", bulk, ids)
    before, n = contents(tmp_path / "got"), len(server.asked)
    fetch_bulk(tmp_path / "got", bulk, ids, workers=1)
    assert contents(tmp_path / "got") == before
    assert len(server.asked) == n
    (tmp_path / "got" / "xp" / NAMES[2].replace("csv.gz", "parquet")).unlink()
    fetch_bulk(tmp_path / "got", bulk, ids)
    assert contents(tmp_path / "got") == before
    assert server.bytes_asked()[n:] == [(NAMES[2], None)]


def test_files_that_failed_are_listed_and_the_next_start_brings_them(
    server, ids, tmp_path, monkeypatch
):
    server.wrong = {NAMES[2]}
    server.trouble = {NAMES[3]: ["missing"]}
    with pytest.raises(DataError, match=r"2 of 3 files could not be brought: .*failed\.csv lists"):
        fetch_bulk(tmp_path / "got", open_bulk(server.url, CONFIG), ids)
    listed = pd.read_csv(tmp_path / "got" / "failed.csv").set_index("file")["reason"]
    assert "its checksum is wrong" in listed[NAMES[2]]
    assert "HTTP 404" in listed[NAMES[3]]
    assert not (tmp_path / "got" / "report.json").exists()
    server.wrong, n = set(), len(server.asked)
    assert fetch_bulk(tmp_path / "got", open_bulk(server.url, CONFIG), ids).n_spectra == 4
    assert {name for name, _ in server.bytes_asked()[n:]} == {NAMES[2], NAMES[3]}
    assert not (tmp_path / "got" / "failed.csv").exists()


@pytest.mark.parametrize("trouble", ["login", "forbidden"])
def test_a_server_that_wants_a_login_ends_it_at_once(server, ids, tmp_path, trouble):
    server.trouble = {NAMES[0]: [trouble]}
    with pytest.raises(ServerError):
        fetch_bulk(tmp_path / "got", open_bulk(server.url, CONFIG), ids, workers=1)
    assert server.bytes_asked() == [(NAMES[0], None)]


def test_what_ends_the_work_is_told_and_not_that_another_file_was_called_off(
    server, ids, tmp_path, monkeypatch
):
    called_off = threading.Event()

    class Slow(threading.Event):
        def set(self):
            if not self.is_set():
                super().set()
                called_off.set()
                time.sleep(0.5)  # in which the other thread finds out

    tally = bulk_fetch._Tally
    monkeypatch.setattr(bulk_fetch, "_Tally", lambda total: tally(total, called_off=Slow()))
    server.trouble = {NAMES[0]: ["forbidden"]}
    server.witness = lambda name: called_off.wait(5)
    with pytest.raises(ServerError, match="HTTP 403"):
        fetch_bulk(tmp_path / "got", open_bulk(server.url, CONFIG), ids, workers=2)


def test_rows_that_come_twice_are_kept_once(server, files, ids, tmp_path):
    made = make_sources(N, seed=2)
    made.source_id = ids_of(2, N)
    names, *rows = made.to_bytes("ecsv").decode().split("source_id,", 1)
    head, *lines = rows[0].strip().split("\n")
    twice = [names + "source_id," + head, *lines, *lines]
    server.files[NAMES[2]] = pack(("\n".join(twice) + "\n").encode())
    report = fetch_bulk(tmp_path / "got", open_bulk(server.url, CONFIG), ids)
    assert report.n_spectra == 4
    table = pd.read_parquet(tmp_path / "got" / "xp")
    assert sorted(table["source_id"]) == sorted(ids[:4])
    record = json.loads((tmp_path / "got" / "bulk" / f"{NAMES[2]}.json").read_text())
    assert (record["n_read"], record["n_spectra"], record["n_repeated"]) == (2 * N, 1, 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pack(b"name,mag\na,1\n"), "expected a column source_id, found name, mag"),
        (pack(b"source_id,x\n1,[1"), "the file is truncated"),
        (b"\x1f\x8bno gzip", "damaged or truncated"),
    ],
)
def test_a_file_that_is_damaged_on_the_server_is_named(server, ids, tmp_path, content, words):
    server.files[NAMES[2]] = content
    with pytest.raises(DataError, match=f"1 of 3 files could not be brought: .*{words}"):
        fetch_bulk(tmp_path / "got", open_bulk(server.url, CONFIG), ids)
    assert not (tmp_path / "got" / "bulk" / NAMES[2]).exists()


def run(*words):
    return CliRunner().invoke(main, ["fetch", *map(str, words)])


def write_ids(ids, path):
    path.write_text("".join(f"{source}\n" for source in ids))
    return path


def test_the_command_tells_what_it_takes_and_what_came(server, ids, tmp_path):
    words = ("--bulk", server.url, "--ids", write_ids(ids, tmp_path / "ids.txt"))
    told = run(*words, "--out", tmp_path / "got", "--dry-run")
    assert told.exit_code == 0, told.output
    assert f"{server.url}: 3 of 4 files may hold one of 5 ids." in told.stdout
    planned = json.loads(run(*words, "--out", tmp_path / "got", "--dry-run", "--json").stdout)
    check_documented("xpz fetch --dry-run", planned)
    assert planned.items() >= {"n_files": 3, "n_all": 4, "n_ids": 5, "workers": 2}.items()
    assert planned["room"] == 2 * planned["largest"] + planned["kept"]
    assert not (tmp_path / "got").exists()
    assert not server.asked
    done = run(*words, "--out", tmp_path / "got")
    assert done.exit_code == 0, done.output
    assert "3 of 4 files may hold one of 5 ids." in done.stderr
    assert done.stdout.startswith(f"{tmp_path / 'got'}: 4 spectra of 5 sources\n")
    left = json.loads(run(*words, "--out", tmp_path / "got", "--dry-run", "--json").stdout)
    assert left.items() >= {"n_files": 0, "n_before": 3, "n_bytes": 0}.items()
    left = run(*words, "--out", tmp_path / "got", "--dry-run").stdout
    assert "Read before: 3.\nNothing is left to bring." in left


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--bulk", "Gaia DR3"), "--bulk takes sources by their --ids"),
        (("--bulk", "Gaia DR3", "--ids", "ids.txt", "--login"), "--bulk needs no --login"),
        (("--bulk", "there", "--ids", "ids.txt"), "expected a release such as 'Gaia DR3', or"),
        (("--ids", "ids.txt", "--workers", 2), "--workers and --dry-run are for bulk files"),
        (("--ids", "ids.txt", "--dry-run"), "--workers and --dry-run are for bulk files"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    write_ids([1], tmp_path / "ids.txt")
    found = run(*words, "--out", "got")
    assert found.exit_code == 1
    assert said in found.stderr
    assert not (tmp_path / "got").exists()


def test_killed_at_any_moment_the_same_command_ends_with_the_same_files(server, ids, tmp_path):
    words = ["fetch", "--bulk", server.url, "--ids", write_ids(ids, tmp_path / "ids.txt")]
    command = [sys.executable, "-c", "from core.cli import main; main()", *map(str, words)]
    pieces = []
    server.witness = pieces.append
    assert run(*words[1:], "--out", tmp_path / "whole").exit_code == 0
    expected, n_pieces = contents(tmp_path / "whole"), len(pieces)
    moments = np.random.default_rng().permutation(n_pieces)[: 20 if SOAK else 1] + 1
    for moment in moments.tolist():
        folder = tmp_path / f"killed-{moment}"
        pieces.clear()
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, "--out", str(folder)], cwd=ROOT, stdout=log, stderr=log
            )

            def witness(name, process=process, moment=moment):
                pieces.append(name)
                if len(pieces) == moment:
                    os.kill(process.pid, signal.SIGKILL)

            server.witness = witness
            assert process.wait(120) == -signal.SIGKILL, (tmp_path / "log").read_text()
        server.witness = lambda name: None
        done = run(*words[1:], "--out", folder)
        assert done.exit_code == 0, done.output
        assert contents(folder) == expected, f"killed at piece {moment}"
