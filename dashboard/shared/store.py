"""Everything that is kept in memory, in one place: read or computed once, until a file changes.

Keys are files with their time of change; a run stands for its own files. Of a data set, ids,
redshifts and magnitudes are kept (some 30 bytes a galaxy); its spectra stay in the file.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

# Rooms, whose names are imported when they are first used: not every screen needs SciPy.
from core import (
    comparison,
    evaluation,
    inspection,
    model,
    prediction,
    questions,
    training,
    tuning,
)
from core.data import (
    AverageSpectrum,
    DatasetFile,
    KeptStatistics,
    RedshiftSummary,
    SplitConfig,
    SplitSummary,
    describe_split,
    open_dataset,
    split_by_source,
)
from core.runs import Run
from core.versions import FileVersion

LARGE = "150 MB"
"""Together, what is kept of tables with a row for each galaxy: half a million take 50 MB."""


@st.cache_resource(max_entries=1, show_spinner=False)
def spare_what_was_imported(n_modules: int) -> None:
    """Keep the collector from looking through modules, as Streamlit makes it after each run."""
    gc.collect()
    gc.freeze()


def forget() -> None:
    """Forget all that is kept; whoever asks next has it read and computed again."""
    st.cache_data.clear()
    st.cache_resource.clear()


def _versions(*paths: Path) -> tuple[FileVersion, ...]:
    return tuple(FileVersion.of(path) for path in paths if path.is_file())


def files_of(run: Run) -> tuple[Any, ...]:
    """Return what tells a run as it is now from what it may become: calibrated, put back, ..."""
    answers = run.onnx_path, run.calibration_path, run.predictions_path, run.densities_path
    return run.path, *_versions(*answers, run.seen_path, run.wavelength_map_path, run.data_path)


OF_RUN: Any = {Run: files_of}
OF_ALL: Any = {
    Run: lambda run: (*files_of(run), *_versions(run.summary_path, run.annotations_path))
}


@st.cache_resource(max_entries=2, show_spinner="Reading the data set")
def dataset(file: FileVersion) -> DatasetFile:
    """Open a data set, whose spectra stay in the file; all share it: never change its arrays."""
    return open_dataset(Path(file.path))


@st.cache_data(max_entries=64, show_spinner=False)
def spectrum(file: FileVersion, row: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Flux of one galaxy and its errors, (186,) each; None where they are not known."""
    flux, flux_error = dataset(file).rows(np.array([row]))
    known = flux_error is not None and not np.isnan(flux_error).all()
    return flux[0], flux_error[0] if flux_error is not None and known else None


def statistics(file: FileVersion) -> KeptStatistics:
    """Statistics of a data set, which is opened only for what was not asked before."""
    return KeptStatistics(file, lambda: dataset(file))


@st.cache_data(max_entries=64, show_spinner=False)
def redshift_table(file: FileVersion, bin_width: float) -> pd.DataFrame:
    """Histogram of the redshifts; see `core.data.statistics.redshift_histogram`."""
    return statistics(file).redshift_histogram(bin_width)


@st.cache_data(max_entries=16, show_spinner=False)
def redshift_summary(file: FileVersion) -> RedshiftSummary:
    """Moments and percentiles of the redshifts."""
    return statistics(file).redshift_summary()


@st.cache_data(max_entries=32, show_spinner="Averaging spectra")
def averages(
    file: FileVersion,
    ranges: tuple[tuple[float, float], ...],
    n_per_range: int,
    seed: int,
    normalised: bool = False,
) -> list[AverageSpectrum]:
    """Average spectra per redshift range; see `core.data.statistics.average_spectra`."""
    return statistics(file).average_spectra(ranges, n_per_range, seed, normalised)


@st.cache_data(max_entries=16, show_spinner="Splitting")
def split(file: FileVersion, config: SplitConfig) -> SplitSummary:
    """Sizes and redshifts of training, validation and test part."""
    galaxies = dataset(file)
    return describe_split(galaxies.z, split_by_source(galaxies.source_id, config))


@st.cache_data(max_entries=16, show_spinner=False)
def training_notices(file: FileVersion, config: SplitConfig) -> tuple[prediction.Notice, ...]:
    """Say what a training cannot give; see `core.training.suitability.check_data`."""
    return training.check_data(file.path, config)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=OF_RUN)
def used_in_training(run: Run, file: FileVersion) -> np.ndarray | None:
    """Which galaxies a run has seen; see `core.prediction.seen.used_in_training`."""
    return prediction.used_in_training(run, dataset(file))


@st.cache_data(
    max_entries=8, max_size=LARGE, show_spinner="Predicting redshifts", hash_funcs=OF_RUN
)
def predictions(
    run: Run, file: FileVersion, with_seen: bool, other_instrument: bool
) -> prediction.Predicted:
    """Redshifts of a data set; see `core.prediction.dataset.predict_unseen`."""
    return prediction.predict_unseen(
        run, file.path, with_seen=with_seen, other_instrument=other_instrument
    )


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=OF_RUN)
def expected(run: Run) -> prediction.Expected:
    """Return of which instrument a run expects spectra."""
    return prediction.Expected.of(run, calibration(run))


def _of_question(question: Any) -> tuple[Any, ...]:
    return question.path, *_versions(question.status_path)


# By their names: the classes bring SciPy along, which not every screen needs.
OF_QUESTION: Any = {
    f"core.questions.{kind}": _of_question
    for kind in ("evaluation.Evaluation", "densities.DensitiesOfData", "comparison.Comparison")
}


# Tables of 520,393 galaxies take 60 MB: shared by all sessions, and never changed.
@st.cache_resource(max_entries=3, show_spinner="Reading the answer", hash_funcs=OF_QUESTION)
def evaluation_of(question: questions.Evaluation) -> tuple[prediction.Predicted, dict[str, Any]]:
    """Return the answer of a process of its own; see `core.questions.evaluation`."""
    return question.read()


@st.cache_resource(max_entries=2, show_spinner="Reading the answer", hash_funcs=OF_QUESTION)
def densities_of(question: questions.DensitiesOfData) -> questions.KeptDensities:
    """Return the answer of a process of its own; see `core.questions.densities`."""
    return question.read()


@st.cache_resource(
    max_entries=2, show_spinner="Reading the answer", hash_funcs=OF_QUESTION | OF_ALL
)
def comparison_of(
    question: questions.Comparison, names: tuple[str, ...], runs: Sequence[Run]
) -> tuple[comparison.Common, dict[str, evaluation.Scores]]:
    """Return the answer of a process of its own; see `core.questions.comparison`."""
    return question.read(names, runs)


@st.cache_data(max_entries=8, show_spinner="Judging the predictions")
def report(table: pd.DataFrame) -> dict[str, Any]:
    """Every number of some predictions; see `core.evaluation.report.evaluate_table`."""
    return evaluation.evaluate_table(table)


@st.cache_data(max_entries=8, show_spinner="Judging the predictions")
def completed_report(stored: dict[str, Any], table: pd.DataFrame) -> dict[str, Any]:
    """Return a stored report with what it lacked; see `core.evaluation.report.completed`."""
    return evaluation.completed(stored, table)


@st.cache_data(max_entries=32, show_spinner="Resampling galaxies")
def scores(table: pd.DataFrame) -> evaluation.Scores:
    """Metrics with their resamples; see `core.evaluation.comparison.score`."""
    return evaluation.score(table)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=OF_RUN)
def calibration(run: Run) -> prediction.Calibration | None:
    """Return a run's calibration, None where it has none; raises as `Calibration.load`."""
    return prediction.Calibration.load(run)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=OF_RUN)
def seen(run: Run) -> np.ndarray | None:
    """Return the ids that a run's network has seen, None where they are not kept."""
    return prediction.read_seen(run)


@st.cache_resource(max_entries=2, show_spinner="Reading the densities", hash_funcs=OF_RUN)
def densities(run: Run) -> prediction.Densities:
    """Return the densities of a run's test part, which it must have."""
    return prediction.read_densities(run)


@st.cache_resource(max_entries=2, show_spinner="Predicting densities", hash_funcs=OF_RUN)
def mixtures(run: Run, file: FileVersion) -> model.Mixtures:
    """Return what a run's network puts out for a whole data set."""
    return questions.mixtures_of(run, dataset(file))


@st.cache_resource(max_entries=4, show_spinner="Answering under other priors", hash_funcs=OF_RUN)
def prior_trade(
    run: Run,
    file: FileVersion | None,
    n: int,
    _calibrated: prediction.DensityCalibration,
    _mixtures: model.Mixtures,
    _z_spec: np.ndarray,
) -> comparison.PriorTrade:
    """Answers under flat priors for what a run puts out for `n` galaxies of a file."""
    return questions.trade_of(_calibrated, _mixtures, _z_spec)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=OF_RUN)
def rows_in(run: Run, file: FileVersion, _table: pd.DataFrame) -> np.ndarray:
    """Row of each galaxy of a run's test part in a data set, -1 where it is not there."""
    data = dataset(file)
    if data.card.hash != run.config.data.hash and prediction.are_row_numbers(data.source_id):
        return np.full(len(_table), -1)
    source_id, z_spec = (_table[name].to_numpy() for name in ("source_id", "z_spec"))
    return comparison.rows_of_same(source_id, z_spec, data.source_id, data.z)


@st.cache_data(max_entries=8, show_spinner="Looking for neighbours", hash_funcs=OF_RUN)
def neighbours_redshift(
    run: Run, file: FileVersion, rows: tuple[int, ...], _source_id: np.ndarray
) -> np.ndarray:
    """Redshifts that the training galaxies next to some of a data set have; of a calibrated run."""
    found = calibration(run)
    assert found is not None, "without a calibration there are no candidates"
    flux, _ = dataset(file).rows(np.array(rows, int), with_errors=False)
    return inspection.nearest_redshift(found.domain, flux, _source_id)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=OF_RUN)
def wavelength_map(run: Run) -> inspection.WavelengthMap | None:
    """Return a run's map of wavelengths, None where it has none; raises as `WavelengthMap.load`."""
    return inspection.WavelengthMap.load(run)


@st.cache_resource(max_entries=2, show_spinner=False)
def ugc(file: FileVersion) -> pd.DataFrame | None:
    """Redshifts of Gaia's UGC in a data set; see `core.comparison.ugc.read_ugc_predictions`."""
    return comparison.read_ugc_predictions(Path(file.path))


@st.cache_resource(max_entries=4, show_spinner="Looking for common galaxies", hash_funcs=OF_ALL)
def common_of_test_parts(runs: Sequence[Run], names: tuple[str, ...]) -> comparison.Common:
    """Return the galaxies that all runs have to test; see `common_test_part`.

    `names` are those of the runs, which hang on the runs beside them as well.
    """
    return comparison.common_test_part(runs)


@st.cache_resource(
    max_entries=2, show_spinner="Predicting redshifts with every run", hash_funcs=OF_ALL
)
def common_of_dataset(
    runs: Sequence[Run], names: tuple[str, ...], file: FileVersion, with_ugc: bool
) -> comparison.Common:
    """Return the galaxies of a data set that no run has seen; see `common_dataset`.

    `names` as of `common_of_test_parts`.
    """
    return comparison.common_dataset(runs, dataset(file), with_ugc=with_ugc)


@st.cache_resource(max_entries=4, show_spinner="Opening the network", hash_funcs=OF_RUN)
def estimator(
    run: Run, asked: tuple, _prior: prediction.Prior, answer: str, other_instrument: bool
) -> prediction.Estimator:
    """Return a run's estimator; `asked` tells one prior from another."""
    return prediction.Estimator(run, prior=_prior, answer=answer, other_instrument=other_instrument)


@st.cache_data(max_entries=256, show_spinner=False)
def change_when_hidden(
    _estimator: prediction.Estimator, network: str, flux: np.ndarray, flux_error: np.ndarray | None
) -> np.ndarray:
    """Change of z with each part of a spectrum hidden; the network's hash is its key."""
    predictor = _estimator.predictor
    # Those of the whole spectrum: where they are estimated, they would follow what is hidden.
    errors = predictor.errors_of(flux[None], None if flux_error is None else flux_error[None])

    def predict(spectra: np.ndarray) -> np.ndarray:
        held = None if errors is None else np.repeat(errors, len(spectra), axis=0)
        return predictor.predict(spectra, held, estimated=True)

    from core.inspection.occlusion import occlusion

    return occlusion(predict, flux)


@st.cache_data(max_entries=16, show_spinner="Writing the model card", hash_funcs=OF_ALL)
def card(run: Run) -> tuple[str, str]:
    """Return a run's model card as Markdown and as HTML."""
    from core.report import to_html, to_markdown
    from core.sharing.model_card import model_card

    document = model_card(run)
    return to_markdown(document), to_html(document)


@st.cache_data(max_entries=16, show_spinner="Fitting forests to the trials")
def importances(trials: pd.DataFrame, names: tuple[str, ...]) -> tuning.Importance:
    """Return the importance of hyperparameters; see `core.tuning.importance.importance`."""
    from core.tuning.importance import importance

    return importance(trials, names)


@st.cache_data(max_entries=8, show_spinner="Comparing spectra", hash_funcs=OF_RUN)
def shift(run: Run, file: FileVersion, rows: np.ndarray) -> tuple[bool, prediction.Shift | None]:
    """Whether a run's own spectra are known, and how those of these rows differ from them."""
    learnt = prediction.learnt_from(run)
    if learnt is None:
        return False, None
    return True, prediction.compare_spectra(learnt, dataset(file).rows(rows, with_errors=False)[0])
