"""What a flat prior brings at high redshift, and what it costs everywhere else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from core.evaluation.high_redshift import RedshiftBias
from core.model.mixture import Mixtures
from core.prediction.calibration.density_calibration import DEFAULT_ANSWER, DensityCalibration
from core.prediction.prior import Prior

# With this cap the flat prior raises nothing: it is the training part's own.
NO_CAP = 1.0
CAPS = (NO_CAP, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 500.0, 1000.0)


@dataclass(frozen=True, eq=False)
class PriorTrade:
    """The redshifts that one run gives with flat priors of several caps.

    Attributes
    ----------
    z_spec : np.ndarray, shape (n,)
        True redshifts.
    answers : dict of float to np.ndarray, shape (n,)
        Redshifts by the cap; that of `NO_CAP` is the default answer.
    """

    z_spec: np.ndarray
    answers: dict[float, np.ndarray]

    @classmethod
    # The matrices of a chunk are small: threads would wait for each other longer than they work.
    @threadpool_limits.wrap(limits=1, user_api="blas")
    def measure(
        cls,
        calibration: DensityCalibration,
        mixtures: Mixtures,
        z_spec: ArrayLike,
        caps: Sequence[float] = CAPS,
    ) -> "PriorTrade":
        """Answer for n galaxies of known redshift, each cap at least 1 (see `Prior`).

        `mixtures` are what the network of the calibrated run puts out for them; where that says
        nothing of the redshift, p(z) is flat.
        """
        priors = [Prior.flat(cap) for cap in caps]
        answers = np.empty((len(priors), len(mixtures)))
        for rows, density in calibration.by_chunk(mixtures):
            for answer, prior in zip(answers, priors, strict=True):
                answer[rows] = calibration.under(prior, density).point(DEFAULT_ANSWER)
        return cls(np.asarray(z_spec, float), dict(zip(caps, answers, strict=True)))

    def bias(self, cap: float) -> RedshiftBias:
        """Return the errors of the answer under the prior of this cap."""
        return RedshiftBias.of(self.z_spec, self.answers[cap])

    def table(self) -> pd.DataFrame:
        """Return a row per cap: cap, mae, high_z_error, high_z_n, pred_bias; see `RedshiftBias`."""
        names = ("mae", "high_z_error", "high_z_n", "pred_bias")
        rows = [(cap, *(getattr(self.bias(cap), name) for name in names)) for cap in self.answers]
        return pd.DataFrame(rows, columns=["cap", *names]).astype(float)
