import json
import shutil
from dataclasses import replace

import pytest

from core.config import to_dict
from core.jobs.beat import host
from core.model import PRESETS
from core.runs import SHIPPED_RUNS, open_run, training_seconds
from core.training import expected_time, worked_here
from core.training.expected_time import COMPILING

RECIPE = PRESETS["dissertation"]
SHIPPED = ("dissertation-100k", "dissertation-20k", "compact-20k", "compact-520k")


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


def with_config(folder, recipe, n_galaxies):
    """A run of a recipe, or a preset, on so many galaxies, with epochs of 2 s."""
    run = with_epochs(folder, [2.0, 2.0, 2.0])
    known = json.loads((folder / "config.json").read_text())
    known["recipe"] = to_dict(PRESETS[recipe] if isinstance(recipe, str) else recipe)
    known["data"]["n_galaxies"] = n_galaxies
    (folder / "config.json").write_text(json.dumps(known))
    return open_run(folder.parent, run.run_id)


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


def test_the_run_of_the_same_network_tells_and_not_a_small_training_or_another_network(tmp_path):
    shipped = {name: open_run(SHIPPED_RUNS, name) for name in SHIPPED}
    n_train = 12_600
    first = with_config(tmp_path / "first", "compact", n_galaxies=400)
    found = expected_time(RECIPE, n_train, [first], shipped.values())
    assert found.judged_by == shipped["dissertation-20k"]
    assert (found.is_alike, found.is_here, found.is_rough) == (True, False, False)
    assert found.seconds == pytest.approx(training_seconds(found.judged_by), rel=0.01)
    # A small training of the same network tells less, one as large here tells more.
    small = with_config(tmp_path / "small", "dissertation", n_galaxies=400)
    assert expected_time(RECIPE, n_train, [small], shipped.values()).judged_by == found.judged_by
    alone = expected_time(RECIPE, n_train, [small, first])
    assert alone.judged_by == small
    assert alone.is_rough
    large = with_config(tmp_path / "large", "dissertation", n_galaxies=20_000)
    longer = with_config(tmp_path / "longer", of_epochs(RECIPE, 60), n_galaxies=20_000)
    larger = with_config(tmp_path / "larger", "dissertation", n_galaxies=90_000)
    told = expected_time(RECIPE, n_train, [small, larger, large, longer], shipped.values())
    assert (told.judged_by, told.is_rough) == (longer, False)
    # Of as large ones the one of the same settings, as far as a pace hangs on them.
    adam = replace(RECIPE, training=replace(RECIPE.training, optimizer="adam", epochs=3))
    other = with_config(tmp_path / "other", adam, n_galaxies=20_000)
    assert expected_time(adam, n_train, [longer, other]).judged_by == other


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


def test_a_small_training_takes_the_start_that_long_epochs_hide(tmp_path):
    run = with_epochs(tmp_path / "a", [40.0, 40.0, 40.0])  # of 1000 spectra
    found = expected_time(of_epochs(RECIPE, 6), 10, [run])
    assert found.seconds == pytest.approx(6 * 0.4 + COMPILING * 0.99)
    assert expected_time(of_epochs(RECIPE, 6), 1000, [run]).seconds == pytest.approx(240)
    # Short epochs show what it was.
    shown = with_epochs(tmp_path / "b", [1.5, 0.1, 0.1])
    assert expected_time(of_epochs(RECIPE, 6), 10, [shown]).seconds == pytest.approx(1.4 + 0.006)
