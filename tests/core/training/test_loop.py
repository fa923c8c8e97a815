import dataclasses
import functools

import numpy as np
import pytest

from core.errors import RunError
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.model.mixture import Mixtures
from core.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, weights_of
from core.training.loop import best_epoch, check_finite, fit


@pytest.fixture(scope="module")
def parts(toy):
    return toy.flux[:400], toy.z[:400], toy.flux[400:], toy.z[400:]


@pytest.fixture(scope="module")
def unbroken(recipe, parts):
    return fit(recipe(schedule="cosine", warmup_epochs=1.0), *parts)


def test_the_network_learns(unbroken, parts):
    _, _, flux, z = parts
    z_pred = unbroken.model.predict(unbroken.scaler.transform(flux), verbose=0)[:, 0]
    # Guessing the mean of z, uniform in 0.02-0.5, would give 0.12.
    assert np.abs(z_pred - z).mean() < 0.07


def test_a_record_per_epoch(unbroken):
    assert [record["epoch"] for record in unbroken.history] == [1, 2, 3]
    for record in unbroken.history:
        assert record["seconds"] > 0
        assert record["cpu_seconds"] > 0
        assert all(np.isfinite(list(record.values())))


def test_the_learning_rate_follows_its_schedule_over_all_epochs(unbroken):
    rates = [record["learning_rate"] for record in unbroken.history]
    # Warm-up ends with the first epoch; the cosine is at half after half of the rest.
    assert rates == pytest.approx([0.01, 0.005, 0.0], abs=1e-4)


def test_the_scaling_is_fitted_on_the_training_part_only(unbroken, parts):
    flux = parts[0]
    scaled = unbroken.scaler.transform(flux)
    assert np.abs(scaled.mean(axis=0)).max() < 1e-3
    assert np.abs(unbroken.scaler.transform(parts[2]).mean(axis=0)).max() > 1e-2


def test_going_on_from_a_checkpoint_gives_the_same_curve(unbroken, recipe, parts, tmp_path):
    """Stop after each epoch as a killed process would, start afresh, and compare."""
    path = tmp_path / "checkpoint.npz"

    class KilledError(Exception):
        pass

    recipe = recipe(schedule="cosine", warmup_epochs=1.0)
    for stop_after in (1, 2):

        def stop(history, stop_after=stop_after):
            if len(history) == stop_after:
                raise KilledError

        with pytest.raises(KilledError):
            fit(recipe, *parts, checkpoint_path=path, on_epoch=stop)
    seen = []
    resumed = fit(recipe, *parts, checkpoint_path=path, on_epoch=lambda h: seen.append(len(h)))
    assert seen == [2, 3]
    assert resumed.best_epoch == unbroken.best_epoch
    for name in ("loss", "mae", "val_loss", "val_mae", "learning_rate"):
        curves = [[record[name] for record in run.history] for run in (resumed, unbroken)]
        np.testing.assert_allclose(*curves, rtol=1e-4, atol=1e-7, err_msg=name)
    for ours, theirs in zip(resumed.model.get_weights(), unbroken.model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


@pytest.fixture(scope="module")
def galaxies():
    """A line whose place tells z to 0.02, and for every fourth source to 0.05."""
    rng = np.random.default_rng(21)
    z = rng.uniform(0.1, 0.4, 1500)
    sigma = np.where(np.arange(1500) % 4 == 0, 0.05, 0.02)
    place = 20 + 250 * (z + sigma * rng.normal(size=1500))
    height = np.where(sigma > 0.03, 2.0, 1.0)[:, None]
    line = np.exp(-0.5 * ((np.arange(186) - place[:, None]) / 12) ** 2)
    errors = np.full((1500, 186), 0.03, np.float32)
    flux = (1 + height * line + errors * rng.normal(size=(1500, 186))).astype(np.float32)
    train, rest = slice(0, 1200), slice(1200, None)
    return {
        "parts": (flux[train], z[train], flux[rest], z[rest]),
        "errors": {"flux_error": errors[train], "validation_flux_error": errors[rest]},
        "sigma": sigma[rest],
    }


@pytest.fixture(scope="module")
def mixture_recipe():
    network = NetworkConfig((), (32,), "silu", head="mixture", components=3)
    training = TrainingConfig(
        "adam", 0.005, loss="nll", batch_size=32, epochs=12, noise_augmentation=0.5, seed=1
    )
    return Recipe(network, "shape_noise", training)


@pytest.fixture(scope="module")
def mixture_run(galaxies, mixture_recipe):
    return fit(mixture_recipe, *galaxies["parts"], **galaxies["errors"])


def densities(trained, galaxies):
    errors = galaxies["errors"]["validation_flux_error"]
    features = trained.scaler.transform(galaxies["parts"][2], errors)
    return Mixtures.from_outputs(trained.model.predict(features, verbose=0))


def test_a_mixture_learns_how_far_its_redshifts_scatter(mixture_run, galaxies):
    mixtures = densities(mixture_run, galaxies)
    mean = np.sum(mixtures.weights * mixtures.means, axis=1)
    squares = mixtures.weights * (mixtures.sigmas**2 + (mixtures.means - mean[:, None]) ** 2)
    sigma = np.sqrt(squares.sum(axis=1))
    for truth in (0.02, 0.05):
        assert np.median(sigma[galaxies["sigma"] == truth]) == pytest.approx(truth, rel=0.35)
    pulls = (galaxies["parts"][3] - mean) / sigma
    assert pulls.std() == pytest.approx(1, abs=0.25)
    best = mixture_run.history[mixture_run.best_epoch - 1]
    assert best["val_mae"] == pytest.approx(np.abs(galaxies["parts"][3] - mean).mean(), rel=1e-3)


def test_a_mixture_with_fresh_noise_goes_on_from_its_checkpoint(
    mixture_run, galaxies, mixture_recipe, tmp_path
):
    path = tmp_path / "checkpoint.npz"

    class KilledError(Exception):
        pass

    def stop(history):
        if len(history) == 1:
            raise KilledError

    short = dataclasses.replace(
        mixture_recipe, training=dataclasses.replace(mixture_recipe.training, epochs=3)
    )
    with pytest.raises(KilledError):
        fit(short, *galaxies["parts"], **galaxies["errors"], checkpoint_path=path, on_epoch=stop)
    resumed = fit(short, *galaxies["parts"], **galaxies["errors"], checkpoint_path=path)
    # At a constant learning rate the first epochs of the longer training are the same.
    for name in ("loss", "mae", "val_loss", "val_mae"):
        curves = [[record[name] for record in run.history[:3]] for run in (resumed, mixture_run)]
        np.testing.assert_allclose(*curves, rtol=1e-4, err_msg=name)


def test_a_training_starts_from_the_network_it_is_given(mixture_run, galaxies, mixture_recipe):
    gentle = dataclasses.replace(
        mixture_recipe,
        training=dataclasses.replace(mixture_recipe.training, epochs=1, learning_rate=1e-6),
    )
    start = (mixture_run.model.get_weights(), mixture_run.scaler)
    few = [part[:200] for part in galaxies["parts"][:2]]
    errors = {**galaxies["errors"], "flux_error": galaxies["errors"]["flux_error"][:200]}
    trained = fit(gentle, *few, *galaxies["parts"][2:], **errors, start=start)
    assert trained.scaler is mixture_run.scaler
    best = min(record["val_loss"] for record in mixture_run.history)
    assert trained.history[0]["val_loss"] == pytest.approx(best, abs=0.01)


def test_weighting_lifts_what_is_rare(recipe, parts):
    """Where noise hides the line, a plain network answers with the common redshifts."""
    rng = np.random.default_rng(22)
    z = np.where(rng.random(400) < 0.1, 0.5, 0.1)
    flux = parts[0] + rng.normal(0, 1.5, (400, 186))
    means = {}
    for weighting in ("none", "inverse_density", "balanced"):
        trained = fit(recipe(weighting=weighting, epochs=1, batch_size=16), flux, z, flux, z)
        features = trained.scaler.transform(flux)
        means[weighting] = trained.model.predict(features, verbose=0).mean()
    assert means["none"] < min(means["inverse_density"], means["balanced"]) - 0.05


def test_another_seed_gives_another_curve(unbroken, recipe, parts):
    other = fit(recipe(schedule="cosine", warmup_epochs=1.0, epochs=1, seed=2), *parts)
    assert other.history[0]["loss"] != pytest.approx(unbroken.history[0]["loss"], rel=1e-3)


def validation_loss(trained, parts):
    features = trained.scaler.transform(parts[2])
    return trained.model.evaluate(features, parts[3].reshape(-1, 1), verbose=0)[0]


def test_the_best_weights_are_restored_if_asked_for(recipe, parts, tmp_path):
    # A step this large makes the loss jump about, so that the last epoch is seldom the best.
    wild = functools.partial(recipe, learning_rate=0.05, epochs=5)
    path = tmp_path / "checkpoint.npz"
    trained = fit(wild(restore_best_weights=True), *parts, checkpoint_path=path)
    losses = [record["val_loss"] for record in trained.history]
    assert trained.best_epoch == 1 + np.argmin(losses)
    assert trained.best_epoch < 5, "choose a wilder training, else this test shows nothing"
    assert validation_loss(trained, parts) == pytest.approx(min(losses), rel=1e-4)
    # Its checkpoint is of the last epoch; nothing is left to be learnt.
    as_it_ended = fit(wild(restore_best_weights=False), *parts, checkpoint_path=path)
    assert as_it_ended.history == trained.history
    assert validation_loss(as_it_ended, parts) == pytest.approx(losses[-1], rel=1e-4)


def test_training_stops_when_patience_is_out(recipe, parts, tmp_path):
    path = tmp_path / "checkpoint.npz"
    wild = recipe(learning_rate=0.05, epochs=40, early_stopping_patience=2)
    trained = fit(wild, *parts, checkpoint_path=path)
    assert len(trained.history) == trained.best_epoch + 2 < 40
    # KilledError after its last epoch, it does not begin another.
    again = fit(wild, *parts, checkpoint_path=path)
    assert again.history == trained.history


def test_a_training_that_comes_apart_says_so(recipe, parts):
    huge = dataclasses.replace(recipe(optimizer="sgd", learning_rate=1e30, loss="mse"))
    with pytest.raises(RunError, match=r"The loss became (nan|inf) in epoch 1.*learning rate"):
        fit(huge, *parts)


def test_finite_losses_pass():
    check_finite(0.0, 1)
    with pytest.raises(RunError, match="The loss became nan in epoch 7"):
        check_finite(float("nan"), 7)


def test_the_first_of_equal_epochs_is_the_best():
    assert best_epoch([{"val_loss": loss} for loss in (0.5, 0.2, 0.3, 0.2)]) == 2


def test_a_damaged_checkpoint_is_refused(unbroken, tmp_path):
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, unbroken.model, Checkpoint([], weights_of(unbroken.model)))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(RunError, match=r"checkpoint\.npz is damaged"):
        load_checkpoint(path, unbroken.model)


def test_the_checkpoint_of_another_network_is_refused(unbroken, recipe, parts, tmp_path):
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, unbroken.model, Checkpoint([], weights_of(unbroken.model)))
    small = recipe(schedule="cosine", warmup_epochs=1.0)
    small = dataclasses.replace(small, network=dataclasses.replace(small.network, dense_units=(3,)))
    with pytest.raises(RunError, match=r"is of another network: expected .* of shape"):
        fit(small, *parts, checkpoint_path=path)
