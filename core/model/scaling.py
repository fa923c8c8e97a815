"""Scaling of spectra before the network: fitted on the training part, stored without pickle."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.amounts import n_of
from core.data.noise import BandNoise
from core.data.shape import mean_flux
from core.errors import DataError, RunError
from core.model.config import SCALINGS
from core.model.settings import one_of
from core.model.shapes import n_inputs
from core.npz import read_npz
from core.spectra import N_SAMPLES
from core.stored import is_there, parse_table, reading

CHUNK_ROWS = 32_768

SHAPES = ("shape", "shape_noise")

Spectra = tuple[np.ndarray, np.ndarray | None]
"""Flux and its errors."""

_FITTED = {
    "minmax": ("min_", "scale_"),
    "standard": ("mean_", "scale_"),
    "robust": ("center_", "scale_"),
    "quantile": ("quantiles_", "references_"),
    "shape": ("mean_", "scale_"),
    "shape_noise": ("mean_", "scale_"),
}
"""The attributes that fitting gives the scaler of scikit-learn."""


@dataclass(frozen=True, eq=False)
class Scaler:
    """A fitted scaling by one of `core.model.config.SCALINGS`.

    `fitted` are the arrays that fitting gave the `estimator`, scikit-learn's, by their names.

    Every method works on each column by itself. 'minmax', 'standard', 'robust' and 'quantile' (to a
    normal distribution) take the fluxes as they are and are scikit-learn's scalers. 'shape' first
    divides each spectrum by its own mean and adds the natural logarithm of that mean as a column,
    the mean being no less than a floor (`core.data.shape`); then it standardises. 'shape_noise'
    adds the logarithms of the noise of BP and of RP (see `BandNoise`) as well.

    Flux and flux_error, shape (n, 186) [e-/s per sample], are left as they are; the errors, NaN or
    0 where unknown, are of use to 'shape_noise' alone.
    """

    method: str
    fitted: Mapping[str, np.ndarray]
    noise: BandNoise | None = None  # how 'shape_noise' finds the noise of a spectrum

    @classmethod
    def fit(cls, method: str, flux: np.ndarray, flux_error: np.ndarray | None = None) -> "Scaler":
        """Fit `method` to the training part.

        Raises a `ConfigError` if the method is unknown, and a `DataError` if there are no spectra,
        not 186 samples each, a flux is not finite, or the errors are of another shape.
        """
        one_of("scaling", "Scaling", method, SCALINGS)
        flux = check_flux(flux, flux_error)
        if len(flux) == 0:
            raise DataError("Scaling: expected at least one spectrum to fit, received none.")
        estimator = _unfitted(method)
        if not hasattr(estimator, "partial_fit"):
            if method == "quantile":
                estimator.set_params(n_quantiles=min(estimator.n_quantiles, len(flux)))
            return cls(method, _fitted(method, estimator.fit(flux)))
        return cls.fit_parts(method, [(flux, flux_error)], (flux, flux_error))

    @classmethod
    def fit_parts(cls, method: str, parts: Iterable[Spectra], sample: Spectra) -> "Scaler":
        """Fit `method` to a training part that comes part by part, flux and errors of each.

        Least and largest values, means and deviations are those of all parts. Quantiles, and what
        stands in for unknown errors, are those of a sample. Errors as of `fit`.
        """
        estimator = _unfitted(method)
        if not hasattr(estimator, "partial_fit"):
            return cls.fit(method, *sample)
        noise = BandNoise.fit(*sample) if method == "shape_noise" else None
        scaler = cls(method, {}, noise)
        for flux, flux_error in parts:
            check_flux(flux, flux_error)
            for rows in _chunks(len(flux)):
                estimator.partial_fit(scaler._columns(flux, flux_error, rows))
        return replace(scaler, fitted=_fitted(method, estimator))

    @cached_property
    def estimator(self) -> Any:
        """The fitted scaler of scikit-learn."""
        estimator = _unfitted(self.method)
        for name, array in self.fitted.items():
            setattr(estimator, name, array)
        return estimator

    def transform(self, flux: np.ndarray, flux_error: np.ndarray | None = None) -> np.ndarray:
        """Return what the network takes, float32 (n, n_inputs(method)), finite for finite flux.

        Raises a `DataError` if there are not 186 samples each, a flux is not finite, or the errors
        are of another shape.
        """
        flux = check_flux(flux, flux_error)
        features = np.empty((len(flux), n_inputs(self.method)), dtype=np.float32)
        for rows in _chunks(len(flux)):
            features[rows] = self._scaled(self._columns(flux, flux_error, rows))
        return features

    def _scaled(self, columns: np.ndarray) -> np.ndarray:
        """Return what the estimator would, to the bit, without its checks.

        Every epoch of a training with fresh noise comes here, and whoever predicts, who need not
        wait a second for scikit-learn.
        """
        if self.method == "quantile":
            return self.estimator.transform(columns)
        fitted = self.fitted
        kind = columns.dtype if columns.dtype.kind == "f" else np.dtype(float)
        columns = columns.astype(kind, copy=self.method not in SHAPES)
        if self.method == "minmax":
            columns *= fitted["scale_"]
            columns += fitted["min_"]
        elif self.method == "robust":
            columns -= fitted["center_"]
            columns /= fitted["scale_"]
        else:
            columns -= fitted["mean_"].astype(kind)
            columns /= fitted["scale_"].astype(kind)
        return columns

    def _columns(self, flux: np.ndarray, flux_error: np.ndarray | None, rows: slice) -> np.ndarray:
        """Return the columns that the scikit-learn scaler sees of some rows."""
        flux = flux[rows]
        if self.method not in SHAPES:
            return flux
        mean = mean_flux(flux)
        columns = np.empty((len(flux), n_inputs(self.method)), np.float32)
        np.multiply(flux, (1 / mean).astype(np.float32), out=columns[:, :N_SAMPLES])
        columns[:, N_SAMPLES] = np.log(mean[:, 0])
        if self.noise is not None:
            given = None if flux_error is None else flux_error[rows]
            columns[:, N_SAMPLES + 1 :] = self.noise.log_noise(flux, given)
        return columns

    def save(self, path: str | Path) -> None:
        """Write the method and its fitted arrays as an .npz file."""
        arrays = dict(self.fitted)
        header = json.dumps({"method": self.method})
        if self.noise is not None:
            arrays["log_noise_factor"] = np.array(self.noise.log_factor)
            arrays["uses_errors"] = np.array(self.noise.uses_errors)
        np.savez(path, allow_pickle=False, header=np.array(header), **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Scaler":
        """Read what `save` wrote; raise a `RunError` if the file is missing or no scaler's."""
        path = Path(path)
        if not is_there(path):
            raise RunError(f"The scaler {path} is missing; train the run again.")
        with reading(path, "Copy the run's folder again.", "a scaler as this program writes it"):
            stored = read_npz(path)
            method = parse_table(str(stored["header"]))["method"]
            fitted = {name: stored[name] for name in _FITTED[method]}
            noise = None
            if method == "shape_noise":
                bp, rp = stored["log_noise_factor"].tolist()
                noise = BandNoise((bp, rp), bool(stored["uses_errors"]))
            if not all(np.isfinite(array).all() for array in fitted.values()):
                raise ValueError("not all of its numbers are finite")
        width = {np.shape(array)[-1:] for name, array in fitted.items() if name != "references_"}
        if width != {(n_inputs(method),)}:
            raise RunError(
                f"{path}: expected {n_of(n_inputs(method), 'column')} for '{method}', "
                f"received arrays of {sorted(width)}."
            )
        return cls(method, fitted, noise)


def _unfitted(method: str) -> Any:
    """Return the scaler of scikit-learn for a method; its import takes a second."""
    from sklearn import preprocessing

    if method == "minmax":
        return preprocessing.MinMaxScaler()
    if method == "robust":
        return preprocessing.RobustScaler()
    if method == "quantile":
        return preprocessing.QuantileTransformer(output_distribution="normal", random_state=0)
    return preprocessing.StandardScaler()


def _fitted(method: str, estimator: Any) -> dict[str, np.ndarray]:
    return {name: getattr(estimator, name) for name in _FITTED[method]}


def check_flux(flux: np.ndarray, flux_error: np.ndarray | None = None) -> np.ndarray:
    """Return `flux` as an array of 186 finite samples per row.

    Raises a `DataError` that names the first bad row and column if it is not that, or the errors,
    where given, are of another shape.
    """
    flux = np.asarray(flux)
    check_shapes(flux, flux_error)
    for rows in _chunks(len(flux)):
        finite = np.isfinite(flux[rows])
        if not finite.all():
            row, column = np.argwhere(~finite)[0] + (rows.start, 0)
            raise DataError(
                f"Expected finite flux, received {flux[row, column]} at index [{row}, {column}]."
            )
    return flux


def check_shapes(flux: np.ndarray, flux_error: np.ndarray | None) -> None:
    """Raise a `DataError` unless there are 186 samples per row, and errors of the same shape."""
    if flux.ndim != 2 or flux.shape[1] != N_SAMPLES:
        raise DataError(f"Expected flux of shape (n, {N_SAMPLES}), received {flux.shape}.")
    if flux_error is not None and flux_error.shape != flux.shape:
        raise DataError(
            f"Expected flux_error of the flux's shape {flux.shape}, received {flux_error.shape}."
        )


def _chunks(n_rows: int) -> Iterator[slice]:
    for start in range(0, n_rows, CHUNK_ROWS):
        yield slice(start, min(start + CHUNK_ROWS, n_rows))
