"""How far high redshifts are pulled down, and what it costs to pull them less."""

from dataclasses import dataclass

import pandas as pd
from numpy.typing import ArrayLike

from core.evaluation.bins import binned_errors, bins_with_galaxies, mean_absolute_bin_error
from core.evaluation.metrics import Definition, mae

# Bins of the true redshift where the published network is pulled down by up to 0.21.
HIGH_Z = (0.35, 0.60)

# Bins of fewer galaxies are left out where the largest mean error is looked for: 200 errors
# of 0.04, as they are at high redshift, have a mean that is uncertain by 0.003.
MIN_GALAXIES = 200

HIGH_Z_ERROR = Definition(
    "Mean |bin error|, z 0.35-0.60",
    r"\mathrm{mean}_\mathrm{bins}\,|\mathrm{mean}(d)|,\quad 0.35 \leq z_\mathrm{spec} < 0.60",
    "How far high redshifts are biased low: mean over these bins of 0.05, each counted once, of "
    "the absolute mean error.",
    "The dissertation behind xpz (2023), Table 3",
)
PRED_BIAS = Definition(
    "Largest bias by z_pred",
    r"\max_\mathrm{bins}\,|\mathrm{mean}(d)|,\quad n_\mathrm{bin} \geq 200",
    "Largest absolute mean error in a bin of 0.05 of the predicted redshift that holds 200 "
    "galaxies or more: small where predicted redshifts can be used as they are.",
    "xpz",
)


@dataclass(frozen=True, eq=False)
class RedshiftBias:
    """Mean errors along redshift, and what sums them up.

    Attributes
    ----------
    mae : float
        Over all galaxies.
    by_spec, by_pred : pd.DataFrame
        As `core.evaluation.bins.binned_errors` returns, along z_spec and z_pred.
    """

    mae: float
    by_spec: pd.DataFrame
    by_pred: pd.DataFrame

    @classmethod
    def of(cls, z_spec: ArrayLike, z_pred: ArrayLike) -> "RedshiftBias":
        """Measure predictions, arrays of shape (n,), in bins of 0.05.

        A `DataError` says if an array is empty, not finite or of another shape.
        """
        by_spec = binned_errors(z_spec, z_pred)
        by_pred = binned_errors(z_spec, z_pred, against="z_pred")
        return cls(mae(z_spec, z_pred), by_spec, by_pred)

    @property
    def high_z_bins(self) -> pd.DataFrame:
        """The bins of `high_z_error`: those of `HIGH_Z` that hold galaxies."""
        return bins_with_galaxies(self.by_spec, *HIGH_Z)

    @property
    def high_z_error(self) -> float | None:
        """See `HIGH_Z_ERROR`; None where there are no galaxies."""
        bins = self.high_z_bins
        return None if bins.empty else mean_absolute_bin_error(bins)

    @property
    def high_z_n(self) -> int:
        """How many galaxies `high_z_error` rests on."""
        return int(self.high_z_bins["n"].sum())

    @property
    def pred_bins(self) -> pd.DataFrame:
        """The bins of `pred_bias`: those of enough galaxies."""
        return self.by_pred[self.by_pred["n"] >= MIN_GALAXIES]

    @property
    def pred_bias(self) -> float | None:
        """See `PRED_BIAS`; None where every bin is too small."""
        bins = self.pred_bins
        return None if bins.empty else float(bins["mean_error"].abs().max())
