"""Spectral lines of galaxies, and the 4000 A break, that a redshift moves along a spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class SpectralFeature:
    """A line, a blend of lines or a break."""

    name: str  # what astronomers call it
    rest_nm: float  # in vacuum, at rest [nm]
    # How galaxies usually show it. Balmer lines, which young populations absorb, count as emission.
    kind: Literal["emission", "absorption", "break"]
    # What an XP spectrum shows of it and its neighbours: at a resolving power of 20 to 100 one.
    blend: str

    def observed_nm(self, z: float) -> float:
        """Return the wavelength at redshift `z` [nm]: rest wavelength times 1 + z."""
        return self.rest_nm * (1.0 + z)


FEATURES = (
    SpectralFeature("[O II]", 372.85, "emission", "[O II]"),
    SpectralFeature("Ca K", 393.48, "absorption", "Ca K, H"),
    SpectralFeature("Ca H", 396.96, "absorption", "Ca K, H"),
    SpectralFeature("4000 Å break", 400.00, "break", "4000 Å break"),
    SpectralFeature("Hδ", 410.29, "emission", "Hδ"),
    SpectralFeature("G band", 430.56, "absorption", "G band"),
    SpectralFeature("Hγ", 434.17, "emission", "Hγ"),
    SpectralFeature("Hβ", 486.27, "emission", "Hβ"),
    SpectralFeature("[O III] 4959", 496.03, "emission", "[O III]"),
    SpectralFeature("[O III] 5007", 500.82, "emission", "[O III]"),
    SpectralFeature("Mg b", 517.67, "absorption", "Mg b"),
    SpectralFeature("Na D", 589.56, "absorption", "Na D"),
    SpectralFeature("[N II] 6548", 654.99, "emission", "Hα, [N II]"),
    SpectralFeature("Hα", 656.46, "emission", "Hα, [N II]"),
    SpectralFeature("[N II] 6583", 658.53, "emission", "Hα, [N II]"),
    SpectralFeature("[S II] 6716", 671.83, "emission", "[S II]"),
    SpectralFeature("[S II] 6731", 673.27, "emission", "[S II]"),
)
"""From blue to red. Vacuum wavelengths of SDSS (DR7, "Table of spectral lines used in SDSS"),
[O II] being the middle of its doublet; numbers in names are the customary ones, in air [A].
The break is where Balogh et al. (1999, ApJ 527, 54) measure it: between 385-395 and 400-410 nm."""


def within(
    features: Sequence[SpectralFeature], z: float, wavelength_nm: np.ndarray
) -> list[SpectralFeature]:
    """Return the features that redshift `z` leaves within rising wavelengths, shape (m,) [nm]."""
    low, high = wavelength_nm[0], wavelength_nm[-1]
    return [feature for feature in features if low <= feature.observed_nm(z) <= high]
