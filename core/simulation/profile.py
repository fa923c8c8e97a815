"""Galaxies are extended: their Sersic profile, collapsed over Gaia's window, blurs the spectrum."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincinv

from core.config import require


@dataclass(frozen=True)
class ProfileConfig:
    """Surface brightness profile and window.

    The window is 60 x 12 pixels (Gaia Collaboration, Prusti et al. 2016, A&A 595, A1).
    """

    sersic_index: float = 3.0  # of every galaxy
    window_along_arcsec: float = 3.5
    window_across_arcsec: float = 2.1
    pixel_arcsec: float = 0.0589  # along scan
    n_shells: int = 4000  # circles over which the profile is summed

    def __post_init__(self) -> None:
        require(
            self.sersic_index > 0 and self.n_shells > 1,
            "Profile: expected sersic_index > 0 and n_shells > 1, received "
            f"{self.sersic_index} and {self.n_shells}.",
        )


def light_within(
    half_along_arcsec: np.ndarray, re_arcsec: float, config: ProfileConfig
) -> np.ndarray:
    """Return the share of a galaxy's light within rectangles centred on it, shape (m,), 0 to 1.

    Their half sizes along scan are X, `half_along_arcsec` (m,); across scan Y, half the window. The
    galaxy is round: L(<r) = P(2n, b (r/Re)^(1/n)), P the regularised incomplete gamma function and
    P(2n, b) = 1/2 (Ciotti 1991, A&A 249, 99). Each thin circle of radius r lies within |x| < X, |y|
    < Y by the angle arcsin(min(1, Y/r)) - arccos(min(1, X/r)) of each quadrant.
    """
    n = config.sersic_index
    b = gammaincinv(2 * n, 0.5)
    # From where no light is left inside to where hardly any is left outside.
    radius = re_arcsec * np.geomspace(1e-6, 1e3, config.n_shells + 1)
    light = np.diff(gammainc(2 * n, b * (radius / re_arcsec) ** (1 / n)), prepend=0.0)
    middle = np.sqrt(radius * np.concatenate([radius[:1] / 2, radius[:-1]]))
    across = np.arcsin(np.minimum(1.0, config.window_across_arcsec / 2 / middle))
    along = np.arccos(np.minimum(1.0, np.abs(half_along_arcsec)[:, None] / middle))
    return np.clip(across - along, 0.0, None) @ light / (np.pi / 2)


def aperture_fraction(re_arcsec: float, config: ProfileConfig = ProfileConfig()) -> float:
    """Return the share of the light that falls into Gaia's BP/RP window."""
    half = np.array([config.window_along_arcsec / 2])
    return float(light_within(half, re_arcsec, config)[0])


def collapsed_kernel(
    re_arcsec: float, step_pixel: float, config: ProfileConfig = ProfileConfig()
) -> tuple[np.ndarray, np.ndarray]:
    """Return the profile along scan, collapsed over the window across scan.

    That is the centres of bins of `step_pixel`, symmetric about 0 [pixel], and the light of the
    galaxy in each, whose sum is `aperture_fraction` up to the last part of a bin; shapes (2k + 1,).
    """
    reach = config.window_along_arcsec / 2 / config.pixel_arcsec
    count = round(reach / step_pixel - 0.5)
    outer = (np.arange(count + 1) + 0.5) * step_pixel
    outer[-1] = reach  # the outermost bin ends with the window
    within = light_within(outer * config.pixel_arcsec, re_arcsec, config)
    side = np.diff(within) / 2
    weight = np.concatenate([side[::-1], within[:1], side])
    return np.arange(-count, count + 1) * step_pixel, weight
