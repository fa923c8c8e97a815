"""Gaia's BP/RP instrument: from flux density to internally calibrated samples.

GaiaXPy turns internal coefficients into flux density with the inverse bases of the external
calibration (Montegriffo et al. 2023, A&A 674, A3). Here the same files serve the other way round.
"""

import contextlib
import io
from dataclasses import dataclass

import numpy as np

from core.simulation.profile import ProfileConfig, collapsed_kernel
from core.spectra import SampleGrid

SPEED_OF_LIGHT = 299_792_458.0  # m/s, exact
PLANCK = 6.62607015e-34  # J s, exact


@dataclass(frozen=True)
class InstrumentConfig:
    """Numbers of the instrument model, and which of GaiaXPy's external calibrations it is."""

    bp_model: str = "v375wi"
    rp_model: str = "v142r"
    pupil_area_m2: float = 0.7278  # telescope pupil A
    wavelength_low_nm: float = 310.0  # grid of the integrals; limits: the response files'
    wavelength_high_nm: float = 1100.0
    wavelength_step_nm: float = 0.1
    kernel_step_pixel: float = 0.1  # of the convolution with a galaxy's profile

    @property
    def wavelength_nm(self) -> np.ndarray:
        """Wavelengths of the integrals [nm]."""
        span = self.wavelength_high_nm - self.wavelength_low_nm
        steps = round(span / self.wavelength_step_nm)
        return np.linspace(self.wavelength_low_nm, self.wavelength_high_nm, steps + 1)


def hermite_functions(n: int, x: np.ndarray) -> np.ndarray:
    """Return the first `n` Hermite functions at x (m,), orthonormal over the reals, shape (n, m).

    By the recurrence of DLMF 18.9(i) for the normalised functions.
    """
    rows = np.zeros((n + 1, np.size(x)))
    rows[0] = np.pi**-0.25 * np.exp(-np.square(x) / 2)
    rows[1] = np.sqrt(2) * x * rows[0]
    for k in range(2, n):
        rows[k] = np.sqrt(2 / k) * x * rows[k - 1] - np.sqrt((k - 1) / k) * rows[k - 2]
    return rows[:n]


@dataclass(frozen=True, eq=False)
class Band:
    """BP or RP. The Hermite functions' argument is offset + scale * pixel.

    `response`, shape (n_bases, n_wavelengths), holds the Hermite coefficients of the internal
    spectrum [e-/s/pixel] for a flux density of 1 W/m2/nm at one point of the wavelength grid;
    `light`, shape (n_wavelengths,), all e-/s detected of it. `g_flux`, shape (n_bases,), is the
    flux in Gaia's G band per Hermite coefficient, scaled so that G = -2.5 log10(flux), Vega system.
    """

    scale: float
    offset: float
    response: np.ndarray
    light: np.ndarray
    g_flux: np.ndarray

    def design(self, pixel: np.ndarray) -> np.ndarray:
        """Return the bases at pixel positions (m,), shape (m, n_bases)."""
        return hermite_functions(len(self.response), self.offset + self.scale * pixel).T

    def blurred_design(
        self, pixel: np.ndarray, re_arcsec: float, profile: ProfileConfig, step_pixel: float
    ) -> np.ndarray:
        """Return the bases as a galaxy of half-light radius `re_arcsec` shows them.

        It is a sum of point sources at offsets along scan; each shifts the whole spectrum. Light
        outside the window is lost.
        """
        offsets, weights = collapsed_kernel(re_arcsec, step_pixel, profile)
        design = self.design((pixel[:, None] - offsets).ravel())
        return np.einsum("ikb,k->ib", design.reshape(len(pixel), len(offsets), -1), weights)


def load_bands(config: InstrumentConfig = InstrumentConfig()) -> tuple[Band, Band]:
    """Return BP and RP, read from GaiaXPy's configuration files (needs gaiaxpy)."""
    return _load_band("bp", config.bp_model, config), _load_band("rp", config.rp_model, config)


def _load_band(band: str, model: str, config: InstrumentConfig) -> Band:
    from gaiaxpy.calibrator.external_instrument_model import ExternalInstrumentModel
    from gaiaxpy.config.paths import config_path

    paths = [
        f"{config_path}/{band}C03_{model}_{part}.csv"
        for part in ("dispersion", "response", "bases")
    ]
    with contextlib.redirect_stdout(io.StringIO()):  # its parser prints its progress
        external = ExternalInstrumentModel.from_config_csv(*paths)
    bases = external.bases
    low, high = bases["normRangeMin"], bases["normRangeMax"]
    scale = (high - low) / (bases["pwlRangeMax"] - bases["pwlRangeMin"])
    offset = low - bases["pwlRangeMin"] * scale

    wavelength_nm = config.wavelength_nm
    pixel = external.wl_to_pwl(wavelength_nm)
    # g = A R F lambda/(hc) in e-/s/nm; the inverse bases hold the dispersion, nm per pixel.
    g_per_flux = np.clip(external.get_response(wavelength_nm), 0.0, None)
    g_per_flux *= config.pupil_area_m2 * wavelength_nm * 1e-9 / (PLANCK * SPEED_OF_LIGHT)
    step_nm = np.gradient(wavelength_nm)
    step_nm[[0, -1]] /= 2  # trapezium rule
    light = g_per_flux * step_nm
    pixel_per_nm = np.abs(np.gradient(pixel, wavelength_nm))
    inverse = bases["inverseBasesCoefficients"]
    hermite = hermite_functions(inverse.shape[1], offset + scale * pixel)
    # Internal coefficients b stand for g = (IC^T b) . hermite, hence b = pinv(IC^T) <hermite, g>.
    return Band(
        scale=scale,
        offset=offset,
        response=np.linalg.pinv(inverse.T) @ (hermite * (scale * light * pixel_per_nm)),
        light=light,
        g_flux=_g_flux(band, bases["transformationMatrix"]),
    )


def _g_flux(band: str, transformation: np.ndarray) -> np.ndarray:
    """Return GaiaXPy's synthetic G band as a functional of Hermite coefficients."""
    from gaiaxpy import PhotometricSystem
    from gaiaxpy.core.config import load_xpsampling_from_xml

    system = PhotometricSystem.Gaia_DR3_Vega.value
    per_coefficient = load_xpsampling_from_xml("GaiaDr3Vega")[band][:, 0]
    # The archive's coefficients c are another basis of the same space: b = T^T c.
    return np.linalg.solve(transformation, per_coefficient) * 10 ** (
        -0.4 * system.get_zero_points()[0]
    )


def sample_steps(grid: SampleGrid) -> tuple[np.ndarray, np.ndarray]:
    """Return the widths of the BP and RP samples [pixel], shapes (80,) and (106,)."""
    return np.abs(np.gradient(grid.bp_pixel)), np.abs(np.gradient(grid.rp_pixel))
