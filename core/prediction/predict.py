"""Redshifts of spectra from a run's folder, through ONNX Runtime."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import RunError
from core.model.runtime import onnx_runtime
from core.model.scaling import Scaler, check_flux
from core.model.shapes import n_inputs
from core.runs import Run

# Spectra per call of the network: larger calls are no faster, and `dissertation` takes 0.7 MB
# for each spectrum of a call.
CHUNK_SPECTRA = 256


class Predictor:
    """A trained run, ready to predict.

    The same spectra give the same redshifts, to the bit, on one machine.

    Parameters
    ----------
    run_dir : str or Path
        The run's folder; `core.runs` says what lies in it.

    Raises
    ------
    RunError
        If a file is missing, damaged or does not fit the other.
    """

    def __init__(self, run_dir: str | Path) -> None:
        run = Run(Path(run_dir))
        self.scaler = Scaler.load(run.scaler_path)
        self._session = _open_session(run.onnx_path, n_inputs(self.scaler.method))

    def predict(
        self, flux: np.ndarray, progress: Callable[[int, int], None] | None = None
    ) -> np.ndarray:
        """Return the redshift of every spectrum.

        Parameters
        ----------
        flux : np.ndarray, shape (n, 186)
            Flux [e-/s per sample]; left as it is.
        progress : callable, optional
            Called with the number of spectra done and their total.

        Returns
        -------
        np.ndarray, shape (n,), float64
            Predicted redshifts.

        Raises
        ------
        DataError
            If there are not 186 samples each, or a flux is not finite.
        """
        flux = check_flux(flux)
        z_pred = np.empty(len(flux))
        for start in range(0, len(flux), CHUNK_SPECTRA):
            rows = slice(start, start + CHUNK_SPECTRA)
            features = self.scaler.transform(flux[rows])
            z_pred[rows] = self._session.run(None, {"features": features})[0][:, 0]
            if progress is not None:
                progress(min(rows.stop, len(flux)), len(flux))
        return z_pred


def _open_session(path: Path, width: int) -> Any:
    onnxruntime = onnx_runtime()
    if not path.is_file():
        raise RunError(f"The network {path} is missing; was the run completed? Train it again.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Idle threads sleep: the screens share the machine with a training.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no base class of their own
        raise RunError(
            f"{path}: expected a network in ONNX format, received a damaged or foreign file "
            f"({error})."
        ) from error
    shapes = {put.name: put.shape for put in session.get_inputs()}
    if list(shapes) != ["features"] or shapes["features"][1:] != [width]:
        raise RunError(
            f"{path}: expected one input 'features' of {width} columns, as the run's scaler makes "
            f"them, received {shapes}. The two files are not of one run."
        )
    return session
