"""p(z) of a run's test part, kept in the run: as its network gave it, and calibrated quantiles."""

from dataclasses import dataclass

import numpy as np

from core.data.dataset import Galaxies
from core.errors import RunError
from core.model.mixture import Mixtures
from core.npz import read_npz, write_npz
from core.prediction.calibration.density_calibration import DensityCalibration
from core.prediction.catalogue.pz_file import LEVELS
from core.prediction.predictor import Predictor
from core.runs import Run
from core.shell import command
from core.stored import is_there, reading

# At once, where the spectra come from a file.
BLOCK_GALAXIES = 8192

_MIXTURE = ("weights", "means", "sigmas")


@dataclass(frozen=True, eq=False)
class Densities:
    """Densities of the n galaxies of a test part.

    Attributes
    ----------
    source_id : np.ndarray of int64, shape (n,)
    mixtures : Mixtures
        As the network gave them; `DensityCalibration.density` calibrates them.
    levels : np.ndarray of float64, shape (k,)
    quantiles : np.ndarray of float32, shape (n, k)
        Of the calibrated densities [redshift].
    """

    source_id: np.ndarray
    mixtures: Mixtures
    levels: np.ndarray
    quantiles: np.ndarray


def write_densities(
    run: Run,
    calibration: DensityCalibration,
    galaxies: Galaxies,
    in_test: np.ndarray | None = None,
) -> None:
    """Predict p(z) of a run's test part, and keep it.

    It is those of the galaxies that `in_test`, bool (n,), chooses; by default all. A missing or
    damaged network is a `RunError`.
    """
    predictor = Predictor(run.path)
    blocks = [
        predictor.mixtures(spectra.flux, spectra.flux_error)
        for spectra in galaxies.chunks(BLOCK_GALAXIES, in_test)
    ]
    mixture = {name: np.concatenate([getattr(each, name) for each in blocks]) for name in _MIXTURE}
    quantiles = calibration.quantiles(Mixtures(**mixture), LEVELS).astype(np.float32)
    source_id = galaxies.source_id if in_test is None else galaxies.source_id[in_test]
    arrays = {"source_id": source_id, "levels": np.array(LEVELS), "quantiles": quantiles}
    write_npz(run.densities_path, **arrays, **mixture)


def read_densities(run: Run) -> Densities:
    """Return what `write_densities` kept.

    Raises
    ------
    RunError
        If the file is missing or damaged.
    """
    path = run.densities_path
    anew = f"Make it again: {command('xpz', 'calibrate', '--run', run.path)}"
    if not is_there(path):
        raise RunError(
            f"Run '{run.title}' has no p(z) of its test part: its network gives only a redshift, "
            f"or {path.name} is lost. {anew}"
        )
    with reading(path, anew, "p(z) as this program writes it"):
        arrays = read_npz(path)
        densities = Densities(
            arrays["source_id"],
            Mixtures(*(arrays[name] for name in _MIXTURE)),
            arrays["levels"],
            arrays["quantiles"],
        )
        n, n_components = densities.mixtures.means.shape
        shapes = {arrays[name].shape for name in _MIXTURE}
        if shapes != {(n, n_components)} or densities.source_id.shape != (n,):
            raise ValueError("the arrays do not fit together")
        if densities.quantiles.shape != (n, len(densities.levels)):
            raise ValueError("the quantiles do not fit the mixtures")
        if not all(np.isfinite(arrays[name]).all() for name in (*_MIXTURE, "levels", "quantiles")):
            raise ValueError("not all of its numbers are finite")
    return densities
