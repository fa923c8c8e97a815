"""Real SDSS galaxies, described by kcorrect's template coefficients: the donors."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

R_BAND = 2
"""Index of r among ugriz."""

SDSS_RESPONSES = ("sdss_u0", "sdss_g0", "sdss_r0", "sdss_i0", "sdss_z0")

# Extinction in SDSS r over E(B-V): Schlegel, Finkbeiner & Davis (1998, ApJ 500, 525), table 6,
# which the SDSS column EXTINCTION is made with.
R_EXTINCTION_PER_EBV = 2.751


@dataclass(frozen=True)
class GalaxyConfig:
    """Which of the real galaxies are used and how they are fitted."""

    z_min: float = 0.003  # exclusive; nearer ones have no trustworthy colours
    r_bright: float = 13.0  # limits of r, free of Galactic extinction [mag]
    r_faint: float = 18.5
    fit_z_max: float = 0.7  # redshift grid on which kcorrect projects its templates onto ugriz
    fit_z_step: float = 0.001


@dataclass(frozen=True, eq=False)
class Galaxies:
    """The donors, in rising redshift; magnitudes and reddening in mag."""

    z: np.ndarray  # (n,), spectroscopic
    coefficients: np.ndarray  # (n, 5), kcorrect's, non-negative
    r_mag: np.ndarray  # (n,), free of Galactic extinction
    ebv: np.ndarray  # (n,), Galactic E(B-V)
    rest_g_minus_r: np.ndarray  # (n,), rest-frame colour of the fitted templates


def fit_galaxies(config: GalaxyConfig, z_grid: np.ndarray) -> tuple[Galaxies, np.ndarray]:
    """Fit kcorrect's templates to the SDSS galaxies of its package data (needs kcorrect).

    Returns the donors, and the r flux of each template for a coefficient of 1 at the m redshifts of
    `z_grid`, shape (m, 5) [AB maggies].
    """
    import kcorrect
    import kcorrect.kcorrect
    from astropy.io import fits

    path = Path(kcorrect.__file__).parent / "data" / "test" / "gst_tests_small.fits"
    table = fits.getdata(path, 1)
    # MODELFLUX is as observed, in nanomaggies; EXTINCTION in magnitudes.
    transmission = 10.0 ** (-0.4 * np.asarray(table["EXTINCTION"], dtype=float))
    maggies = np.asarray(table["MODELFLUX"], dtype=float) / transmission * 1e-9
    ivar = np.asarray(table["MODELFLUX_IVAR"], dtype=float) * transmission**2 * 1e18
    z = np.asarray(table["Z"], dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        r_mag = -2.5 * np.log10(maggies[:, R_BAND])
    kept = (
        (z > config.z_min)
        & (r_mag > config.r_bright)
        & (r_mag < config.r_faint)
        & np.all(maggies[:, 1:] > 0, axis=1)
    )
    kept = np.flatnonzero(kept)[np.argsort(z[kept], kind="stable")]

    fitter = kcorrect.kcorrect.KcorrectSDSS(
        responses=list(SDSS_RESPONSES),
        redshift_range=[0.0, config.fit_z_max],
        nredshift=round(config.fit_z_max / config.fit_z_step) + 1,
        abcorrect=False,
    )
    coefficients = fitter.fit_coeffs(redshift=z[kept], maggies=maggies[kept], ivar=ivar[kept])
    coefficients = np.asarray(coefficients, dtype=float)
    rest_g, rest_r = np.asarray(fitter.Amatrix(0.0), dtype=float)[1:3] @ coefficients.T
    galaxies = Galaxies(
        z=z[kept],
        coefficients=coefficients,
        r_mag=r_mag[kept],
        ebv=np.asarray(table["EXTINCTION"], dtype=float)[kept, R_BAND] / R_EXTINCTION_PER_EBV,
        rest_g_minus_r=-2.5 * np.log10(rest_g / rest_r),
    )
    return galaxies, np.asarray(fitter.Amatrix(z_grid), dtype=float)[:, R_BAND]
