"""A run on a data set: redshifts of every galaxy, and which of them the run has seen before."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from core.amounts import n_of
from core.atomic import replacing
from core.data.account import Account
from core.data.dataset import Dataset, Galaxies, open_dataset
from core.errors import DataError
from core.evaluation.calibration import pit_crps_cde_loss
from core.evaluation.metrics import mae
from core.memory import require_memory
from core.prediction.answer import estimate, read_answer
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.densities_file import write_densities
from core.prediction.flags import Flag
from core.prediction.instrument import Expected
from core.prediction.notices import Notice, of_origin, of_own, of_seen
from core.prediction.predictor import Predictor
from core.prediction.seen import (
    account_of,
    are_row_numbers,
    used_among,
    used_for_estimates,
)
from core.runs import Run
from core.spectra import Spectra

# At once: the densities of so many galaxies stay in the processor's cache.
BLOCK_GALAXIES = 1024

BYTES_PER_GALAXY = 300
"""Of memory: the 14 numbers of a row with p(z), twice while the rows are joined, and its scores."""

TRAINED_WITH = "a run was trained with it"
"""Why a galaxy is left out, as an account counts it."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """A run's redshifts of the galaxies of a data set file.

    Attributes
    ----------
    predictions : pd.DataFrame
        As `predict_dataset` returns.
    rows : np.ndarray of int, shape (n,)
        Which rows of the file these are.
    notices : tuple of Notice
        What people must know about them.
    account : Account
        What became of all galaxies of the file.
    """

    predictions: pd.DataFrame
    rows: np.ndarray
    notices: tuple[Notice, ...]
    account: Account


def predict_unseen(
    run: Run,
    data: Dataset | str | Path,
    *,
    with_seen: bool = False,
    other_instrument: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Predicted:
    """Predict the galaxies of a data set that a run was not trained or validated with.

    The spectra of a file and their errors are read some at a time. Of galaxies that the run was
    calibrated with these are its own predictions, each by a calibration without the galaxy.

    Parameters
    ----------
    run : Run
        A complete run.
    data : Dataset, str or Path
        A data set, or its file.
    with_seen : bool
        Whether to predict those as well that the run has seen.
    other_instrument : bool
        Whether to predict, and flag, spectra of another release or other bases than the run's.
    progress : callable, optional
        Called with the number of spectra done and their total.

    Raises
    ------
    DataError
        If the data set cannot be read, is of another instrument, or no galaxy is left.
    MemoryShortError
        If the table would not fit in memory.
    RunError
        If the run is damaged.
    """
    galaxies = data if isinstance(data, Dataset) else open_dataset(data)
    card = galaxies.card
    expected = Expected.of(run, Calibration.load(run), any_other=other_instrument)
    of_instrument = expected.check(card.known_instrument, card.name)
    ids, numbered = galaxies.source_id, are_row_numbers(galaxies.source_id)
    which = used_among if with_seen else used_for_estimates
    used = which(run, ids, numbered=numbered, data_hash=card.hash, origin=card.origin)
    kept = np.ones(len(galaxies), bool) if used is None or with_seen else ~used
    if not kept.any():
        own = "test part" if run.config.recalibrated is None else "galaxies"
        raise DataError(
            f"{card.name}: all galaxies were used to train or calibrate {run.title}; evaluate it "
            f"on its own {own}, on another data set, or on these all the same (--with-seen; on the "
            "screen, switch 'Leave them out' off): then its numbers are too optimistic."
        )
    notices = of_origin(run, card.origin) + of_instrument
    notices += of_seen(run.title, used, kept=with_seen)
    table = (predict_dataset if with_seen else predict_fairly)(run, galaxies, progress, kept)
    if not with_seen and run.config.is_calibrated_with(card.hash):
        notices += of_own(run.title, int(np.isin(run.predictions()["source_id"], ids[kept]).sum()))
    left_out = {TRAINED_WITH: int(np.count_nonzero(~kept))}
    account = account_of(galaxies.source_id, left_out, n_files=1)
    return Predicted(table, np.flatnonzero(kept), notices, account)


# The matrices of a block are small: threads would wait for each other longer than they work.
@threadpool_limits.wrap(limits=1, user_api="blas")
def predict_dataset(
    run: Run,
    galaxies: Galaxies,
    progress: Callable[[int, int], None] | None = None,
    kept: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return source_id, z_spec, z_pred of the `kept` galaxies (all by default), and g_mag if known.

    If the run is calibrated, z_lower and z_upper (68 %) and flags as well. If it has p(z), also
    sigma_z, z_median, z_mode, and the scores of `core.evaluation.calibration`: pit, crps, cde_loss.
    A galaxy of whose z the network says nothing is scored with a flat p(z). Galaxies of another
    instrument than the run's are flagged; it is for the caller to ask before (`Expected.check`).

    `progress` is called with the number of spectra done and their total. A `RunError` says if the
    run's network or its calibration is damaged, or the network missing; a `MemoryShortError`, if
    the table would not fit in memory.
    """
    total = len(galaxies) if kept is None else int(np.count_nonzero(kept))
    require_memory(
        f"{galaxies.card.name}: predicting {n_of(total, 'galaxy')}",
        total * BYTES_PER_GALAXY,
        "Close other programs, or predict the file with `xpz predict`, which keeps no table.",
    )
    calibration, predictor = Calibration.load(run), Predictor(run.path)
    expected = Expected.of(run, calibration)
    is_other = bool(expected.instrument.differences(galaxies.card.known_instrument))
    parts: list[pd.DataFrame] = []
    done = 0
    for spectra in galaxies.chunks(BLOCK_GALAXIES, kept):
        parts.append(_predict_block(predictor, calibration, spectra))
        done += len(spectra)
        if progress is not None:
            progress(done, total)
    table = pd.concat(parts, ignore_index=True)
    if is_other and "flags" in table:
        table["flags"] = table["flags"].to_numpy() | np.int32(Flag.OTHER_INSTRUMENT.value)
    return table


def predict_fairly(
    run: Run,
    dataset: Galaxies,
    progress: Callable[[int, int], None] | None,
    kept: np.ndarray,
) -> pd.DataFrame:
    """Return what `predict_dataset` does; of galaxies it was calibrated with, its own predictions.

    Those are of galaxies that its network has not seen, each by a calibration without it. `kept`,
    bool (n,), are galaxies of which `used_for_estimates` is false.
    """
    if not run.config.is_calibrated_with(dataset.card.hash):
        return predict_dataset(run, dataset, progress, kept)
    own = run.predictions()
    ids = dataset.source_id[kept]
    parts = [own[np.isin(own["source_id"], ids)]]
    rest = kept & ~np.isin(dataset.source_id, own["source_id"])
    if rest.any():
        parts.append(predict_dataset(run, dataset, None, rest))
    if progress is not None:
        progress(len(ids), len(ids))
    found = pd.concat(parts, ignore_index=True).drop_duplicates("source_id")
    # As they stand in the data set, like any other's.
    return found.iloc[pd.Index(found["source_id"]).get_indexer(ids)].reset_index(drop=True)


@threadpool_limits.wrap(limits=1, user_api="blas")
def predict_with(
    predictor: Predictor, calibration: Calibration, galaxies: Galaxies
) -> pd.DataFrame:
    """Return what `predict_dataset` does of all galaxies, by any calibration of a network."""
    blocks = galaxies.chunks(BLOCK_GALAXIES)
    parts = [_predict_block(predictor, calibration, spectra) for spectra in blocks]
    return pd.concat(parts, ignore_index=True)


def validation_mae(run: Run, validation: Galaxies) -> float:
    """Return a run's MAE of its validation part as that of the test part is: with calibration."""
    predicted = predict_dataset(run, validation)
    return mae(predicted["z_spec"], predicted["z_pred"])


def keep_predictions(
    run: Run,
    calibration: Calibration | None,
    galaxies: Galaxies,
    in_test: np.ndarray | None = None,
) -> pd.DataFrame:
    """Predict a run's test part as `predict_dataset` does, and keep it with its p(z) in the run.

    It is those of the galaxies that `in_test`, bool (n,), chooses; by default all.

    By the exported network, so that whoever gets the folder finds these redshifts again.
    """
    predictions = predict_dataset(run, galaxies, kept=in_test)
    with replacing(run.predictions_path) as temporary:
        predictions.to_parquet(temporary)
    if calibration is not None and calibration.densities is not None:
        write_densities(run, calibration.densities, galaxies, in_test)
    return predictions


def _predict_block(
    predictor: Predictor, calibration: Calibration | None, galaxies: Spectra
) -> pd.DataFrame:
    answer = estimate(predictor, calibration, galaxies.flux, galaxies.flux_error, keep_density=True)
    density = answer.density
    if calibration is not None and calibration.densities is not None and density is not None:
        filled = density.filled()
        if filled is not density:
            answer = read_answer(filled, calibration.densities.basis(filled))
        density = filled
    z_spec = np.asarray(galaxies.z)
    columns = {"source_id": galaxies.source_id, "z_spec": z_spec, "z_pred": answer.z}
    if galaxies.g_mag is not None:
        columns["g_mag"] = galaxies.g_mag
    if calibration is not None:
        columns["z_lower"], columns["z_upper"] = answer.z_lower, answer.z_upper
        columns["flags"] = calibration.flags(galaxies, answer.flag_basis)
    if density is not None:
        pit, crps, cde_loss = pit_crps_cde_loss(density.z, density.pdf, z_spec)
        columns |= {
            "sigma_z": answer.sigma_z,
            "z_median": density.point("median"),
            "z_mode": density.mode(),
            "pit": pit,
            "crps": crps,
            "cde_loss": cde_loss,
        }
    return pd.DataFrame(columns)
