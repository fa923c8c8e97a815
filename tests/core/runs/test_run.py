import dataclasses
import json
import os
import shutil

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from core.errors import ConfigError, RunError
from core.jobs.roots import JOB_ID, new_id
from core.model.presets import get_preset
from core.runs import (
    Run,
    Start,
    Status,
    create_run,
    list_runs,
    open_run,
)
from core.runs.run import METRICS


def set_state(run, state, **changes):
    run.write_status(Status(state, **changes))


def test_the_configuration_comes_back_as_it_went(make_run):
    run = make_run()
    again = open_run(run.root, "toy").config
    assert again == dataclasses.replace(run.config, created=again.created)
    assert again.recipe == get_preset("compact")
    assert again.split.seed == 3


def test_a_second_run_of_the_same_id_is_refused(make_run):
    make_run()
    with pytest.raises(RunError, match="'toy' exists already"):
        make_run()


@settings(deadline=None)
@given(st.text(max_size=80))
def test_only_plain_ids_are_opened(text):
    if JOB_ID.fullmatch(text):
        return
    with pytest.raises(RunError, match="Expected a run id"):
        open_run("runs", text)


@pytest.mark.parametrize(
    "run_id",
    [
        "..",
        "../toy",
        "a/b",
        "/etc",
        "toy\n",
        "Toy",
        "",
        ".hidden",
        "-x",
        "a" * 65,
        "a\0b",
        "a.b",
        "é",
    ],
)
def test_ids_that_lead_elsewhere_are_refused(make_run, run_id):
    run = make_run()
    with pytest.raises(RunError, match="Expected a run id"):
        open_run(run.root, run_id)
    with pytest.raises(RunError, match="Expected a run id"):
        make_run(run_id)


@pytest.mark.parametrize("run_id", ["searches", "inspections"])
def test_folders_that_hold_something_else_are_no_runs(make_run, run_id):
    with pytest.raises(RunError, match="a folder of that name is in use"):
        make_run(run_id)


def test_letters_with_marks_keep_their_letter():
    assert new_id("Ünï / first").startswith("uni-first-")


@settings(deadline=None)
@given(st.text(max_size=200))
def test_every_name_gives_a_valid_and_new_id(name):
    first, second = new_id(name), new_id(name)
    assert JOB_ID.fullmatch(first)
    assert JOB_ID.fullmatch(second)
    assert first != second


def test_an_id_begins_like_its_name():
    assert new_id("My first Run (compact)!").startswith("my-first-run-compact-")


def test_long_names_that_differ_at_their_end_differ_in_their_ids():
    long = "A wide network with fresh noise on simulated spectra, "
    first, second = (new_id(long + end)[:42] for end in ("seed 3", "seed 4"))
    assert first == "a-wide-network-with-fr--ted-spectra-seed-3"
    assert second == "a-wide-network-with-fr--ted-spectra-seed-4"


def test_links_out_of_the_root_are_neither_opened_nor_listed(make_run, tmp_path):
    run = make_run()
    outside = make_run("outside", tmp_path / "elsewhere")
    (run.root / "outside").symlink_to(outside.path)
    (run.root / "alias").symlink_to(run.path)
    for name in ("outside", "alias"):
        with pytest.raises(RunError, match="is a link"):
            open_run(run.root, name)
    assert list_runs(run.root) == [run]


def test_a_root_may_be_reached_through_a_link(make_run, tmp_path):
    run = make_run()
    (tmp_path / "link").symlink_to(run.root)
    assert open_run(tmp_path / "link", "toy") == run
    assert list_runs(tmp_path / "link") == [run]


def test_a_run_that_is_not_there(tmp_path):
    with pytest.raises(RunError, match="There is no run 'toy'"):
        open_run(tmp_path, "toy")


def test_runs_are_listed_newest_first_over_all_roots(make_run, tmp_path):
    shipped = tmp_path / "shipped"
    make_run("old", created="2026-01-01T00:00:00+00:00")
    make_run("middle", shipped, created="2026-02-01T00:00:00+00:00")
    make_run("new", created="2026-03-01T00:00:00+00:00")
    runs = list_runs(shipped, tmp_path / "missing", tmp_path / "runs")
    assert [run.run_id for run in runs] == ["new", "middle", "old"]


def test_what_is_no_run_is_left_out_and_damage_is_logged(make_run, caplog):
    caplog.set_level("INFO")
    run = make_run()
    (run.root / "empty").mkdir()
    (run.root / "Upper").mkdir()
    (run.root / "file").write_text("x")
    damaged = make_run("damaged")
    (damaged.path / "config.json").write_text("{")
    unknown = make_run("unknown")
    (unknown.path / "config.json").write_text('{"run_id": "unknown", "colour": 1}')
    assert list_runs(run.root) == [run]
    assert "'damaged': config.json is damaged" in caplog.text
    assert "unknown setting 'colour'" in caplog.text


def test_a_training_without_process_is_lost(make_run):
    run = make_run()
    for state in ("queued", "running"):
        set_state(run, state, epoch=4, epochs=9)
        status = run.status()
        assert status.state == "lost"
        assert status.epoch == 4
        assert "Resume continues after epoch 4" in status.message
        set_state(run, state, epoch=0, epochs=9)
        assert "No epoch was finished: Resume begins again" in run.status().message
        assert not run.is_active
    for state in ("done", "failed", "cancelled"):
        set_state(run, state)
        assert run.status().state == state


@pytest.mark.parametrize("lock", ["worker_lock", "start_lock"])
def test_a_training_lives_as_long_as_a_lock_is_held(make_run, lock):
    run = make_run()
    set_state(run, "running")
    with getattr(run, lock)():
        assert run.status().state == "running"
        assert run.is_active
    assert run.status().state == "lost"


def test_looking_at_a_lock_makes_no_file(make_run):
    run = make_run()
    before = set(os.listdir(run.path))
    assert not run.has_worker()
    assert run.status().state == "lost"
    assert set(os.listdir(run.path)) == before


def test_a_run_killed_after_its_summary_is_done(make_run):
    run = make_run()
    set_state(run, "running")
    run.write_summary({"best_epoch": 1})
    assert run.status().state == "done"


def test_the_state_lost_cannot_be_mistyped():
    with pytest.raises(ConfigError, match="unknown state 'lots'"):
        Status("lots")


def test_the_summary_marks_the_run_complete(make_run):
    run = make_run()
    assert not run.is_complete
    assert run.summary() is None
    with pytest.raises(RunError, match="has no predictions yet"):
        run.predictions()
    run.write_summary({"best_epoch": 3})
    assert run.is_complete
    assert run.summary() == {"best_epoch": 3}


def test_metrics_of_a_run_that_has_not_begun(make_run):
    metrics = make_run().metrics()
    assert len(metrics) == 0
    assert {"epoch", "loss", "val_mae", "seconds"} <= set(metrics.columns)


@settings(deadline=None)
@given(cut=st.integers(min_value=0))
def test_a_line_that_is_being_written_is_skipped(tmp_path_factory, cut):
    """Whatever part of the file is on disk, whole lines are read and nothing else."""
    path = tmp_path_factory.mktemp("run")
    record = dict.fromkeys(METRICS, 0.5)
    text = "".join(json.dumps({**record, "epoch": epoch}) + "\n" for epoch in (1, 2, 3))
    part = text[: cut % (len(text) + 1)]
    (path / "metrics.jsonl").write_text(part)
    assert list(Run(path).metrics()["epoch"]) == [1, 2, 3][: part.count("\n")]


def test_damage_inside_the_metrics_is_told(make_run):
    run = make_run()
    (run.path / "metrics.jsonl").write_text('{"epoch": 1}\n{"epo\n{"epoch": 3}\n')
    with pytest.raises(RunError, match=r"metrics\.jsonl is damaged"):
        run.metrics()


@pytest.mark.parametrize("kept", [0, 4, 0.5, 0.99])
def test_damaged_predictions_are_told(make_run, kept):
    run = make_run()
    table = pd.DataFrame({"source_id": range(500), "z_spec": 0.1, "z_pred": 0.2})
    table.to_parquet(run.predictions_path)
    assert_frame_equal(run.predictions(), table)
    content = run.predictions_path.read_bytes()
    run.predictions_path.write_bytes(content[: int(kept * len(content)) if kept < 1 else kept])
    with pytest.raises(RunError, match=r"'toy': predictions\.parquet is damaged"):
        run.predictions()


def test_a_failed_write_leaves_the_old_file(make_run):
    run = make_run()
    run.write_summary({"mae": 0.02})
    with pytest.raises(ValueError, match="not JSON compliant"):
        run.write_summary({"mae": float("nan")})
    assert run.summary() == {"mae": 0.02}
    assert not [name for name in os.listdir(run.path) if name.startswith(".")]


def test_a_run_can_be_moved(make_run, tmp_path):
    run = make_run()
    run.write_metrics([dict.fromkeys(METRICS, 0.5) | {"epoch": 1}])
    run.write_summary({"best_epoch": 1})
    set_state(run, "done")
    (tmp_path / "far").mkdir()
    shutil.move(run.path, tmp_path / "far" / "toy")
    moved = open_run(tmp_path / "far", "toy")
    assert moved.config.name == "Toy"
    assert moved.summary() == {"best_epoch": 1}
    assert moved.status().state == "done"
    assert list(moved.metrics()["loss"]) == [0.5]


def test_the_data_set_is_found_from_the_folder(make_run, tmp_path):
    run = make_run()
    assert run.data_path == tmp_path / "data" / "toy.parquet"


def test_the_end_of_the_log(make_run):
    run = make_run()
    assert run.log() == ""
    run.log_path.write_text("\n".join(f"line {i}" for i in range(50_000)))
    assert run.log(tail=2) == "line 49998\nline 49999"


def test_progress_and_rest_of_the_time():
    status = Status("running", epoch=2, epochs=10, step=50, steps=100, seconds=25.0)
    assert status.fraction == pytest.approx(0.25)
    assert status.seconds_left is None
    # Not at the mean speed so far: its first epoch compiles.
    assert dataclasses.replace(status, epoch_seconds=3.0).seconds_left == pytest.approx(22.5)
    assert Status("queued", epochs=10).seconds_left is None
    assert Status("done", epoch=10, epochs=10, steps=100).fraction == 1


def test_a_configuration_from_before_fine_tuning_still_opens(make_run):
    run = make_run()
    path = run.path / "config.json"
    content = json.loads(path.read_text())
    del content["start"]
    path.write_text(json.dumps(content))
    assert open_run(run.root, "toy").config.start is None


def test_the_start_of_a_fine_tuning_comes_back_as_it_went(make_run):
    run = make_run()
    start = Start("shipped", "../../assets/runs/shipped", "1" * 64)
    config = dataclasses.replace(run.config, run_id="tuned", start=start)
    assert create_run(run.root, config).config.start == start


def test_the_hash_of_a_network_follows_its_weights_and_its_scaling(make_run):
    run = make_run()
    with pytest.raises(RunError, match=r"'toy' has no model\.keras in "):
        run.network_hash()
    run.model_path.write_bytes(b"weights")
    with pytest.raises(RunError, match=r"'toy' has no scaler\.npz in "):
        run.network_hash()
    run.scaler_path.write_bytes(b"scaling")
    first = run.network_hash()
    run.scaler_path.write_bytes(b"scaled")
    second = run.network_hash()
    run.model_path.write_bytes(b"weighty")
    assert len({first, second, run.network_hash()}) == 3
