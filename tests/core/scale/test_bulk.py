"""Catalogues of bulk files: each is brought, read and deleted; the rows are those of the files."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from core.atomic import write_json
from core.cli import main
from core.config import to_dict
from core.data import open_bulk
from core.data.instrument import Instrument
from core.errors import DataError
from core.prediction import Estimator, predict_files
from core.prediction.instrument import OtherInstrumentError
from core.runs import Run
from core.scale import predict_folder
from core.scale.folder import CatalogueFolder
from core.scale.inputs import bulk_inputs
from core.scale.piece import work_on
from core.scale.question import Question
from core.scale.remote import Remote, brought
from core.scale.work import Work
from tests.core.scale.conftest import assert_is_single
from tests.support.archive_bulk import CONFIG, NAMES, BulkServer, ids_of, make_bulk_files
from tests.support.faults import SOAK
from tests.support.xp_archive_files import sources_of

ROOT = Path(__file__).parents[3]
N = 5


@pytest.fixture(scope="module")
def files(galaxies):
    def of_galaxies(number):
        part = galaxies.take(np.arange(N * number, N * number + N))
        return sources_of(part.flux, part.source_id)

    return make_bulk_files(N, of_galaxies)


@pytest.fixture
def server(files):
    with BulkServer(files) as server:
        yield server


@pytest.fixture(scope="module")
def ids():
    """Ids of three files, and one that the second has not."""
    found = [ids_of(0, N)[1:3], ids_of(2, N)[:2], ids_of(3, N)[4:], ids_of(1, N)[:1] + 1]
    return np.sort(np.concatenate(found))


@pytest.fixture(scope="module")
def single_of_bulk(mixture_run, files, ids, tmp_path_factory):
    """What a single process makes of the files on the disk."""
    folder = tmp_path_factory.mktemp("files")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return predict_files(mixture_run, [folder / name for name in NAMES], only=ids)


def test_the_parts_hold_what_the_files_do_and_no_file_stays(
    mixture_run, server, ids, single_of_bulk, cluster, tmp_path
):
    words = {"ids": ids, "scheduler": cluster.address}
    server.trouble = {NAMES[0]: ["cut"]}
    done = predict_folder(mixture_run, open_bulk(server.url, CONFIG), tmp_path / "z", **words)
    assert_is_single(tmp_path / "z", single_of_bulk)
    assert (done.rows, done.files, done.failed) == (5, 4, {})
    assert (done.account.rows, done.account.left_out["not asked for"]) == (4 * N, 4 * N - 5)
    assert not (tmp_path / "z" / "_xpz" / "bulk").exists()
    n = len(server.asked)
    # Another server with the same files, under another address: nothing is left to do.
    with BulkServer(server.files, "/mirror/") as mirror:
        again = predict_folder(mixture_run, open_bulk(mirror.url, CONFIG), tmp_path / "z", **words)
        assert (again.skipped, again.rows, mirror.asked) == (4, 5, [])
    assert len(server.asked) == n
    # A file that changed on the server is done anew, and takes the place of what it was.
    server.files[NAMES[0]] = make_bulk_files(N)[NAMES[0]]
    words["scheduler"] = cluster.address
    again = predict_folder(mixture_run, open_bulk(server.url, CONFIG), tmp_path / "z", **words)
    assert (again.skipped, again.rows) == (3, 5)
    assert server.bytes_asked()[n:] == [(NAMES[0], None)]


def test_files_that_fail_are_listed_and_brought_again_when_asked(
    mixture_run, server, ids, single_of_bulk, cluster, tmp_path
):
    server.wrong, server.trouble = {NAMES[2]}, {NAMES[3]: ["missing"]}
    words = {"ids": ids, "scheduler": cluster.address}
    done = predict_folder(mixture_run, open_bulk(server.url, CONFIG), tmp_path / "z", **words)
    assert set(done.failed) == {server.url + NAMES[2], server.url + NAMES[3]}
    listed = pd.read_csv(tmp_path / "z" / "_xpz" / "failed.csv").set_index("file")["reason"]
    assert "its checksum is wrong" in listed[server.url + NAMES[2]]
    assert "HTTP 404" in listed[server.url + NAMES[3]]
    server.wrong, n = set(), len(server.asked)
    # That of a wrong checksum in the list is another file by now.
    done = predict_folder(mixture_run, open_bulk(server.url, CONFIG), tmp_path / "z", **words)
    assert set(done.failed) == {server.url + NAMES[3]}
    done = predict_folder(
        mixture_run, open_bulk(server.url, CONFIG), tmp_path / "z", retry_failed=True, **words
    )
    assert not done.failed
    assert [name for name, _ in server.bytes_asked()[n:]] == [NAMES[2], NAMES[3]]
    assert_is_single(tmp_path / "z", single_of_bulk)


def test_a_server_that_is_gone_ends_the_work_and_the_next_start_goes_on(
    mixture_run, server, files, ids, single_of_bulk, cluster, tmp_path
):
    words = {"ids": ids, "scheduler": cluster.address}
    with BulkServer(files) as other:
        other.trouble = {NAMES[3]: ["cut", "gone", "gone"]}
        bulk = open_bulk(other.url, replace(CONFIG, tries=2))
        with pytest.raises(DataError, match="could not be reached in 2 tries"):
            predict_folder(mixture_run, bulk, tmp_path / "z", **words)
        half = len(files[NAMES[3]]) // 2
        part = tmp_path / "z" / "_xpz" / "bulk" / f".{NAMES[3]}.part"
        assert part.stat().st_size == half
        done = predict_folder(mixture_run, bulk, tmp_path / "z", **words)
        assert (NAMES[3], f"bytes={half}-") in other.bytes_asked()  # others may come later
    assert not done.failed
    assert_is_single(tmp_path / "z", single_of_bulk)


def test_files_of_another_release_are_refused_before_any_is_brought(mixture_run, files, tmp_path):
    with BulkServer(files, "/Gaia/gdr4/xp/") as server:
        bulk = open_bulk(server.url, CONFIG)
        with pytest.raises(OtherInstrumentError) as refused:
            predict_folder(mixture_run, bulk, tmp_path / "z")
        assert str(refused.value).startswith(f"{server.url}: expected spectra of Gaia DR3")
        assert not server.bytes_asked()
    assert not (tmp_path / "z").exists()


def test_where_the_address_does_not_tell_the_first_file_ends_the_work(mixture_run, files, tmp_path):
    run = Run(tmp_path / mixture_run.run_id)
    shutil.copytree(mixture_run.path, run.path)
    config = replace(mixture_run.config.data, instrument=Instrument("Gaia DR4"))
    write_json(run.path / "config.json", to_dict(replace(mixture_run.config, data=config)))
    with BulkServer(files, "/mirror/") as server:
        inputs, _ = bulk_inputs(open_bulk(server.url, CONFIG), None, tmp_path / "bulk")
        nothing = {"with_densities": False, "ids": None, "ids_path": tmp_path / "ids.npy"}
        question = Question.of(Estimator(run), {}, **nothing)
        work = Work(CatalogueFolder(tmp_path / "z"), question, inputs, lambda _: None)
        work.plan(retry_failed=False)
        work.folder.begin(question.settings(), question.provenance)
        outcome = work_on(next(work._pieces()), question)
        first = server.url + inputs[0].file
    assert outcome.state == "stop", outcome.reason
    assert outcome.reason.startswith(f"{first}: expected spectra of Gaia DR4")
    assert not inputs[0].path.exists()


@pytest.fixture
def xpz(mixture_run, ids, tmp_path):
    (tmp_path / "ids.txt").write_text("".join(f"{source}\n" for source in ids))

    def run(*words):
        command = ["predict", "--run", mixture_run.path, "--ids", tmp_path / "ids.txt", *words]
        return CliRunner().invoke(main, [str(word) for word in command])

    return run


def test_the_command_tells_what_it_takes(xpz, server, cluster, single_of_bulk, tmp_path):
    server.listing = None
    found = xpz("--bulk", server.url, "--out", f"{tmp_path}/z/", "--scheduler", cluster.address)
    assert found.exit_code == 0, found.output
    assert f"{server.url}: 4 of 4 files may hold one of 6 ids." in found.stderr
    assert "each file is deleted when it is read" in found.stderr
    assert f"{tmp_path}/z/: 5 spectra, 5 redshifts" in found.stdout
    assert "not brought again" not in found.stderr
    assert_is_single(tmp_path / "z", single_of_bulk)
    n = len(server.bytes_asked())
    again = xpz("--bulk", server.url, "--out", f"{tmp_path}/z/")
    assert f"what is finished in {tmp_path}/z is not brought again" in again.stderr
    assert "4 files were read before" in again.stdout
    assert len(server.bytes_asked()) == n


def test_what_does_not_go_together_is_refused(xpz, tmp_path):
    found = xpz("--bulk", "Gaia DR3", "--out", tmp_path / "z.csv")
    assert found.exit_code == 2
    assert "--bulk is for a folder of parts: --out z/" in found.stderr
    found = xpz("--bulk", "Gaia DR3", "--in", "a.csv", "--out", f"{tmp_path}/z/")
    assert found.exit_code == 2
    assert "not both" in found.stderr


@pytest.mark.skipif(not SOAK, reason="many processes start: make soak")
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("workers", "moment"),
    [*(("shared", moment) for moment in range(1, 60, 3)), *(("own", n) for n in (2, 21, 40, 59))],
)
def test_killed_at_any_moment_the_same_command_ends_with_the_same_rows(
    mixture_run, server, ids, single_of_bulk, cluster, tmp_path, workers, moment
):
    """Its own workers die with it; those of a scheduler go on with what they have begun."""
    (tmp_path / "ids.txt").write_text("".join(f"{source}\n" for source in ids))
    words = ("predict", "--run", mixture_run.path, "--bulk", server.url, "--out", f"{tmp_path}/z/")
    given = ("--workers", 2) if workers == "own" else ("--scheduler", cluster.address)
    words = [str(word) for word in (*words, "--ids", tmp_path / "ids.txt", *given)]
    with (tmp_path / "log").open("w") as log:
        command = [sys.executable, "-c", "from core.cli import main; main()", *words]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        pieces = []

        def witness(name):
            pieces.append(name)
            if len(pieces) == moment:
                os.kill(process.pid, signal.SIGKILL)

        server.witness = witness
        assert process.wait(400) == -signal.SIGKILL, (tmp_path / "log").read_text()
    server.witness = lambda name: None
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert_is_single(tmp_path / "z", single_of_bulk)
    parts = [path for path in (tmp_path / "z").iterdir() if path.name[0] not in "._"]
    assert len(parts) == 3  # one of the files has none of the ids


def test_a_task_that_runs_twice_at_a_time_waits_for_the_other(server, tmp_path):
    """As after a kill, when a worker of a scheduler goes on with what nobody asks for any more."""
    bulk = open_bulk(server.url, CONFIG)
    remote, order = Remote(bulk.files[0], bulk.config), []
    path = tmp_path / "bulk" / NAMES[0]

    def second():
        with brought(remote, path, lambda n: None):
            order.append("second")
            assert path.exists()

    thread = threading.Thread(target=second)
    with brought(remote, path, lambda n: None):
        thread.start()
        thread.join(0.3)  # it would be done by then
        order.append("first")
        assert path.exists()
    thread.join()
    assert order == ["first", "second"]
    assert not path.exists()


def test_bytes_that_have_come_count_as_done(server, ids, tmp_path, monkeypatch):
    monkeypatch.setattr("core.scale.remote.SECONDS_BETWEEN_TOLD", -1)
    bulk = open_bulk(server.url, CONFIG)
    inputs, _ = bulk_inputs(bulk, ids, tmp_path / "bulk")
    work = Work(CatalogueFolder(tmp_path / "z"), MagicMock(), inputs, lambda _: None)
    work.plan(retry_failed=False)
    piece = next(work._pieces())
    work._given(piece)

    def hear(n_bytes):
        work._hear((0.0, {"piece": piece.name, "bytes": n_bytes}))
        work._told()
        seen.append(work.progress.size_done)

    seen = []
    with brought(piece.remote, Path(piece.path), hear):
        assert seen == sorted(seen)
        assert 0 < seen[0] <= seen[-1] == bulk.files[0].size
    hear(2 * bulk.files[0].size)  # the list may tell less than there is
    assert seen[-1] == bulk.files[0].size
    assert work.progress.size == sum(file.size for file in bulk.files)
