"""The networks of xpz as a regressor of scikit-learn: arrays in, redshifts out, no files.

A training that others shall find again, watch and resume is a run: `core.train`.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from core.data.dataset import Dataset, make_dataset
from core.data.validation import InArrays
from core.errors import ConfigError, DataError
from core.model.config import Recipe
from core.model.presets import get_preset
from core.prediction.answer import Answer, estimate
from core.prediction.calibration.calibration import Calibration
from core.prediction.density import Density
from core.prediction.flags import LEVEL
from core.prediction.predictor import Predictor
from core.prediction.session import Network
from core.training.suitability import check_batch, check_recipe

GIVEN = InArrays("RedshiftRegressor.fit", columns={"z": "y"})


class NotSpectra(DataError, ValueError):  # noqa: N818 - it says what the arrays are
    """Arrays are no spectra with redshifts; a `ValueError` too, as scikit-learn has it."""


class RedshiftRegressor(RegressorMixin, BaseEstimator):
    """A network that gives redshifts of spectra, with intervals and p(z), in scikit-learn's way.

    It can stand in a pipeline, a grid search or a cross-validation. A share of what it is fitted to
    is kept back: it chooses the best epoch and calibrates intervals and p(z).

    Parameters
    ----------
    recipe : str or Recipe
        Name of one of `PRESETS`, or every setting.
    epochs, batch_size, learning_rate : number, optional
        Instead of what the recipe says.
    validation_fraction : float
        Share that is kept back, between 0 and 1.
    random_state : int, RandomState or None
        Decides what is kept back, the first weights, order and noise.

    Attributes
    ----------
    n_features_in_ : int
        186.
    history_ : list of dict
        Losses and MAE of every epoch, as `core.training.loop.Trained` has them.
    best_epoch_ : int
        The one with the lowest validation loss, from 1.
    calibration_ : Calibration or None
        Of intervals and p(z); None where too few spectra were kept back.
    why_not_calibrated_ : str
        What that takes then; else ''.
    network_ : bytes
        The network as ONNX: what was fitted predicts without Keras, also when it was unpickled.
    scaler_ : Scaler
        How spectra are scaled for it.

    Examples
    --------
    >>> import core
    >>> galaxies = core.load_dataset("data/simulated-20k.parquet")
    >>> regressor = core.RedshiftRegressor("compact", epochs=10, random_state=0)
    >>> regressor.fit(galaxies.flux[:9000], galaxies.z[:9000])  # doctest: +SKIP
    >>> regressor.predict_interval(galaxies.flux[9000:], level=0.68)  # doctest: +SKIP
    """

    def __init__(
        self,
        recipe: str | Recipe = "compact",
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        validation_fraction: float = 0.3,
        random_state: Any = None,
    ) -> None:
        self.recipe = recipe
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        flux_error: np.ndarray | None = None,
    ) -> "RedshiftRegressor":
        """Train the network.

        Parameters
        ----------
        X : array or DataFrame, shape (n, 186)
            80 BP, then 106 RP samples [e-/s per sample].
        y : array, shape (n,)
            Spectroscopic redshifts, 0 to 1.5.
        flux_error : np.ndarray, shape (n, 186), optional
            [e-/s per sample], NaN or 0 where unknown: networks with the scaling 'shape_noise' go by
            it, and fresh noise is drawn from it.

        Raises
        ------
        ConfigError
            If the recipe or a setting is impossible; of a setting it is a `ValueError` as well.
        DataError
            If the arrays are no spectra with redshifts; it is a `ValueError` as well.
        """
        X, y = validate_data(self, X, y, dtype=np.float32, y_numeric=True, ensure_min_samples=2)
        with _as_value_errors():  # before rows are drawn, so that errors name those of X and y
            given = make_dataset(X, y, name=GIVEN.name, where=GIVEN, flux_error=flux_error)
        draw = check_random_state(self.random_state)
        recipe = self._recipe(seed=int(draw.randint(2**31)))
        kept_back = self._kept_back(len(y), draw)
        check_recipe(recipe)
        check_batch(recipe.training.batch_size, len(y) - kept_back.sum())
        training, validation = given.take(~kept_back), given.take(kept_back)
        self._learn(recipe, training, validation)
        self._calibrate(training, validation)
        return self

    def predict(self, X: Any, *, flux_error: np.ndarray | None = None) -> np.ndarray:
        """Return redshifts, shape (n,): of a calibrated p(z) its mean.

        Parameters
        ----------
        X, flux_error
            As of `fit`.
        """
        return self._answer(X, flux_error).z

    def predict_interval(
        self,
        X: Any,
        level: float = LEVEL,
        *,
        flux_error: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return central intervals, shape (n, 2), that hold a share `level` of the true redshifts.

        Parameters
        ----------
        X, flux_error
            As of `fit`.
        level : float
            Between 0 and 1.

        Raises
        ------
        ConfigError
            If it is not calibrated, or too few spectra were kept back for such a level.
        """
        self._require_calibration()
        answer = self._answer(X, flux_error, level=level)
        return np.column_stack([answer.z_lower, answer.z_upper])

    def predict_density(self, X: Any, *, flux_error: np.ndarray | None = None) -> Density:
        """Return calibrated p(z): a grid `z`, shape (m,), and densities `pdf` on it, shape (n, m).

        Parameters
        ----------
        X, flux_error
            As of `fit`.

        Raises
        ------
        ConfigError
            If it is not calibrated, or its network has no p(z).
        """
        self._require_calibration()
        density = self._answer(X, flux_error, keep_density=True).density
        if density is None:
            raise ConfigError(
                "p(z): expected a network with the head 'mixture', this one gives a redshift "
                "alone. Fit one with such a recipe, 'compact' for example."
            )
        return density

    def _recipe(self, seed: int) -> Recipe:
        recipe = get_preset(self.recipe) if isinstance(self.recipe, str) else self.recipe
        named = ("epochs", "batch_size", "learning_rate")
        changed = {name: getattr(self, name) for name in named if getattr(self, name) is not None}
        return recipe.with_settings({**changed, "seed": seed})

    def _kept_back(self, n: int, draw: np.random.RandomState) -> np.ndarray:
        """Return which of n spectra are kept back, shape (n,), bool; at least one, and not all."""
        if not 0 < self.validation_fraction < 1:
            raise ConfigError(
                "validation_fraction: expected a share between 0 and 1, received "
                f"{self.validation_fraction!r}."
            )
        kept_back = np.zeros(n, bool)
        n_kept = min(max(round(n * self.validation_fraction), 1), n - 1)
        kept_back[draw.permutation(n)[:n_kept]] = True
        return kept_back

    def _learn(self, recipe: Recipe, training: Dataset, validation: Dataset) -> None:
        # Keras takes 10 s to import, and nobody who only predicts needs it.
        from core.model.onnx import export_onnx
        from core.training.loop import fit

        with _own_random_numbers(), tempfile.TemporaryDirectory() as folder:
            trained = fit(
                recipe,
                training.flux,
                training.z,
                validation.flux,
                validation.z,
                flux_error=training.flux_error,
                validation_flux_error=validation.flux_error,
            )
            path = Path(folder) / "network.onnx"
            export_onnx(trained.model, path)
            self.network_ = path.read_bytes()
        self.scaler_ = trained.scaler
        self.history_ = trained.history
        self.best_epoch_ = trained.best_epoch

    def _calibrate(self, training: Dataset, validation: Dataset) -> None:
        predictor = self._predictor()
        ask = predictor.mixtures if predictor.head == "mixture" else predictor.predict
        predicted = ask(validation.flux, validation.flux_error)
        self.calibration_: Calibration | None = None
        self.why_not_calibrated_ = ""
        try:
            self.calibration_ = Calibration.fit(training, validation, predicted)
        except DataError as error:  # the network is of use without
            self.why_not_calibrated_ = str(error)

    def _predictor(self) -> Predictor:
        # Opened for each question: in 10 ms, and it could not be pickled.
        return Predictor.of(self.scaler_, Network(self.network_))

    def _answer(self, X: Any, flux_error: np.ndarray | None, **asked: Any) -> Answer:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        flux_error = None if flux_error is None else np.asarray(flux_error, np.float32)
        with _as_value_errors():
            return estimate(self._predictor(), self.calibration_, X, flux_error, **asked)

    def _require_calibration(self) -> None:
        check_is_fitted(self)
        if self.calibration_ is None:
            raise ConfigError(f"There are no intervals and no p(z): {self.why_not_calibrated_}")


@contextmanager
def _as_value_errors() -> Iterator[None]:
    try:
        yield
    except DataError as error:
        raise NotSpectra(str(error)) from error


@contextmanager
def _own_random_numbers() -> Iterator[None]:
    """Give back the generators that everybody shares as they were: a training seeds them."""
    shared, theirs = random.getstate(), np.random.get_state()  # noqa: NPY002 - not ours
    try:
        yield
    finally:
        random.setstate(shared)
        np.random.set_state(theirs)  # noqa: NPY002
