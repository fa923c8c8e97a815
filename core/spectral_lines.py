"""Spectral lines of galaxies, and the 4000 A break, that a redshift moves along a spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class SpectralFeature:
    """A line, a blend of lines or a break.

    Attributes
    ----------
    name : str
        What astronomers call it.
    rest_nm : float
        Wavelength in vacuum, at rest [nm].
    kind : {'emission', 'absorption', 'break'}
        How galaxies usually show it. Balmer lines, which young populations
        absorb, count as emission lines.
    """

    name: str
    rest_nm: float
    kind: Literal["emission", "absorption", "break"]

    def observed_nm(self, z: float) -> float:
        """Return the wavelength at redshift `z` [nm]: rest wavelength times 1 + z."""
        return self.rest_nm * (1.0 + z)


FEATURES = (
    SpectralFeature("[O II]", 372.85, "emission"),
    SpectralFeature("Ca K", 393.48, "absorption"),
    SpectralFeature("Ca H", 396.96, "absorption"),
    SpectralFeature("4000 Å break", 400.00, "break"),
    SpectralFeature("Hδ", 410.29, "emission"),
    SpectralFeature("G band", 430.56, "absorption"),
    SpectralFeature("Hγ", 434.17, "emission"),
    SpectralFeature("Hβ", 486.27, "emission"),
    SpectralFeature("[O III] 4959", 496.03, "emission"),
    SpectralFeature("[O III] 5007", 500.82, "emission"),
    SpectralFeature("Mg b", 517.67, "absorption"),
    SpectralFeature("Na D", 589.56, "absorption"),
    SpectralFeature("[N II] 6548", 654.99, "emission"),
    SpectralFeature("Hα", 656.46, "emission"),
    SpectralFeature("[N II] 6583", 658.53, "emission"),
    SpectralFeature("[S II] 6716", 671.83, "emission"),
    SpectralFeature("[S II] 6731", 673.27, "emission"),
)
"""From blue to red. Vacuum wavelengths of SDSS (DR7, "Table of spectral lines used in SDSS"),
[O II] being the middle of its doublet; numbers in names are the customary ones, in air [A].
The break is where Balogh et al. (1999, ApJ 527, 54) measure it: between 385-395 and 400-410 nm."""


def within(
    features: Sequence[SpectralFeature], z: float, wavelength_nm: np.ndarray
) -> list[SpectralFeature]:
    """Return the features that redshift `z` leaves between the first and the last wavelength.

    Parameters
    ----------
    features : sequence of SpectralFeature
    z : float
        Redshift.
    wavelength_nm : np.ndarray, shape (m,)
        Rising wavelengths [nm].
    """
    low, high = wavelength_nm[0], wavelength_nm[-1]
    return [feature for feature in features if low <= feature.observed_nm(z) <= high]
