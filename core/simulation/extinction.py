"""Galactic extinction after Cardelli, Clayton & Mathis."""

import numpy as np

from core.errors import DataError

R_V = 3.1

# Cardelli, Clayton & Mathis (1989, ApJ 345, 245), eqs. 3a and 3b: powers of y = x - 1.82, rising.
_A_OPTICAL = (1.0, 0.17699, -0.50447, -0.02427, 0.72085, 0.01979, -0.77530, 0.32999)
_B_OPTICAL = (0.0, 1.41338, 2.28305, 1.07233, -5.38434, -0.62251, 5.30260, -2.09002)


def ccm89(wavelength_nm: np.ndarray, r_v: float = R_V) -> np.ndarray:
    """Return the extinction curve A(lambda)/A(V), `r_v` being A(V)/E(B-V).

    Raises a `DataError` outside of 303 to 3333 nm, the infrared and optical parts of the curve.
    """
    x = 1e3 / np.asarray(wavelength_nm, dtype=float)  # 1/micron
    if np.any((x < 0.3) | (x > 3.3)):
        raise DataError(
            "ccm89: expected wavelengths between 303 and 3333 nm, received "
            f"{np.min(wavelength_nm):.1f} to {np.max(wavelength_nm):.1f} nm."
        )
    infrared = x < 1.1
    y = x - 1.82
    a = np.where(infrared, 0.574 * x**1.61, np.polynomial.polynomial.polyval(y, _A_OPTICAL))
    b = np.where(infrared, -0.527 * x**1.61, np.polynomial.polynomial.polyval(y, _B_OPTICAL))
    return a + b / r_v
