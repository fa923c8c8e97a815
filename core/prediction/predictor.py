"""Redshifts of spectra from a run's folder, through ONNX Runtime."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from core.amounts import n_of
from core.config import require
from core.errors import RunError
from core.model.mixture import Mixtures
from core.model.scaling import Scaler, check_flux
from core.model.shapes import n_inputs
from core.prediction.confined_network import ConfinedNetwork
from core.prediction.session import CHUNK_SPECTRA, Network
from core.runs import Run
from core.stored import COPY_AGAIN, is_there, reading


class Predictor:
    """A trained run, ready to predict.

    The same spectra in the same order give the same redshifts, to the bit, on one machine; in
    another order they differ by some 1e-8, as sums of 32-bit numbers do. The network of an imported
    run runs in a process of its own (`core.prediction.confined_network`).

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
        self._network: Network | ConfinedNetwork = _open_network(run, n_inputs(self.scaler.method))

    @classmethod
    def of(cls, scaler: Scaler, network: Network) -> "Predictor":
        """Return what predicts with a network that lies in no run's folder."""
        predictor = cls.__new__(cls)
        predictor.scaler, predictor._network = scaler, network
        return predictor

    @property
    def head(self) -> str:
        """What the network returns: 'point', a redshift, or 'mixture', p(z)."""
        return "point" if self._network.width == 1 else "mixture"

    def predict(
        self,
        flux: np.ndarray,
        flux_error: np.ndarray | None = None,
        progress: Callable[[int, int], None] | None = None,
        *,
        estimated: bool = False,
    ) -> np.ndarray:
        """Return the redshift of every spectrum, not calibrated, shape (n,), float64.

        Of a mixture the mean. `flux` and `flux_error`, shape (n, 186) [e-/s per sample], are left
        as they are; errors, for networks that look at them, may be None, or NaN where unknown.
        `estimated` says that they come from the run's own `BandNoise`: only those are looked at by
        a network that was trained on spectra without errors. `progress` is called with the number
        of spectra done and their total. A `DataError` says if there are not 186 samples each, or a
        flux is not finite.
        """
        z_pred = np.empty(len(flux))
        if not estimated:
            flux_error = self._of_use(flux_error)
        for rows, outputs in self._outputs(flux, flux_error, progress):
            z_pred[rows] = (
                outputs[:, 0] if self.head == "point" else Mixtures.from_outputs(outputs).mean()
            )
        return z_pred

    def errors_of(self, flux: np.ndarray, flux_error: np.ndarray | None) -> np.ndarray | None:
        """Return the errors that the network goes by, to hold them while the flux changes.

        With the run's own estimates where errors are unknown, for `predict` with `estimated`; those
        given where the network looks at no errors. Shape (n, 186), or None.
        """
        noise = self.scaler.noise
        return flux_error if noise is None else noise.errors(flux, flux_error)

    def mixtures(
        self,
        flux: np.ndarray,
        flux_error: np.ndarray | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Mixtures:
        """Return p(z) of every spectrum as the network gives it, not calibrated.

        Parameters and `DataError` as of `predict`; a `ConfigError` if the network has no p(z).
        """
        require(
            self.head == "mixture",
            "p(z): expected a network with the head 'mixture', received one that gives only a "
            "redshift. Choose another run, or train one with that head.",
        )
        flux_error = self._of_use(flux_error)
        outputs = [part for _, part in self._outputs(flux, flux_error, progress)]
        width = self._network.width
        return Mixtures.from_outputs(np.concatenate([np.empty((0, width), np.float32), *outputs]))

    def _of_use(self, flux_error: np.ndarray | None) -> np.ndarray | None:
        noise = self.scaler.noise
        return None if noise is not None and not noise.uses_errors else flux_error

    def _outputs(
        self,
        flux: np.ndarray,
        flux_error: np.ndarray | None,
        progress: Callable[[int, int], None] | None,
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the network's outputs with the rows that they belong to."""
        flux = check_flux(flux, flux_error)
        for start in range(0, len(flux), CHUNK_SPECTRA):
            rows = slice(start, start + CHUNK_SPECTRA)
            errors = None if flux_error is None else flux_error[rows]
            features = self.scaler.transform(flux[rows], errors)
            yield rows, self._network.run(features)
            if progress is not None:
                progress(min(rows.stop, len(flux)), len(flux))


def _open_network(run: Run, width: int) -> Network | ConfinedNetwork:
    path = run.onnx_path
    if not is_there(path):
        raise RunError(f"The network {path} is missing; was the run completed? Train it again.")
    kind = ConfinedNetwork if run.is_imported else Network
    with reading(path, COPY_AGAIN, "a network in ONNX format"):
        network = kind(path)
    if list(network.inputs) != ["features"] or network.inputs["features"][1:] != [width]:
        raise RunError(
            f"{path}: expected one input 'features' of {n_of(width, 'column')}, as the run's "
            f"scaler makes them, received {network.inputs}. The two files belong to different "
            "runs."
        )
    return network
