"""A training's time on this machine: measured with a few steps, and kept for all of its pace."""

from dataclasses import replace

import pytest

from core.jobs.beat import host
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.questions import TrainingTime, about_time, ask, find, question, training_time
from core.training import MeasuredTime
from core.training.measured_time import PASSES

RECIPE = Recipe(NetworkConfig((), (8,)), "standard", TrainingConfig(batch_size=32, epochs=50))


def test_the_time_is_the_starts_and_that_of_every_epoch():
    measured = MeasuredTime(start_seconds=10.0, seconds=2.0, n=1000)
    assert measured.expected(5, 1000) == pytest.approx(10 + 5 * 2)
    assert measured.expected(5, 4000) == pytest.approx(10 + 5 * 2 * 4)


def test_one_answer_serves_for_all_that_have_the_same_pace():
    def about(recipe=RECIPE, n=12_600.0, **training):
        changed = replace(recipe, training=replace(recipe.training, **training))
        return TrainingTime.id_of(about_time(changed, n, 3 * n / 7, "auto"))

    same = about()
    alike = {"epochs": 3, "learning_rate": 0.1, "seed": 4, "early_stopping_patience": 2}
    for name, value in alike.items():
        assert about(**{name: value}) == same
    # More galaxies than are measured with are no other question.
    assert about(n=520_000.0) == same
    noisy = about(noise_augmentation=0.5)
    assert noisy == about(noise_augmentation=1.5)
    others = {
        same,
        noisy,
        about(batch_size=64),
        about(optimizer="sgd"),
        about(replace(RECIPE, scaling="minmax")),
        about(n=100.0),
    }
    assert len(others) == 6


def test_a_measurement_that_counted_the_start_of_keras_is_not_taken(monkeypatch):
    about = about_time(RECIPE, 300, 100, "cpu")
    now = TrainingTime.id_of(about)
    monkeypatch.setattr(TrainingTime, "format", 1)
    assert TrainingTime.id_of(about) != now


def test_so_many_spectra_are_measured_with_as_there_are_steps():
    few = about_time(RECIPE, 300, 100, "cpu")
    assert (few.n, few.n_validation) == (300, 100)
    assert about_time(RECIPE, 1e6, 1e6, "cpu").n == training_time.LEAST
    large = replace(RECIPE, training=replace(RECIPE.training, batch_size=1000))
    assert about_time(large, 1e6, 1e6, "cpu").n == 1000 * training_time.STEPS
    assert few.machine == host()


def test_a_measurement_is_answered_by_a_training_that_is_thrown_away(tmp_path, monkeypatch):
    def submit(job):
        question.work(job)
        return job

    monkeypatch.setattr(question, "submit", submit)
    monkeypatch.setattr(training_time, "select", lambda device, hide_gpus: None)
    about = about_time(RECIPE, 200, 86, "cpu")
    job = ask(TrainingTime, tmp_path / "runs", about)
    assert job.status().state == "done"
    assert job.status().message == ""
    measured = job.read()
    assert measured.n == 200
    assert measured.seconds > 0
    assert measured.start_seconds > 0  # the first epoch compiles the network
    assert find(TrainingTime, tmp_path / "runs", about) == job
    # Nothing but the answer is left.
    assert {path.suffix for path in job.path.iterdir()} <= {".json", ".lock", ".log", ".beat", ""}
    assert PASSES > 2  # the first one compiles, and several are timed
