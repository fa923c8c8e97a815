"""Which galaxies a network has seen: kept in its run, since its data set may not travel along."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from core.data.account import Account
from core.data.dataset import Galaxies
from core.data.dataset_files import read_card, read_without_spectra
from core.data.split import Split, split_by_source
from core.errors import DamagedError, DataError, RunError
from core.npz import read_npz, write_npz
from core.prediction.notices import Notice
from core.runs import Run
from core.stored import COPY_AGAIN, is_there, reading


def write_seen(run: Run, source_id: np.ndarray, split: Split) -> None:
    """Keep the ids of a run's training and validation part, and of those its start had seen.

    `source_id`, shape (n,), are those of the whole data set that was split. Nothing is kept where
    they are but the numbers of rows, or where the start does not tell what it had seen.
    """
    if are_row_numbers(source_id):
        return
    seen = source_id[np.concatenate([split.train, split.validation])]
    if run.config.start is not None:
        before = read_seen(run.start) if run.start is not None else None
        if before is None:
            return
        seen = np.concatenate([seen, before])
    write_ids(run, seen)


def write_ids(run: Run, seen: np.ndarray) -> None:
    """Keep ids, in any order, as those of all galaxies that a run's network has seen."""
    # The differences of ids in a row are small and alike: they take almost no space.
    steps = np.diff(np.unique(seen), prepend=np.int64(0))
    write_npz(run.seen_path, steps=steps)


def read_seen(run: Run) -> np.ndarray | None:
    """Return the rising ids of all galaxies that a run's network has seen; None if not kept.

    A damaged file is a `DamagedError`.
    """
    path = run.seen_path
    if not is_there(path):
        return None
    with reading(path, COPY_AGAIN, "the ids of the galaxies that the run was trained with"):
        steps = read_npz(path)["steps"]
        if steps.dtype != np.int64 or steps.ndim != 1:
            raise ValueError(f"received steps of {steps.dtype}, shape {steps.shape}")
    return np.cumsum(steps)


SEEN = "galaxies that the run was trained or calibrated with"
"""What an account calls rows of galaxies that a run has seen."""


def n_seen(ids: np.ndarray, seen: np.ndarray | None) -> int:
    """Count ids, shape (n,), among the rising ids `seen` that `read_seen` gives."""
    if seen is None or not len(seen):
        return 0
    # Blocks of thousands among half a million: no sorting of both, as np.isin does.
    at = np.minimum(np.searchsorted(seen, ids), len(seen) - 1)
    return int(np.count_nonzero(seen[at] == ids))


def of_unreadable(run: Run) -> tuple[Notice, ...]:
    """Say what is wrong with the ids that a run has seen: redshifts take none of them."""
    try:
        read_seen(run)
    except DamagedError as error:
        return (Notice("warning", str(error)),)
    return ()


def account_of(source_id: np.ndarray, left_out: Mapping[str, int], n_files: int = 0) -> Account:
    """Return the account of galaxies of data sets, of which some were left out, by the reason."""
    account = Account("galaxies", files=n_files, rows=len(source_id), left_out=+Counter(left_out))
    account.used = account.rows - account.left_out.total()
    if not are_row_numbers(source_id):
        account.count_ids(source_id)
    return account


def are_row_numbers(source_id: np.ndarray) -> bool:
    """Return whether these are no ids but the numbers of the rows."""
    return np.array_equal(source_id, np.arange(len(source_id)))


def used_in_training(run: Run, dataset: Galaxies) -> np.ndarray | None:
    """Return which galaxies of a data set the run was trained or validated with.

    Those that the network was trained with which the run started from count as well.

    Returns
    -------
    np.ndarray of bool, shape (n,), or None
        None where nobody can tell: galaxies have no ids but the numbers of
        their rows, or an older run does not keep the ids that it has seen and
        its data set or the run that it started from is not at hand any more.
    """
    card, source_id = dataset.card, dataset.source_id
    numbered = are_row_numbers(source_id)
    return used_among(run, source_id, numbered=numbered, data_hash=card.hash, origin=card.origin)


def used_among(
    run: Run, source_id: np.ndarray, *, numbered: bool, data_hash: str, origin: str
) -> np.ndarray | None:
    """Return which of these galaxies the run was trained or validated with, as `used_in_training`.

    `source_id`, shape (n,), are all galaxies of a data set, or some; `numbered` where these are no
    ids but the numbers of its rows; `data_hash` and `origin` are those of that data set.
    """
    seen = read_seen(run)
    if seen is not None and not numbered:
        return np.isin(source_id, seen)
    used = _used_by_itself(run, source_id, numbered, data_hash, origin)
    if used is None or run.start is None:
        return used
    earlier = used_by_start(run, source_id, numbered=numbered, data_hash=data_hash, origin=origin)
    return None if earlier is None else used | earlier


def used_by_start(
    run: Run, source_id: np.ndarray, *, numbered: bool, data_hash: str, origin: str
) -> np.ndarray | None:
    """Return which of these galaxies the run's start was trained with, as `used_among`; or None."""
    if run.start is None:
        return None
    try:
        return used_among(
            run.start, source_id, numbered=numbered, data_hash=data_hash, origin=origin
        )
    except RunError:
        return None


def used_for_estimates(
    run: Run, source_id: np.ndarray, *, numbered: bool, data_hash: str, origin: str
) -> np.ndarray | None:
    """Return of which galaxies of a data set a run gives no fair redshift, as `used_among`.

    A run that was calibrated with this data set has fair ones of those it was calibrated with.
    """
    if not run.config.is_calibrated_with(data_hash):
        return used_among(run, source_id, numbered=numbered, data_hash=data_hash, origin=origin)
    if not is_there(run.seen_path):
        return used_by_start(run, source_id, numbered=numbered, data_hash=data_hash, origin=origin)
    used = used_among(run, source_id, numbered=numbered, data_hash=data_hash, origin=origin)
    return None if used is None else used & ~np.isin(source_id, run.predictions()["source_id"])


def _used_by_itself(
    run: Run, source_id: np.ndarray, numbered: bool, data_hash: str, origin: str
) -> np.ndarray | None:
    known = run.config.data
    if {known.origin, origin} == {"simulated", "observed"}:
        return np.zeros(len(source_id), bool)
    if data_hash == known.hash:
        trained_on = source_id
    else:
        try:
            # A file without a card has no hash that could be compared; its rows would have one.
            if (read_card(run.data_path).hash or known.hash) != known.hash:
                return None
        except DataError:
            return None
        trained_on = read_without_spectra(run.data_path)["source_id"]
        if numbered or are_row_numbers(trained_on):
            return None
    if run.config.recalibrated is None:
        split = split_by_source(trained_on, run.config.split)
        trained_on = trained_on[np.concatenate([split.train, split.validation])]
    return np.isin(source_id, trained_on)  # a calibration anew takes all of them
