"""What a calibration anew changed, in sentences."""

import numpy as np

from core.amounts import n_of
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.flag_limits import TOO_FEW

CURVES = ("the same everywhere", "a straight line", "a parabola", "a cubic")
"""Of each degree."""


def changes(calibration: Calibration) -> tuple[str, ...]:
    """Say what a calibration anew changed; nothing of any other calibration."""
    densities = calibration.densities
    part = calibration.intervals if densities is None else densities
    correction = None if part is None else part.correction
    if correction is None:
        return ()
    n, degree = calibration.n_galaxies, len(correction.coefficients) - 1
    if degree < 0:
        moved = "These galaxies show no bias, so none is taken off."
        if densities is not None:
            moved += " The new shape of p(z) moves single redshifts a little."
    else:
        at = np.linspace(correction.low, correction.high, 3)
        ends = ", ".join(
            f"{shift:+.4f} at z = {z:.2f}"
            for z, shift in zip(at, correction.shift(at), strict=True)
        )
        moved = f"Redshifts are moved by {CURVES[degree]}: {ends}."
    said = [f"Calibrated with {n_of(n, 'galaxy')}.", moved]
    if densities is not None:
        said.append(f"Gaussians of p(z) are {correction.width:.2f} times as wide.")
        which = "the training part's: that of these galaxies makes p(z) no likelier"
        if densities.ratio is not None:
            which = "that of these galaxies, which makes p(z) likelier"
        said.append(f"The n(z) that p(z) assumes is {which}.")
    zones = "; ".join(
        f"{zone.low:.2f} to {zone.high:.2f}, {zone.reason}"
        for zone in calibration.limits.bad_zones
        if zone.reason != TOO_FEW
    )
    if zones:
        said.append(f"Predictions in these zones carry BAD_ZONE: {zones}.")
    return tuple(said)
