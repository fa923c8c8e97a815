"""What the Compare screen compares: several runs' redshifts of the same galaxies."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from core.comparison.galaxies import Common, aligned, common_dataset, common_test_part
from core.comparison.subject import Subject
from core.comparison.ugc import NAME as UGC
from core.comparison.ugc import in_bad_zone, read_ugc_predictions
from core.data.dataset import DatasetEntry
from core.errors import DataError
from core.evaluation.comparison import Difference, Scores, differences, score
from core.evaluation.report import EVALUATED_COLUMNS
from core.runs import Run
from dashboard.shared import judged
from dashboard.shared.store import FileVersion


def knows_ugc(entry: DatasetEntry) -> bool:
    """Return whether a data set has redshifts of Gaia's UGC."""
    return _ugc(FileVersion.of(entry.path)) is not None


def of_test_part(runs: Sequence[Run], ugc_from: DatasetEntry | None) -> Common:
    """Return the runs' redshifts of the galaxies that all have to test and none has seen.

    Parameters
    ----------
    runs : sequence of Run
        Complete runs.
    ugc_from : DatasetEntry or None
        A data set that `knows_ugc`: UGC's redshifts are compared as well, on its galaxies.

    Raises
    ------
    XpzError
        As `common_test_part` and `aligned` raise it.
    """
    paths = tuple(run.path for run in runs)
    files = tuple(
        FileVersion.of(path)
        for run in runs
        for path in (run.predictions_path, run.seen_path, run.annotations_path)
        if path.is_file()
    )
    common = _test_part(paths, files)
    ugc = None if ugc_from is None else _ugc(FileVersion.of(ugc_from.path))
    if ugc is None:
        return common
    subjects = aligned([*common.subjects, Subject(UGC, ugc)])
    n_without_ugc = len(common) - len(subjects[0].predictions)
    return replace(common, subjects=subjects, n_without_ugc=n_without_ugc)


def of_dataset(runs: Sequence[Run], entry: DatasetEntry, with_ugc: bool) -> Common:
    """Predict the galaxies of a data set that no run has seen; see `common_dataset`."""
    files = tuple(
        FileVersion.of(path)
        for run in runs
        for path in (
            run.onnx_path,
            run.calibration_path,
            run.seen_path,
            run.data_path,
            run.annotations_path,
        )
        if path.is_file()
    )
    paths = tuple(run.path for run in runs)
    return _dataset(paths, files, FileVersion.of(entry.path), with_ugc)


def without_bad_zones(common: Common) -> Common:
    """Leave out the galaxies that UGC puts where its redshifts are not to be trusted.

    Raises
    ------
    DataError
        If none is left.
    """
    (ugc,) = [each for each in common.subjects if each.name == UGC]
    kept = ~in_bad_zone(ugc.predictions["z_pred"])
    if not kept.any():
        raise DataError("UGC puts all of these galaxies where its redshifts are not to be trusted.")
    subjects = [replace(each, predictions=each.predictions[kept]) for each in common.subjects]
    return replace(common, subjects=tuple(subjects))


def scores(common: Common) -> dict[str, Scores]:
    """Return the metrics of every run with their resamples, by its name."""
    return {
        each.name: _score(
            each.predictions[
                [name for name in EVALUATED_COLUMNS if name in each.predictions]
            ].reset_index(drop=True)
        )
        for each in common.subjects
    }


def against(reference: str, scored: dict[str, Scores]) -> dict[str, dict[str, Difference]]:
    """Return the paired differences of the other runs to the reference, by their names."""
    return {
        name: differences(scored[reference], each)
        for name, each in scored.items()
        if name != reference
    }


# What files are read is a key of each of these caches: a run may be calibrated anew, put back or
# called by another name.
@st.cache_resource(max_entries=4, show_spinner="Looking for common galaxies")
def _test_part(paths: tuple[Path, ...], files: tuple[FileVersion, ...]) -> Common:
    return common_test_part([Run(path) for path in paths])


@st.cache_resource(max_entries=2, show_spinner="Predicting redshifts with every run")
def _dataset(
    paths: tuple[Path, ...], files: tuple[FileVersion, ...], file: FileVersion, with_ugc: bool
) -> Common:
    runs = [Run(path) for path in paths]
    # The errors of the flux are read if one of the runs looks at them.
    looks = [run for run in runs if run.config.recipe.scaling == "shape_noise"]
    return common_dataset(runs, judged.spectra_for((looks or runs)[0], file), with_ugc=with_ugc)


@st.cache_resource(max_entries=4, show_spinner=False)
def _ugc(file: FileVersion) -> pd.DataFrame | None:
    return read_ugc_predictions(Path(file.path))


@st.cache_data(max_entries=32, show_spinner="Resampling galaxies")
def _score(table: pd.DataFrame) -> Scores:
    return score(table)
