import shutil
from datetime import UTC, datetime, timedelta

import pytest
from filelock import FileLock

from core.errors import RunError
from core.jobs import empty_trash, list_deleted
from core.runs import SHIPPED_RUNS, Run, Start, Status, list_runs, open_run
from core.runs.trash import delete, tuned_from, undelete
from core.trash import KEEP_DAYS


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_deleted_run_is_gone_from_the_list_and_comes_back_as_it_was(make_run):
    run, other = make_run(), make_run("other")
    run.write_status(Status("done"))
    before = content(run.path)
    deleted = delete(run)
    assert list_runs(run.root) == [other]
    assert [each.job.run_id for each in list_deleted(Run, run.root)] == ["toy"]
    assert undelete(deleted) == run
    assert content(run.path) == before
    assert list_deleted(Run, run.root) == []


def test_an_id_can_be_deleted_more_than_once(make_run):
    first = make_run()
    first.write_status(Status("done", message="first"))
    delete(first)
    second = make_run()
    second.write_status(Status("done", message="second"))
    with pytest.raises(RunError, match="Another run 'toy' exists now"):
        undelete(list_deleted(Run, first.root)[0])
    delete(second)
    newest, oldest = list_deleted(Run, first.root)
    assert newest.deleted > oldest.deleted
    assert undelete(oldest).status().message == "first"


def test_a_run_that_came_back_from_its_bundle_is_called_the_same(make_run):
    run = make_run()
    run.write_status(Status("done"))
    config = (run.path / "config.json").read_bytes()
    run.onnx_path.write_bytes(b"network")
    deleted = delete(run)
    run.path.mkdir()
    (run.path / "config.json").write_bytes(config)
    run.onnx_path.write_bytes(b"network")
    with pytest.raises(RunError, match="'toy' already exists with the same network"):
        undelete(deleted)
    run.onnx_path.write_bytes(b"another")
    with pytest.raises(RunError, match="Another run 'toy' exists now"):
        undelete(deleted)


@pytest.mark.parametrize("lock", ["worker.lock", "start.lock", "map.lock"])
def test_a_run_at_work_is_not_deleted(make_run, lock):
    run = make_run()
    run.write_status(Status("running"))
    with (
        FileLock(run.path / lock),
        pytest.raises(RunError, match="'toy' is active; cancel it first"),
    ):
        delete(run)
    assert list_runs(run.root) == [run]
    assert list_deleted(Run, run.root) == []


def test_a_damaged_run_can_be_deleted(make_run):
    run = make_run()
    (run.path / "status.json").write_text("{")
    delete(run)
    assert list_runs(run.root) == []


def test_a_run_that_came_with_xpz_is_not_deleted():
    with pytest.raises(RunError, match="came with xpz; only"):
        delete(open_run(SHIPPED_RUNS, "compact-20k"))
    assert open_run(SHIPPED_RUNS, "compact-20k").is_complete


def test_a_network_that_a_training_waits_to_begin_with_is_kept(make_run):
    run = make_run()
    run.write_status(Status("done"))
    tuned = make_run("tuned", start=Start("toy", "../toy", "0" * 64))
    assert tuned_from(run, list_runs(run.root)) == [tuned]
    assert tuned_from(tuned, list_runs(run.root)) == []
    with (
        tuned.worker_lock(),
        pytest.raises(RunError, match="'tuned' is about to start from the network of 'toy'"),
    ):
        delete(run)
    with tuned.worker_lock():
        tuned.checkpoint_path.touch()
        delete(run)
    assert list_runs(run.root) == [tuned]


def test_the_trash_is_emptied_of_what_is_old_or_of_everything(make_run, tmp_path):
    runs = [make_run(name) for name in ("one", "two", "three")]
    for run in runs:
        run.write_status(Status("done"))
    old = delete(runs[0])
    long_ago = datetime.now(UTC) - timedelta(days=KEEP_DAYS + 1)
    old.job.root.rename(old.job.root.with_name(long_ago.strftime("%Y%m%dT%H%M%S%fZ")))
    delete(runs[1])
    assert [each.job.run_id for each in list_deleted(Run, tmp_path / "runs")] == ["two"]
    delete(runs[2])
    assert empty_trash(Run, tmp_path / "runs") == 2
    assert list_deleted(Run, tmp_path / "runs") == []
    assert list_runs(tmp_path / "runs") == []


def test_what_was_emptied_meanwhile_cannot_come_back(make_run):
    run = make_run()
    run.write_status(Status("done"))
    deleted = delete(run)
    empty_trash(Run, run.root)
    with pytest.raises(RunError, match="'toy' is not in the trash any more"):
        undelete(deleted)


def test_what_is_no_deleted_run_is_neither_listed_nor_removed(make_run):
    run = make_run()
    trash = run.root / ".trash"
    (trash / "mine").mkdir(parents=True)
    (trash / "20260101T000000000000Z").mkdir()
    (trash / "20260101T000000000000Z" / "notes.txt").write_text("keep")
    assert list_deleted(Run, run.root) == []
    assert empty_trash(Run, run.root) == 0
    assert (trash / "20260101T000000000000Z" / "notes.txt").read_text() == "keep"
    shutil.rmtree(trash)
    assert list_deleted(Run, run.root) == []
