"""Which spectra a data set can hold: whole fluxes, with errors or without any."""

import numpy as np

from core.amounts import n_of

NO_FLUX = "flux missing or not usable"
NO_ERROR = "flux error missing or not usable"


def unusable(flux: np.ndarray, flux_error: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return, by reason, which spectra of shape (n, n_samples) nothing can learn from, (n,) bool.

    Errors may be missing altogether, as NaN, but not in part.
    """
    reasons = {NO_FLUX: ~np.isfinite(_single(flux)).all(axis=1)}
    if flux_error is not None:
        right = (np.isfinite(_single(flux_error)) & (flux_error >= 0)).all(axis=1)
        reasons[NO_ERROR] = ~(right | np.isnan(flux_error).all(axis=1))
    return reasons


def _single(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # a number beyond those of our files becomes inf
        return values.astype(np.float32, copy=False)


def without_errors(flux_error: np.ndarray | None, keep: np.ndarray) -> int:
    """Count spectra that are kept, (n,) bool, of which no error is known; 0 where no column is."""
    return 0 if flux_error is None else int((np.isnan(flux_error).all(axis=1) & keep).sum())


def said_without_errors(n: int) -> list[str]:
    """Say, in a sentence if any, how many spectra are kept without errors."""
    said = f"{n_of(n, 'spectrum')} kept without flux errors: the file has none that can be used"
    return [said] * bool(n)
