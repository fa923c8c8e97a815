import json
import shutil
from dataclasses import replace

import pytest

from core.jobs.beat import host
from core.model import PRESETS
from core.runs import SHIPPED_RUNS, open_run, training_seconds
from core.training import expected_time, worked_here

RECIPE = PRESETS["dissertation"]


def with_epochs(folder, seconds, of="dissertation-20k"):
    """A copy of a shipped run whose epochs, of 1000 spectra, took so many seconds."""
    shutil.copytree(SHIPPED_RUNS / of, folder)
    run = open_run(folder.parent, folder.name)
    epoch = json.loads(run.path.joinpath("metrics.jsonl").read_text().splitlines()[0])
    lines = [json.dumps(epoch | {"epoch": i + 1, "seconds": s}) for i, s in enumerate(seconds)]
    (folder / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    summary = json.loads((folder / "summary.json").read_text()) | {"n_train": 1000}
    (folder / "summary.json").write_text(json.dumps(summary))
    return run


def of_epochs(recipe, epochs):
    return replace(recipe, training=replace(recipe.training, epochs=epochs))


def test_epochs_and_spectra_take_their_time_and_the_start_its_own_once(tmp_path):
    run = with_epochs(tmp_path / "a", [12.0, 2.0, 2.0, 2.0])
    found = expected_time(of_epochs(RECIPE, 20), 1000, [run])
    assert found.judged_by == run
    assert found.is_alike
    assert found.seconds == pytest.approx(10 + 20 * 2)
    twice = expected_time(of_epochs(RECIPE, 40), 3000, [run])
    assert twice.seconds == pytest.approx(10 + 40 * 6)


@pytest.mark.parametrize("seconds", [[12.0, 2.0, 3.0, 2.0], [1.0, 2.0, 2.0, 50.0], [4.0]])
def test_a_training_like_an_ended_one_is_expected_to_take_what_that_took(tmp_path, seconds):
    run = with_epochs(tmp_path / "a", seconds)
    (run.path / "summary.json").write_text(
        json.dumps(run.summary() | {"train_seconds": sum(seconds)})
    )
    found = expected_time(of_epochs(RECIPE, len(seconds)), 1000, [run])
    assert found.seconds == pytest.approx(training_seconds(run))


def test_the_run_that_is_nearest_in_what_a_spectrum_costs_tells(tmp_path):
    small = with_epochs(tmp_path / "small", [1.0, 1.0], "compact-20k")
    large = with_epochs(tmp_path / "large", [9.0, 9.0])
    assert expected_time(RECIPE, 1000, [small, large]).judged_by == large
    compact = expected_time(PRESETS["compact"], 1000, [large, small])
    assert compact.judged_by == small
    assert not compact.is_alike
    # A network of fewer multiplications is not the slower one, one of larger batches is faster.
    assert compact.seconds < PRESETS["compact"].training.epochs * 1.0
    batches = replace(RECIPE.training, batch_size=RECIPE.training.batch_size * 2, epochs=1)
    other = expected_time(replace(RECIPE, training=batches), 1000, [large])
    assert not other.is_alike
    assert other.seconds < 9.0


def test_a_run_that_is_damaged_or_measured_nothing_is_passed_over(tmp_path):
    damaged, silent, known = (with_epochs(tmp_path / name, [4.0]) for name in ("a", "b", "c"))
    (damaged.path / "summary.json").write_text("{")
    (silent.path / "metrics.jsonl").write_text("")
    runs = [open_run(tmp_path, name) for name in ("a", "b")]
    assert expected_time(RECIPE, 1000, runs) is None
    assert expected_time(RECIPE, 1000, [*runs, known]).judged_by == known


def test_another_machine_is_known_by_the_name_that_it_left(tmp_path):
    run = with_epochs(tmp_path / "a", [4.0])
    assert worked_here(run)
    run.write_status(replace(run.status(), host=host()))
    assert worked_here(run)
    run.write_status(replace(run.status(), host="elsewhere"))
    assert not worked_here(run)
