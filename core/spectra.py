"""The sample grid of a Gaia BP/RP (XP) spectrum: 80 BP samples, then 106 RP samples."""

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import ConfigError, DataError

N_BP = 80
N_RP = 106
N_SAMPLES = N_BP + N_RP

FLUX_UNIT = "e-/s per sample"


@dataclass(frozen=True)
class SampleGrid:
    """Positions of the 186 samples in pseudo-wavelength (pixels) and in nm.

    Gaia's module SMSgen takes 120 equidistant samples per band; galaxy
    redshifts use BP [34:114] and RP [4:110] (Gaia DR3 documentation,
    section 11.3.13). Start and step are an estimate that lies between the
    published band edges (366 and 996 nm) and a fit to published mean spectra.
    An official table of positions can stand in its place.

    Attributes
    ----------
    bp_start, bp_step : float
        Pixel position of the first kept BP sample and the step between
        samples [pixel]; the step is negative since BP pixel number falls
        with wavelength.
    rp_start, rp_step : float
        The same for RP.
    bp_table, rp_table : tuple of float, optional
        Explicit pixel positions (80 and 106) that replace start and step.
    """

    bp_start: float = 42.60
    bp_step: float = -0.3408
    rp_start: float = 10.76
    rp_step: float = 0.3537
    bp_table: tuple[float, ...] = ()
    rp_table: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for band, table, size in (("bp", self.bp_table, N_BP), ("rp", self.rp_table, N_RP)):
            if table and len(table) != size:
                raise ConfigError(
                    f"SampleGrid.{band}_table: expected {size} pixel positions, "
                    f"received {len(table)}."
                )
        if np.any(np.diff(self.bp_pixel) >= 0) or np.any(np.diff(self.rp_pixel) <= 0):
            raise ConfigError(
                "SampleGrid: pixel positions must fall along BP and rise along RP, "
                "so that wavelength rises in both."
            )

    @property
    def bp_pixel(self) -> np.ndarray:
        """BP sample positions, shape (80,) [pixel]."""
        if self.bp_table:
            return np.array(self.bp_table)
        return self.bp_start + self.bp_step * np.arange(N_BP)

    @property
    def rp_pixel(self) -> np.ndarray:
        """RP sample positions, shape (106,) [pixel]."""
        if self.rp_table:
            return np.array(self.rp_table)
        return self.rp_start + self.rp_step * np.arange(N_RP)

    @property
    def wavelength_nm(self) -> np.ndarray:
        """Central wavelength of every sample, shape (186,) [nm], BP then RP.

        From the DR3 dispersion functions tabulated in GaiaXPy.
        """
        bp, rp = dispersion_table()
        return np.concatenate(
            [
                # np.interp needs rising abscissae; BP pixel falls with wavelength.
                np.interp(-self.bp_pixel, -bp[1], bp[0]),
                np.interp(self.rp_pixel, rp[1], rp[0]),
            ]
        )


@functools.cache
def dispersion_table() -> tuple[np.ndarray, np.ndarray]:
    """Return Gaia DR3's dispersion functions of BP and RP.

    Read from the table that GaiaXPy ships (``TabulatedDispersionFunction-DR3``)
    without importing GaiaXPy.

    Returns
    -------
    bp, rp : np.ndarray, shape (2, n)
        Rising wavelength [nm] and the pixel position at it, where the band
        has one.

    Raises
    ------
    DataError
        If GaiaXPy or its table is not installed.
    """
    package = importlib.util.find_spec("gaiaxpy")
    if package is None or package.origin is None:
        raise DataError("The dispersion table comes with GaiaXPy; install it: pip install gaiaxpy.")
    folder = Path(package.origin).parent / "config"
    tables = sorted(folder.glob("TabulatedDispersionFunction-DR3-*.csv"))
    if not tables:
        raise DataError(f"No DR3 dispersion table in {folder}; reinstall gaiaxpy.")
    table = np.genfromtxt(tables[-1], delimiter=",", skip_header=1)
    return tuple(table[np.isfinite(table[:, band])][:, [0, band]].T for band in (1, 2))
