"""What the Compare screen compares: several runs' redshifts of the same galaxies."""

from collections.abc import Mapping
from pathlib import Path

from core.comparison import Common, with_ugc
from core.comparison import without_bad_zones as outside
from core.data import DatasetEntry
from core.evaluation import Scores
from core.questions import Comparison, about_data, cost
from core.runs import Run
from dashboard.shared import store
from dashboard.shared.judged import evaluated
from dashboard.shared.questions import answered
from dashboard.shared.store import FileVersion


def find(
    chosen: Mapping[str, Run],
    judged_on: DatasetEntry | None,
    ugc_from: DatasetEntry | None,
    *,
    without_bad_zones: bool = False,
) -> tuple[Common, dict[str, Scores]] | None:
    """Return the redshifts of galaxies that no run has seen, and their resampled metrics by name.

    Of a data set, or of the runs' test parts; with UGC's redshifts of a data set if one is given.
    What takes long a process of its own finds: None, and its progress is drawn, until it is done.
    An `XpzError` says that there is no such galaxy.
    """
    runs = list(chosen.values())
    if not cost.is_small(_seconds(runs, judged_on, 0 if ugc_from is None else 1)):
        about = about_data(
            runs,
            _path(judged_on),
            ugc_from=_path(ugc_from),
            without_bad_zones=without_bad_zones,
        )
        question = answered(Comparison, about)
        return None if question is None else store.comparison_of(question, tuple(chosen), runs)
    if judged_on is None:
        common = of_test_part(chosen, ugc_from)
    else:
        file = FileVersion.of(judged_on.path)
        common = store.common_of_dataset(runs, tuple(chosen), file, with_ugc=ugc_from is not None)
    if without_bad_zones:
        common = outside(common)
    return common, scores(common)


def of_test_part(chosen: Mapping[str, Run], ugc_from: DatasetEntry | None) -> Common:
    """Return redshifts of galaxies that all have to test and none has seen; with UGC's if given."""
    common = store.common_of_test_parts(list(chosen.values()), tuple(chosen))
    ugc = None if ugc_from is None else store.ugc(FileVersion.of(ugc_from.path))
    return common if ugc is None else with_ugc(common, ugc)


def scores(common: Common) -> dict[str, Scores]:
    """Return the metrics of every run with their resamples, by its name."""
    return {
        each.name: store.scores(evaluated(each.predictions).reset_index(drop=True))
        for each in common.subjects
    }


def _seconds(runs: list[Run], judged_on: DatasetEntry | None, n_others: int) -> float:
    """Return the processor time of a comparison [s]."""
    n_tables = len(runs) + n_others
    if judged_on is not None:
        n = judged_on.card.n_galaxies
        return cost.to_predict(runs, n) + cost.to_resample(n, n_tables)
    n = min(((run.summary() or {}).get("n_test", 0) for run in runs), default=0)
    return cost.to_resample(n, n_tables)


def _path(entry: DatasetEntry | None) -> Path | None:
    return None if entry is None else entry.path
