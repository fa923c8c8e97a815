import os
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data

import core
from core.errors import ConfigError, DataError
from core.model.config import NetworkConfig, Recipe, TrainingConfig
from core.spectra import N_SAMPLES
from core.training import regressor as module
from core.training.regressor import RedshiftRegressor

SMALL = Recipe(
    NetworkConfig((), (16,), head="mixture", components=2),
    "shape",
    TrainingConfig("adam", learning_rate=0.01, loss="nll", batch_size=16, epochs=20),
)
TINY = Recipe(
    NetworkConfig((), (4,)),
    "standard",
    TrainingConfig("sgd", learning_rate=0.01, batch_size=256, epochs=1),
)


class Brief(RedshiftRegressor):
    """With the recipe `TINY`: of one epoch nobody expects good redshifts."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


def spread(estimator, X, y="no_validation", **asked):  # noqa: N803
    """Validate what scikit-learn's checks bring, and make spectra with redshifts of it.

    They bring 1 to 20 columns and any numbers; a spectrum has 186 samples, a redshift lies between
    0 and 1.5.
    """
    found = validate_data(estimator, X, y, **asked)
    features, *target = found if isinstance(found, tuple) else (found,)
    features = features[:, np.arange(N_SAMPLES) % features.shape[1]]
    if not target:
        return features
    (values,) = target
    return features, 0.1 + 0.5 * (values - values.min()) / max(np.ptp(values), 1)


@pytest.fixture
def anything_is_a_spectrum(monkeypatch):
    monkeypatch.setattr(module, "validate_data", spread)
    tf.config.run_functions_eagerly(True)  # compiling takes longer than one epoch does
    yield
    tf.config.run_functions_eagerly(False)


# They fit 80 networks. Those of the interface come with every `make test`, all with `make soak`.
EVERY_CHECK = bool(os.environ.get("XPZ_SOAK"))


@parametrize_with_checks([Brief(TINY)], legacy=EVERY_CHECK)
def test_scikit_learns_checks(estimator, check, anything_is_a_spectrum):
    check(estimator)


@pytest.fixture(scope="module")
def fitted(toy):
    return RedshiftRegressor(SMALL, random_state=3).fit(toy.flux[:400], toy.z[:400])


def test_it_learns_redshifts_with_intervals_and_densities(fitted, toy):
    flux, z = toy.flux[400:], toy.z[400:]
    predicted = fitted.predict(flux)
    assert np.abs(predicted - z).mean() < 0.3 * np.abs(z - z.mean()).mean()
    assert fitted.score(flux, z) > 0.8
    lower, upper = fitted.predict_interval(flux, level=0.9).T
    assert (lower <= predicted).all()
    assert (predicted <= upper).all()
    assert 0.8 < np.mean((lower < z) & (z < upper)) < 0.98
    narrow = fitted.predict_interval(flux)
    assert (narrow[:, 0] >= lower).all()
    assert (narrow[:, 1] <= upper).all()
    density = fitted.predict_density(flux)
    assert density.pdf.shape == (len(z), len(density.z))
    np.testing.assert_allclose(np.trapezoid(density.pdf, density.z, axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(density.mean(), predicted, atol=1e-6)


def test_what_was_fitted_travels_and_predicts_without_keras(fitted, toy, tmp_path):
    (tmp_path / "regressor").write_bytes(pickle.dumps(fitted))
    np.save(tmp_path / "flux.npy", toy.flux[400:410])
    code = (
        "import pickle, sys, numpy\n"
        f"fitted = pickle.load(open({str(tmp_path / 'regressor')!r}, 'rb'))\n"
        f"print(*fitted.predict(numpy.load({str(tmp_path / 'flux.npy')!r})))\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    expected = fitted.predict(toy.flux[400:410])
    np.testing.assert_allclose(np.array(said.stdout.split(), float), expected, atol=1e-6)


def test_it_is_searched_as_any_other(toy, anything_is_a_spectrum):
    search = GridSearchCV(Brief(TINY, random_state=0), {"validation_fraction": [0.2, 0.4]}, cv=2)
    search.fit(toy.flux[:40], toy.z[:40])
    assert search.best_params_["validation_fraction"] in (0.2, 0.4)
    assert search.predict(toy.flux[:3]).shape == (3,)


def test_settings_stand_in_for_those_of_the_recipe():
    regressor = RedshiftRegressor("compact", epochs=3, learning_rate=0.01)
    recipe = regressor._recipe(seed=7)
    assert (recipe.training.epochs, recipe.training.learning_rate) == (3, 0.01)
    assert recipe.training.batch_size == core.PRESETS["compact"].training.batch_size
    assert recipe.training.seed == 7
    assert clone(regressor).get_params() == regressor.get_params()


def test_nobodys_random_numbers_are_touched(toy, anything_is_a_spectrum):
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - what others may still use
    Brief(TINY, random_state=0).fit(toy.flux[:20], toy.z[:20])
    found = random.random(), np.random.random()  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    assert found == (random.random(), np.random.random())  # noqa: NPY002


def test_few_spectra_give_redshifts_and_say_why_no_intervals(toy, anything_is_a_spectrum):
    few = Brief(TINY).fit(toy.flux[:30], toy.z[:30])
    assert np.isfinite(few.predict(toy.flux[:2])).all()
    for ask in (few.predict_interval, few.predict_density):
        with pytest.raises(ConfigError, match=r"no intervals and no p.z.: .* at least 39 galaxies"):
            ask(toy.flux[:2])


def test_a_network_without_densities_says_so(toy, anything_is_a_spectrum):
    point = Brief(TINY, epochs=1.0).fit(toy.flux[:150], toy.z[:150])
    lower, upper = point.predict_interval(toy.flux[:5]).T
    assert (lower < upper).all()
    with pytest.raises(ConfigError, match="this one gives a redshift alone"):
        point.predict_density(toy.flux[:5])


def test_what_cannot_be_fitted_is_said(toy):
    regressor = RedshiftRegressor(SMALL)
    with pytest.raises(ValueError, match=r"186 values of flux per spectrum .* shape .*10"):
        regressor.fit(toy.flux[:50, :10], toy.z[:50])
    with pytest.raises(DataError, match=r"a redshift from 0 to 1\.5"):
        regressor.fit(toy.flux[:50], toy.z[:50] + 3)
    with pytest.raises(ValueError, match="flux_error"):
        regressor.fit(toy.flux[:50], toy.z[:50], flux_error=toy.flux[:50, :10])
    with pytest.raises(ConfigError, match=r"expected a share between 0 and 1, received 1\.5"):
        RedshiftRegressor(SMALL, validation_fraction=1.5).fit(toy.flux[:50], toy.z[:50])
    with pytest.raises(ValueError, match=r"^Epochs: expected a whole .*, received 2\.5"):
        RedshiftRegressor(SMALL, epochs=2.5).fit(toy.flux[:50], toy.z[:50])
    with pytest.raises(ValueError, match=r"^Batch size: expected at most the training part"):
        RedshiftRegressor(SMALL, batch_size=1025).fit(toy.flux[:50], toy.z[:50])
    with pytest.raises(ConfigError, match="Unknown preset 'compct'"):
        RedshiftRegressor("compct").fit(toy.flux[:50], toy.z[:50])


def test_what_is_wrong_is_told_by_its_place_in_the_arrays_given(toy):
    regressor = RedshiftRegressor(SMALL, random_state=0)
    flux, z = toy.flux[:50], toy.z[:50].copy()
    error = np.full((50, N_SAMPLES), 0.1, np.float32)
    z[5] = 9.9
    with pytest.raises(
        ValueError,
        match=r"^RedshiftRegressor\.fit: .* received 9\.9 at y\[5\] "
        r"\(1 value is wrong; counted from 0, as NumPy does\)",
    ):
        regressor.fit(flux, z)  # fmt: skip
    error[6, 3] = -1
    with pytest.raises(ValueError, match=r"received -1\.0 at flux_error\[6, 3\] "):
        regressor.fit(flux, toy.z[:50], flux_error=error)
    with pytest.raises(ValueError, match=r"an array of shape \(50, 10\)"):
        regressor.fit(flux[:, :10], toy.z[:50])
    with pytest.raises(ValueError, match=r"50 rows of flux but 40 rows of flux_error"):
        regressor.fit(flux, toy.z[:50], flux_error=error[:40])


def test_errors_of_another_shape_are_told_with_that_of_all_spectra(fitted, toy):
    n = 1100  # more than are asked for at once
    flux = np.resize(toy.flux, (n, N_SAMPLES))
    for ask in (fitted.predict, fitted.predict_interval, fitted.predict_density):
        with pytest.raises(ValueError, match=r"the flux's shape \(1100, 186\), received \(1100, 9"):
            ask(flux, flux_error=flux[:, :9])
    known = np.full_like(flux[:5], 0.1)
    np.testing.assert_array_equal(
        fitted.predict(flux[:5], flux_error=known.tolist()),
        fitted.predict(flux[:5], flux_error=known),
    )
