"""What was predicted from the files on the Predict screen."""

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data import Account
from core.evaluation import KnownRedshifts, judge_known
from core.prediction import JudgedRows, Provenance, Shift, judged_rows


@dataclass(frozen=True, eq=False)
class Predicted:
    """A catalogue and the run that made it."""

    run_id: str
    table: pd.DataFrame  # as `core.prediction.catalogue` makes it, one file after the other
    z_spec: np.ndarray | None  # redshifts that the files give, (n,), NaN where there is none
    provenance: Provenance  # what downloads say of their origin
    account: Account
    galaxy: np.ndarray  # int (n,), of rows of one source the same: its id, below 0 without one
    shift: Shift | None = None  # from the spectra that the run learnt from, where both are known
    file_names: tuple[str, ...] = ()  # of its rows
    g_mag: np.ndarray | None = None  # that the files give, as `z_spec`

    @property
    def has_densities(self) -> bool:
        """Whether the run that made it has p(z)."""
        return "prior" in self.provenance

    @property
    def level(self) -> float:
        """Share of galaxies that the intervals are meant to hold."""
        return float(self.provenance["interval_level"])

    @functools.cached_property
    def rows_judged(self) -> JudgedRows | None:
        """The rows that are judged by the redshifts of the files; None where they give none."""
        if self.z_spec is None:
            return None
        return judged_rows(self.table, self.z_spec, self.table["z"], self.galaxy)

    @functools.cached_property
    def judged(self) -> KnownRedshifts | None:
        """How the redshifts compare with those that the files give; None if none can be judged."""
        if (judged := self.rows_judged) is None or not len(judged.rows):
            return None
        z, low, high = (self.table[name].iloc[judged.rows] for name in ("z", "z_lower", "z_upper"))
        return judge_known(judged.z_spec, z, low, high, self.level, judged.n_rows)
