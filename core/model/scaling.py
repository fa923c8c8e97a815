"""Scaling of spectra before the network: fitted on the training part, stored without pickle."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

from core.errors import DataError, RunError
from core.model.config import SCALINGS, one_of
from core.model.shapes import n_inputs
from core.spectra import N_SAMPLES

# Mean flux [e-/s per sample] below which a spectrum counts as having none: twice the noise of
# such a mean (0.21 per sample, correlated over neighbours, plus an offset of 0.02 per band).
# It keeps the shape and the logarithm finite for a spectrum of noise, whose mean may be negative.
MEAN_FLUX_FLOOR = 0.05

CHUNK_ROWS = 32_768


@dataclass(frozen=True)
class _Method:
    """A scikit-learn scaler with its settings and the attributes that fitting gives it."""

    estimator: type
    settings: dict[str, Any]
    fitted: tuple[str, ...]


_STANDARD = _Method(StandardScaler, {}, ("mean_", "scale_"))
_METHODS = {
    "minmax": _Method(MinMaxScaler, {}, ("min_", "scale_")),
    "standard": _STANDARD,
    "robust": _Method(RobustScaler, {}, ("center_", "scale_")),
    "quantile": _Method(
        QuantileTransformer,
        {"output_distribution": "normal", "random_state": 0},
        ("quantiles_", "references_"),
    ),
    "shape": _STANDARD,
}


@dataclass(frozen=True, eq=False)
class Scaler:
    """A fitted scaling.

    Every method works on each column by itself. 'minmax', 'standard', 'robust'
    and 'quantile' (to a normal distribution) take the fluxes as they are and
    are scikit-learn's scalers. 'shape' first divides each spectrum by its own
    mean and adds the natural logarithm of that mean as a column, the mean
    being no less than `MEAN_FLUX_FLOOR`; then it standardises.

    Attributes
    ----------
    method : str
        One of `core.model.config.SCALINGS`.
    estimator : object
        The fitted scikit-learn scaler.
    """

    method: str
    estimator: Any

    @classmethod
    def fit(cls, method: str, flux: np.ndarray) -> "Scaler":
        """Fit `method` to the training part.

        Parameters
        ----------
        method : str
            One of `core.model.config.SCALINGS`.
        flux : np.ndarray, shape (n, 186)
            Flux [e-/s per sample]; left as it is.

        Raises
        ------
        ConfigError
            If the method is unknown.
        DataError
            If there are no spectra, not 186 samples each, or a flux is not finite.
        """
        one_of("scaling", method, SCALINGS)
        flux = check_flux(flux)
        if len(flux) == 0:
            raise DataError("Scaling: expected at least one spectrum to fit, received none.")
        estimator = _METHODS[method].estimator(**_METHODS[method].settings)
        if hasattr(estimator, "partial_fit"):
            for rows in _chunks(len(flux)):
                estimator.partial_fit(_columns(method, flux[rows]))
        else:
            if isinstance(estimator, QuantileTransformer):
                estimator.set_params(n_quantiles=min(estimator.n_quantiles, len(flux)))
            estimator.fit(flux)
        return cls(method, estimator)

    def transform(self, flux: np.ndarray) -> np.ndarray:
        """Scale spectra.

        Parameters
        ----------
        flux : np.ndarray, shape (n, 186)
            Flux [e-/s per sample]; left as it is.

        Returns
        -------
        np.ndarray, shape (n, n_inputs(method)), float32
            What the network takes; finite for every finite flux.

        Raises
        ------
        DataError
            If there are not 186 samples each, or a flux is not finite.
        """
        flux = check_flux(flux)
        features = np.empty((len(flux), n_inputs(self.method)), dtype=np.float32)
        for rows in _chunks(len(flux)):
            features[rows] = self.estimator.transform(_columns(self.method, flux[rows]))
        return features

    def save(self, path: str | Path) -> None:
        """Write the method and its fitted arrays as an .npz file."""
        arrays = {name: getattr(self.estimator, name) for name in _METHODS[self.method].fitted}
        header = json.dumps({"method": self.method})
        np.savez(path, allow_pickle=False, header=np.array(header), **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Scaler":
        """Read what `save` wrote.

        Raises
        ------
        RunError
            If the file is missing or is not a scaler's.
        """
        path = Path(path)
        if not path.is_file():
            raise RunError(f"The scaler {path} is missing; train the run again.")
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                method = json.loads(str(stored["header"]))["method"]
                fitted = {name: stored[name] for name in _METHODS[method].fitted}
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise RunError(
                f"{path}: expected a scaler as this program writes it, received a damaged or "
                f"foreign file ({error})."
            ) from error
        width = {np.shape(array)[-1:] for name, array in fitted.items() if name != "references_"}
        if width != {(n_inputs(method),)}:
            raise RunError(
                f"{path}: expected {n_inputs(method)} columns for '{method}', "
                f"received arrays of {sorted(width)}."
            )
        estimator = _METHODS[method].estimator(**_METHODS[method].settings)
        for name, array in fitted.items():
            setattr(estimator, name, array)
        return cls(method, estimator)


def check_flux(flux: np.ndarray) -> np.ndarray:
    """Return `flux` as an array of 186 finite samples per row.

    Raises
    ------
    DataError
        If it is not that; the message names the first bad row and column.
    """
    flux = np.asarray(flux)
    if flux.ndim != 2 or flux.shape[1] != N_SAMPLES:
        raise DataError(f"Expected flux of shape (n, {N_SAMPLES}), received {flux.shape}.")
    for rows in _chunks(len(flux)):
        bad = np.argwhere(~np.isfinite(flux[rows]))
        if len(bad):
            row, column = bad[0] + (rows.start, 0)
            raise DataError(
                f"Expected finite flux, received {flux[row, column]} in row {row}, column {column}."
            )
    return flux


def _chunks(n_rows: int) -> Iterator[slice]:
    for start in range(0, n_rows, CHUNK_ROWS):
        yield slice(start, min(start + CHUNK_ROWS, n_rows))


def _columns(method: str, flux: np.ndarray) -> np.ndarray:
    """Return the columns that the scikit-learn scaler sees."""
    if method != "shape":
        return flux
    mean = np.maximum(flux.mean(axis=1, keepdims=True, dtype=np.float64), MEAN_FLUX_FLOOR)
    return np.hstack([flux / mean, np.log(mean)])
