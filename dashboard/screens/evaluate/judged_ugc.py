"""Gaia's own redshifts of the galaxies that the Evaluate screen judges."""

from dataclasses import dataclass, replace

import pandas as pd

from core.comparison import NAME
from core.data import read_card
from core.errors import DataError
from core.runs import Run
from dashboard.shared import store
from dashboard.shared.chooser import choose_one
from dashboard.shared.judged import Judged
from dashboard.shared.store import FileVersion


@dataclass(frozen=True, eq=False)
class HeadToHead:
    """A run and Gaia's UGC on the galaxies of which both give a redshift, row by row the same."""

    of_run: pd.DataFrame  # as `core.prediction.dataset.predict_dataset` returns
    of_ugc: pd.DataFrame  # as `core.comparison.ugc.ugc_predictions` returns
    file: FileVersion  # the data set that the galaxies are in
    n_unknown: int = 0  # judged galaxies of which UGC gives no redshift; they are left out

    def judged(self, run: Judged) -> Judged:
        """Return UGC's redshifts with their numbers, as what is judged instead of the run's."""
        return replace(
            run,
            stem=f"gaia-ugc-{run.stem}",
            predictions=self.of_ugc,
            report=store.report(self.of_ugc[["z_spec", "z_pred"]]),
            file=self.file,
            rows=self.of_ugc.index.to_numpy(),
            whose=NAME,
        )


def of(run: Run, judged: Judged) -> HeadToHead | None:
    """Return both on the judged galaxies; None where UGC knows none or their set is missing."""
    file = judged.file or _training_set(run)
    table = None if file is None else store.ugc(file)
    if file is None or table is None:
        return None
    rows = pd.Index(table["source_id"]).get_indexer(judged.predictions["source_id"])
    known = rows >= 0
    if not known.any():
        return None
    return HeadToHead(judged.predictions[known], table.iloc[rows[known]], file, int((~known).sum()))


def choose_whose() -> bool:
    """Draw the choice of whose redshifts are judged and return whether it is UGC."""
    chosen = choose_one(
        "Redshifts of",
        ["This run", NAME],
        "whose",
        help="The data set knows the redshifts that Gaia DR3 itself gives, by its Unresolved "
        "Galaxy Classifier. They are judged on the same galaxies.",
    )
    return chosen == NAME


def _training_set(run: Run) -> FileVersion | None:
    """Return the data set that a run was trained on, if it is here as it was."""
    try:
        same = read_card(run.data_path).hash == run.config.data.hash
    except DataError:
        return None
    return FileVersion.of(run.data_path) if same else None
