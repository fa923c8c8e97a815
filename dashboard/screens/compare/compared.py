"""What the Compare screen compares: several runs' redshifts of the same galaxies."""

from collections.abc import Sequence
from dataclasses import replace

from core.comparison import NAME as UGC
from core.comparison import Common, Subject, aligned, in_bad_zone
from core.data import DatasetEntry
from core.errors import DataError
from core.evaluation import Scores
from core.runs import Run
from dashboard.shared import store
from dashboard.shared.judged import evaluated
from dashboard.shared.store import FileVersion


def of_test_part(runs: Sequence[Run], ugc_from: DatasetEntry | None) -> Common:
    """Return redshifts of galaxies that all have to test and none has seen; with UGC's if given."""
    common = store.common_of_test_parts(list(runs))
    ugc = None if ugc_from is None else store.ugc(FileVersion.of(ugc_from.path))
    if ugc is None:
        return common
    subjects = aligned([*common.subjects, Subject(UGC, ugc)])
    n_without_ugc = len(common) - len(subjects[0].predictions)
    return replace(common, subjects=subjects, n_without_ugc=n_without_ugc)


def without_bad_zones(common: Common) -> Common:
    """Leave out galaxies in UGC's bad zones; raise a `DataError` if none is left."""
    (ugc,) = [each for each in common.subjects if each.name == UGC]
    kept = ~in_bad_zone(ugc.predictions["z_pred"])
    if not kept.any():
        raise DataError(
            "UGC places all of these galaxies in zones where its redshifts are unreliable."
        )
    subjects = [replace(each, predictions=each.predictions[kept]) for each in common.subjects]
    return replace(common, subjects=tuple(subjects))


def scores(common: Common) -> dict[str, Scores]:
    """Return the metrics of every run with their resamples, by its name."""
    return {
        each.name: store.scores(evaluated(each.predictions).reset_index(drop=True))
        for each in common.subjects
    }
