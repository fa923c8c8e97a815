"""Which wavelengths carry the redshift: occlusion averaged over galaxies of like redshift."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.atomic import replacing
from core.config import from_dict, to_dict
from core.data.galaxies import Galaxies
from core.errors import DataError, RunError
from core.evaluation.bins import bin_edges, bin_index
from core.inspection.occlusion import ANCHOR_SAMPLES, WIDTH_SAMPLES, hide
from core.npz import read_npz
from core.prediction.calibration.calibration import hash_network
from core.prediction.predictor import Predictor
from core.runs import Run
from core.shell import command
from core.spectra import N_BP, N_SAMPLES
from core.stored import is_there, parse_table, reading

MAX_GALAXIES = 2000
"""Enough for means within a few per cent in a well-filled bin."""

MARGIN_SAMPLES = WIDTH_SAMPLES // 2 + ANCHOR_SAMPLES
"""At the ends of a band a straight line can only be extended, and what that does to a redshift
says little of the spectrum."""

SAMPLES = np.concatenate(
    [
        np.arange(first + MARGIN_SAMPLES, end - MARGIN_SAMPLES, 2)
        for first, end in ((0, N_BP), (N_BP, N_SAMPLES))
    ]
)
"""Samples in the middle of what is hidden. Every other one: the stretches of 11 samples overlap,
and `dissertation`, which predicts 4,000 spectra/s, is done within a minute."""

BIN_WIDTH = 0.025

MIN_GALAXIES = 5
"""Galaxies of a bin without which its means are left out."""


@dataclass(frozen=True)
class MapOrigin:
    """What a map was made of."""

    network_hash: str  # SHA-256 of the network's ONNX file
    data_hash: str  # of the data set that the galaxies are from; '' where it has none
    galaxies: str  # which ones, for people
    data_origin: str  # 'simulated', 'observed' or 'unknown'


@dataclass(frozen=True, eq=False)
class WavelengthMap:
    """How the predicted redshift changes where a stretch of the spectrum is hidden.

    With d the redshift without the stretch minus that of the whole spectrum,
    means over the galaxies of a bin of z_spec.

    Attributes
    ----------
    wavelength_nm : np.ndarray, shape (m,)
        Middle of each hidden stretch [nm], rising.
    edges : np.ndarray, shape (k + 1,)
        Of the bins of z_spec.
    n : np.ndarray of int, shape (k,)
        Galaxies per bin.
    strength : np.ndarray, shape (k, m)
        Mean of abs(d) / (1 + z_spec); NaN in bins with too few galaxies.
    shift : np.ndarray, shape (k, m)
        Mean of d / (1 + z_spec); NaN in bins with too few galaxies.
    origin : MapOrigin
    """

    wavelength_nm: np.ndarray
    edges: np.ndarray
    n: np.ndarray
    strength: np.ndarray
    shift: np.ndarray
    origin: MapOrigin

    def __post_init__(self) -> None:
        shape = (len(self.edges) - 1, len(self.wavelength_nm))
        found = (len(self.n), self.strength.shape, self.shift.shape)
        if found != (shape[0], shape, shape):
            raise RunError(f"Wavelength map: expected arrays of shape {shape}, received {found}.")

    def to_frame(self) -> pd.DataFrame:
        """Return a row per bin and stretch: z_low, z_high, n, wavelength_nm, strength, shift."""
        k, m = self.strength.shape
        return pd.DataFrame(
            {
                "z_low": np.repeat(self.edges[:-1], m),
                "z_high": np.repeat(self.edges[1:], m),
                "n": np.repeat(self.n, m),
                "wavelength_nm": np.tile(self.wavelength_nm, k),
                "strength": self.strength.ravel(),
                "shift": self.shift.ravel(),
            }
        )

    def save(self, path: Path) -> None:
        """Write the map as an .npz file, beside its place, then rename."""
        arrays = {name: value for name, value in vars(self).items() if name != "origin"}
        header = np.array(json.dumps(to_dict(self.origin)))
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, header=header, **arrays)

    @classmethod
    def load(cls, run: Run) -> "WavelengthMap | None":
        """Return a run's map, or None where it has none.

        Raises
        ------
        RunError
            If the file is damaged or was made for another network.
        """
        path = run.wavelength_map_path
        if not is_there(path):
            return None
        anew = f"Make it again: {command('xpz', 'explain', '--run', run.path)}"
        with reading(path, anew, "a wavelength map as this program writes it"):
            arrays = read_npz(path)
            origin = from_dict(MapOrigin, parse_table(str(arrays.pop("header"))), "header")
            found = cls(**arrays, origin=origin)
            # Bins with too few galaxies have no mean.
            means = np.isfinite([found.strength, found.shift]) | (found.n < MIN_GALAXIES)[:, None]
            if not (means.all() and np.isfinite([*found.wavelength_nm, *found.edges]).all()):
                raise ValueError("not all of its numbers are finite")
        if found.origin.network_hash != hash_network(run):
            Predictor(run.path)  # says so where it is the network that is damaged
            raise RunError(
                f"{path} belongs to another network than {run.onnx_path.name} beside it. {anew}"
            )
        return found


def make_map(
    run: Run,
    galaxies: Galaxies,
    origin: MapOrigin,
    progress: Callable[[int, int], None] | None = None,
    kept: np.ndarray | None = None,
) -> WavelengthMap:
    """Hide each stretch in the spectra of many galaxies and predict their redshifts again.

    One after the other, stretches of 11 samples are replaced by straight lines, but for the ends of
    the bands; `core.inspection.occlusion.occlusion` says how and what it means. The noise that the
    network is told of stays that of the whole spectrum. At most `MAX_GALAXIES` are taken of those
    that `kept`, bool (n,), chooses, by default of all; see `choose`. No others are read of a file.

    Raises a `DataError` if there are no galaxies, and a `RunError` if the run's network is missing
    or damaged.
    """
    predictor = Predictor(run.path)
    among = np.arange(len(galaxies)) if kept is None else np.flatnonzero(kept)
    if not len(among):
        raise DataError("Wavelength map: expected at least one galaxy, received none.")
    edges = bin_edges(galaxies.z[among], BIN_WIDTH)
    rows = among[choose(galaxies.z[among], edges)]
    z_spec = galaxies.z[rows]
    flux, flux_error = galaxies.rows(rows)
    flux_error = predictor.errors_of(flux, flux_error)
    z_whole = predictor.predict(flux, flux_error, estimated=True)
    index = bin_index(z_spec, edges)
    n = np.bincount(index, minlength=len(edges) - 1)
    strength, shift = np.full((2, len(n), len(SAMPLES)), np.nan)
    for column, sample in enumerate(SAMPLES):
        hidden = hide(flux, int(sample))
        change = predictor.predict(hidden, flux_error, estimated=True) - z_whole
        change /= 1 + z_spec
        for values, moments in ((strength, np.abs(change)), (shift, change)):
            total = np.bincount(index, moments, minlength=len(n))
            np.divide(total, n, out=values[:, column], where=n >= MIN_GALAXIES)
        if progress is not None:
            progress(column + 1, len(SAMPLES))
    wavelength_nm = galaxies.card.grid.wavelength_nm[SAMPLES]
    return WavelengthMap(wavelength_nm, edges, n, strength, shift, origin)


def choose(z: np.ndarray, edges: np.ndarray, n: int = MAX_GALAXIES, seed: int = 0) -> np.ndarray:
    """Return at most `n` rows, rising, drawn so that every bin has as equal a share as it can.

    `z` are true redshifts; `edges` those of `core.evaluation.bins.bin_edges`.
    """
    order = np.random.default_rng(seed).permutation(len(z))
    index = bin_index(z[order], edges) if len(z) else np.zeros(0, int)
    # The first of every bin, then the second of every bin, and so on.
    rank = pd.Series(index).groupby(index).cumcount().to_numpy()
    return np.sort(order[np.argsort(rank, kind="stable")[:n]])
