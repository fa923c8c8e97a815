"""A comparison with Gaia's own redshifts, as one more run's."""

from dataclasses import replace

import pandas as pd

from core.comparison.galaxies import Common
from core.comparison.same_galaxies import aligned
from core.comparison.subject import Subject
from core.comparison.ugc import NAME as UGC
from core.comparison.ugc import in_bad_zone
from core.errors import DataError


def with_ugc(common: Common, ugc: pd.DataFrame) -> Common:
    """Add UGC's redshifts to a comparison, and leave out galaxies of which it gives none.

    `ugc` is as `core.comparison.ugc.read_ugc_predictions` returns.
    """
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
