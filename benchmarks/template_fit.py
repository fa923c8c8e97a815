"""Redshifts by fitting templates, as photometric-redshift codes do; for comparison.

chi2 is that of the best non-negative sum of the simulator's own five templates, as its own
instrument sees them at a redshift and a size (Sersic profile); p(z) is exp(-chi2/2), added up
over the sizes, times a prior. As in EAZY (Brammer et al. 2008, ApJ 686, 1503, section 2.3), an
error of the templates is added to that of the flux. The fit knows no more than such a code
does: emission lines have one strength, and Galactic extinction is the mean one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from core.prediction.density import Density
from core.simulation.tables import SimulationTables
from core.simulation.templates import N_TEMPLATES
from core.spectra import N_SAMPLES


@dataclass(frozen=True)
class TemplateFitConfig:
    """Numbers of the fit.

    Attributes
    ----------
    re_min_arcsec, re_max_arcsec : float
        The table's half-light radii between these are tried [arcsec].
    template_error : float
        Error of the templates [share of the flux]; of 0.02, 0.05, 0.1 and 0.2 the one that did
        best on validation spectra.
    """

    re_min_arcsec: float = 0.19
    re_max_arcsec: float = 6.5
    template_error: float = 0.05


class TemplateFit:
    """The templates at every redshift and size, ready to fit.

    Parameters
    ----------
    tables : SimulationTables
        The simulator's.
    config : TemplateFitConfig
        Numbers of the fit.
    """

    def __init__(self, tables: SimulationTables, config: TemplateFitConfig) -> None:
        self.config = config
        self.z = tables.z_grid
        re_arcsec = np.exp(tables.ln_re_grid)
        sizes = (re_arcsec >= config.re_min_arcsec) & (re_arcsec <= config.re_max_arcsec)
        parts = tables.spectra[:, sizes, :, :N_SAMPLES]
        templates = parts.reshape(*parts.shape[:2], N_TEMPLATES, -1, N_SAMPLES).sum(axis=3)
        ebv = np.mean(tables.galaxies.ebv)
        templates *= 10.0 ** (-0.4 * ebv * tables.extinction[:N_SAMPLES])
        # Of mean 1, so that no coefficient is tiny; (n_z, n_re, 186, 5).
        templates /= templates.mean(axis=-1, keepdims=True)
        self.templates = np.moveaxis(templates, 2, 3).astype(float)
        # The noise of a spectrum has fewer independent components than samples.
        self.independent = (len(tables.noise_bp) + len(tables.noise_rp)) / N_SAMPLES

    def chi2(self, flux: np.ndarray, flux_error: np.ndarray) -> np.ndarray:
        """Return chi2 of one spectrum, (186,), at every redshift and size, (n_z, n_re)."""
        error = np.hypot(flux_error, self.config.template_error * flux)
        templates = self.templates / error[:, None]
        signal = np.broadcast_to((flux / error)[:, None], (*templates.shape[:-1], 1))
        # The triangle of a least-squares problem has the same solution and is far smaller.
        triangles = np.linalg.qr(np.concatenate([templates, signal], axis=-1), mode="r")
        residual = [
            nnls(triangle[:, :-1], triangle[:, -1])[1]
            for triangle in triangles.reshape(-1, *triangles.shape[-2:])
        ]
        return self.independent * np.square(residual).reshape(templates.shape[:2])

    def densities(self, flux: np.ndarray, flux_error: np.ndarray) -> Density:
        """Return p(z) of spectra, (n, 186) with their errors, under a flat prior."""
        chi2 = np.array([self.chi2(*rows) for rows in zip(flux, flux_error, strict=True)])
        chi2 -= chi2.min(axis=(1, 2), keepdims=True)
        return Density.normalised(self.z, np.exp(-chi2 / 2).sum(axis=2))
