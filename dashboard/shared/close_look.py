"""What a close look at one source shows on every screen: tables and numbers of its figures."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.data import AverageSpectrum, mean_shape
from core.prediction import Density
from core.runs import Run
from dashboard.shared import state, store

NOISE_IS_SHARED = (
    "The 186 samples are made of about 110 coefficients, so neighbours share their noise: a bump "
    "of a few samples is noise and no line, also where a mark stands beside it."
)


def shape_of(run: Run, source_id: np.ndarray) -> np.ndarray | None:
    """Return the mean shape (186,) of training galaxies; None where their data set is missing."""
    entry = state.dataset_of(run.config.learnt_from)
    if entry is None:
        return None
    data = store.dataset(store.FileVersion.of(entry.path))
    rows = np.flatnonzero(np.isin(data.source_id, source_id))
    return mean_shape(data.rows(rows, with_errors=False)[0]) if len(rows) else None


def spectrum_table(
    wavelength_nm: np.ndarray,
    flux: np.ndarray,
    flux_error: np.ndarray | None,
    neighbours: np.ndarray | None = None,
    change: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return everything that the figure shows, a row per sample."""
    columns = {
        "wavelength_nm": wavelength_nm,
        "flux": flux,
        "flux_error": flux_error,
        "nearest_training_mean": neighbours,
        "change_of_z_when_hidden": change,
    }
    return pd.DataFrame({name: values for name, values in columns.items() if values is not None})


def pz_facts(points: Mapping[str, float], share_below: float | None = None) -> dict[str, str]:
    """Return the numbers of a p(z), ready to be shown, with the share below z_spec."""
    known = {f"p(z) {name}": f"{value:.4f}" for name, value in points.items()}
    if share_below is not None:
        known["p(z) below z_spec"] = f"{100 * share_below:.1f} %"
    return known


def pz_table(density: Density, as_trained: Density | None = None) -> pd.DataFrame:
    """Return everything that the figure of the first density shows, a row per redshift."""
    columns = {"z": density.z, "pdf": density.pdf[0], "cdf": density.cdf()[0]}
    if as_trained is not None:
        columns["pdf_training_prior"] = as_trained.pdf[0]
    return pd.DataFrame(columns)


def average_table(wavelength_nm: np.ndarray, average: AverageSpectrum) -> pd.DataFrame:
    """Return wavelength_nm and every curve of an average spectrum, a row per sample."""
    curves = {name: getattr(average, name) for name in ("mean", "median", "p16", "p84")}
    return pd.DataFrame({"wavelength_nm": wavelength_nm, **curves})
